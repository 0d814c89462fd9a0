import { exitCodes } from '../../contract/report/criteria.ts';
import { readEnvironment } from '../environment.ts';
import { commandHelp } from '../options/help.ts';
import { parseArguments } from '../options/parse.ts';
import { profileTable } from '../options/profile.ts';
import { loadProfile } from '../profile-file.ts';
import { asTyped } from '../typed-command.ts';

/** The command `profile`. */
export async function profile(args: readonly string[]): Promise<number> {
  const { operands, help, problems: wrong } = parseArguments(profileTable, args);
  if (help) {
    process.stdout.write(commandHelp(profileTable));
    return exitCodes.passed;
  }
  const environment = readEnvironment();
  const fallback = environment.baseUrl === null ? 'embedded' : 'generic';
  const named = operands[0] ?? environment.targetProfile;
  const loaded = await loadProfile(named, process.cwd(), fallback, () => environment.all);
  const problems = [...wrong.map((problem) => `profile: ${problem}`), ...loaded.problems];
  if (loaded.profile === null || problems.length > 0) {
    process.stderr.write(problems.map((problem) => `${problem}\n`).join(''));
    return exitCodes.usage;
  }
  if (loaded.isFallback) {
    process.stderr.write(
      `this is the built-in profile “${loaded.source}”, because none is named and there is no stress.config.* in ${process.cwd()}: ${asTyped('init')} writes one\n`,
    );
  }
  process.stdout.write(`${JSON.stringify(loaded.profile, null, process.stdout.isTTY ? 2 : undefined)}\n`);
  return exitCodes.passed;
}
