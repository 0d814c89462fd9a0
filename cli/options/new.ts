import { exitCodes } from '../../contract/report/criteria.ts';
import { usageCode } from './exit-codes.ts';
import type { CommandTable } from './option.ts';

const options = {} as const;

export const newTable = {
  name: 'new',
  summary: 'Write a scenario of your own to begin with, with comments.',
  operands: 'NAME',
  maxOperands: 1,
  description: [
    'It writes stress/NAME.ts in this folder, never over a file that is there. `webhook-stress run stress/NAME.ts` runs it as it is.',
  ],
  options,
  lists: [],
  examples: [['webhook-stress new market-open', 'write stress/market-open.ts']],
  exitCodes: [[exitCodes.passed, 'the file was written'], usageCode],
} as const satisfies CommandTable<typeof options>;
