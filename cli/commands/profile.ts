import { exitCodes } from '../../contract/report/criteria.ts';
import { environment } from '../environment.ts';
import { parseOptions } from '../parse-options.ts';
import { loadProfile } from '../profile-file.ts';

const help = `webhook-stress profile [FILE]: check a target profile and print it as JSON, every default filled in

Without FILE the profile is found as run finds it: STRESS_PROFILE, else stress.config.ts, .mjs, .js or .json in this folder, else a ready
one. Settings from the environment go over it. What is printed is what a bundle run alone takes:

  STRESS_PROFILE="$(webhook-stress profile stress.config.ts)" k6 run dist/sustained.js

Exit codes: 0 it is right, 2 it is not; every problem is told with the path of its field.
`;

/** The verb `profile`. */
export async function profile(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions('profile', {
    args: [...args],
    options: { help: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(help);
    return exitCodes.passed;
  }
  const fallback = environment.baseUrl === null ? 'embedded' : 'generic';
  const named = positionals[0] ?? environment.targetProfile;
  const loaded = await loadProfile(named, process.cwd(), fallback, () => environment.all);
  const problems = positionals.length > 1 ? ['profile: give one file', ...loaded.problems] : loaded.problems;
  if (loaded.profile === null || problems.length > 0) {
    process.stderr.write(problems.map((problem) => `${problem}\n`).join(''));
    return exitCodes.usage;
  }
  process.stdout.write(`${JSON.stringify(loaded.profile)}\n`);
  return exitCodes.passed;
}
