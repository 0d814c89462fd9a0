import { stringify } from 'yaml';
import { exitCodes } from '../../contract/report/criteria.ts';
import { type Env, ownEnvironment } from '../environment.ts';
import { testRun } from '../kubernetes/test-run.ts';
import { testRunSettings } from '../kubernetes/test-run-settings.ts';
import { commandHelp } from '../options/help.ts';
import { kubernetesTable } from '../options/kubernetes.ts';

/** The command `kubernetes`. Throws an ExpectedError that tells every problem of options and settings. */
export async function kubernetes(args: readonly string[], env: Env = ownEnvironment): Promise<number> {
  const read = await testRunSettings(args, env);
  if (read === null) {
    process.stdout.write(commandHelp(kubernetesTable));
    return exitCodes.passed;
  }
  for (const note of read.notes) process.stderr.write(`${note}\n`);
  const documents = read.testRuns.map((settings) => stringify(testRun(settings), { lineWidth: 0 }));
  process.stdout.write(documents.join('---\n'));
  return exitCodes.passed;
}
