import { usageCode } from './exit-codes.ts';
import type { CommandTable } from './option.ts';

const options = {} as const;

export const k6Table = {
  name: 'k6',
  summary: 'Run the k6 that scenarios are run with.',
  operands: '[ARGUMENT…]',
  maxOperands: Number.MAX_SAFE_INTEGER,
  description: [
    "Every argument goes to k6 as it is, --help too. Input, output, signals and the exit code are k6's own. It is K6_BIN, else the k6 that npm installed for this platform, else one that is built with Go, else the k6 on the PATH.",
    'That k6 is licensed under the AGPL-3.0; its package says where its source is.',
  ],
  options,
  lists: [],
  examples: [
    ['webhook-stress k6 version', 'which k6 it is'],
    ['webhook-stress k6 run script.js', 'a script of k6, without verdicts'],
  ],
  exitCodes: [[0, 'k6 succeeded; every other exit code of k6 is passed on'], usageCode],
} as const satisfies CommandTable<typeof options>;
