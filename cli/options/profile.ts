import { exitCodes } from '../../contract/report/criteria.ts';
import { builtInProfileNames } from '../../profiles/built-in.ts';
import type { CommandTable } from './option.ts';

const options = {} as const;

export const profileTable = {
  name: 'profile',
  summary: 'Check a profile and print it as JSON with all defaults.',
  operands: '[PROFILE]',
  maxOperands: 1,
  description: [
    `PROFILE is a file or a built-in profile: ${builtInProfileNames.join(', ')}. The default is STRESS_PROFILE, else stress.config.ts, .mts, .mjs, .cjs, .js or .json in this folder, else generic if BASE_URL is set, else embedded. Environment variables override the profile. All problems are listed with their field paths.`,
  ],
  options,
  lists: [],
  examples: [
    ['webhook-stress profile stress.config.ts', 'check a file'],
    [
      'STRESS_PROFILE="$(webhook-stress profile stress.config.ts)" k6 run dist/hft.js',
      'use it in a bundle that k6 runs alone',
    ],
  ],
  exitCodes: [
    [exitCodes.passed, 'the profile is valid'],
    [exitCodes.usage, 'it is not; every problem is listed'],
  ],
} as const satisfies CommandTable<typeof options>;
