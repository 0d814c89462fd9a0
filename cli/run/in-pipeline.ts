import { exitCodes } from '../../contract/report/criteria.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { readEnvironment, readPipeline } from '../environment.ts';
import { toldOf } from '../exit-code.ts';
import { splitWords } from '../options/words.ts';
import { tellOfEarlyInterrupt } from './early-interrupt.ts';
import { githubStep } from './github-step.ts';

/** Carries out a command with the arguments that a pipeline adds, and tells the pipeline how it ended. Throws what the command throws. */
export async function inPipeline(
  args: readonly string[],
  command: (args: readonly string[]) => Promise<number>,
): Promise<number> {
  const github = githubStep();
  tellOfEarlyInterrupt((text) => {
    github?.output('exit-code', String(exitCodes.interrupted));
    github?.tellError(text);
  });
  try {
    const further = splitWords(readPipeline().args);
    if ('problem' in further) throw new ExpectedError(`run: STRESS_ARGS ${further.problem}`);
    const code = await command([...args, ...further.words]);
    github?.output('exit-code', String(code));
    return code;
  } catch (error) {
    const { code, message } = toldOf(error, readEnvironment().secrets);
    github?.output('exit-code', String(code));
    github?.tellError(message.trimEnd());
    throw error;
  }
}
