import { verdictCodes } from './exit-codes.ts';
import type { CommandTable } from './option.ts';

const options = {
  reports: { kind: 'text', value: 'DIR', default: 'reports', meaning: 'where to look for the newest run' },
  k6: {
    kind: 'text',
    value: 'DIR',
    meaning:
      'merge pieces that were recorded apart: the folder of `k6 run --out timeline=DIR`, also of several (k6-1, k6-2, …)',
  },
  'server-journal': {
    kind: 'text',
    value: 'FILE',
    meaning: 'monitors/local.ndjson of `webhook-stress monitor` (with --k6; without it the server is not monitored)',
  },
  monitor: {
    kind: 'list',
    value: 'FILE',
    meaning:
      'merge what `webhook-stress monitor` wrote on another machine: its monitors/local.ndjson (beside those in the run folder)',
  },
  'clock-offset': {
    kind: 'list',
    value: 'ID=MS:UNCERTAINTY',
    meaning:
      "how many milliseconds a clock was ahead of the runner's, and by how many that may be wrong: of a monitor by its machine or file (app-2=-12:30), of a generator by its id (k6-2=180:5)",
  },
  profile: {
    kind: 'text',
    value: 'PROFILE',
    meaning: 'profile of the target (with --k6): a built-in one or a file',
    variable: 'STRESS_PROFILE',
  },
  out: { kind: 'text', value: 'DIR', meaning: 'folder for the outputs (with --k6; default: the folder of --k6)' },
  strict: { kind: 'flag', meaning: 'treat warnings as failures' },
} as const;

export const reportTable = {
  name: 'report',
  summary: 'Rebuild the report of a run from its journal.',
  operands: '[DIR]',
  maxOperands: 1,
  description: [
    'DIR is the folder of the run. The default is the newest run under reports/ that has ended. No server is needed.',
  ],
  options,
  lists: [],
  examples: [
    ['webhook-stress report', 'rebuild the newest report'],
    ['webhook-stress report reports/RUN --monitor app-2.ndjson', 'with what a monitor saw on another machine'],
    [
      'webhook-stress report --k6 out --server-journal monitor/monitors/local.ndjson',
      'merge what k6 and a monitor recorded',
    ],
  ],
  exitCodes: [...verdictCodes],
} as const satisfies CommandTable<typeof options>;
