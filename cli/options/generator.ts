import { exitCodes } from '../../contract/report/criteria.ts';
import { usageCode } from './exit-codes.ts';
import type { CommandTable } from './option.ts';

const options = {
  listen: {
    kind: 'text',
    value: '[IP:]PORT',
    default: '0.0.0.0:6570',
    meaning: 'where the runner reaches it; a PORT alone listens on 127.0.0.1',
  },
  id: {
    kind: 'text',
    value: 'ID',
    default: 'k6-1',
    meaning: 'names its files in the journal',
    must: { match: /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, be: 'up to 100 letters, digits, dots, dashes and underscores' },
  },
  dir: { kind: 'text', value: 'DIR', default: '/journal', meaning: 'folder for the folders of runs' },
  'runner-within': {
    kind: 'number',
    value: 'SECONDS',
    default: 60,
    min: 5,
    max: 3600,
    meaning: 'end k6 and leave when the runner has asked nothing for so long',
  },
} as const;

export const generatorTable = {
  name: 'generator',
  summary: 'Agent that runs k6 for a runner on another machine; `run --on kubernetes` starts it in each pod.',
  operands: '',
  maxOperands: 0,
  description: [
    'It serves its clock, k6 and the journal to whoever shows GENERATOR_TOKEN, and sends load only when it is told to. k6 listens on loopback alone.',
  ],
  options,
  lists: [],
  examples: [['GENERATOR_TOKEN_FILE=token webhook-stress generator --id k6-2', 'the second of several']],
  exitCodes: [
    [exitCodes.passed, 'the runner has told it to leave'],
    usageCode,
    [exitCodes.inconclusive, 'the runner was lost'],
    [exitCodes.interrupted, 'it got SIGINT or SIGTERM'],
  ],
} as const satisfies CommandTable<typeof options>;
