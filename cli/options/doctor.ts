import { exitCodes } from '../../contract/report/criteria.ts';
import { usageCode } from './exit-codes.ts';
import type { CommandTable } from './option.ts';
import { runTable } from './run.ts';

export const doctorTable = {
  ...runTable,
  name: 'doctor',
  summary: 'Check server, profile and monitor with a handful of requests, before any load.',
  description: [
    'Takes the options, the scenarios and the environment of `run`, and tells what a run with them would meet: whether the server is reached, log-in and webhook work, a signal is accepted, a repeat recognized and a wrong secret refused; which processes will be watched, and what can be read of them, of Redis, PostgreSQL and the metrics page; by how much clocks differ; and which criteria cannot be decided.',
    'The requests count as set-up. `run` makes the same checks first, and ends with 2 before it sends load if one of them shows that the run would be in vain.',
  ],
  examples: [
    ['BASE_URL=http://127.0.0.1:8000 webhook-stress doctor', 'is everything set up for a run?'],
    ['webhook-stress doctor rate-limit idempotency', 'for two scenarios, with stress.config.ts in this folder'],
  ],
  exitCodes: [
    [exitCodes.passed, 'no problem; something may be unknown'],
    [usageCode[0], 'a problem: the table says what to do'],
    [exitCodes.internal, 'a bug of webhook-stress'],
  ],
} as const satisfies CommandTable<typeof runTable.options>;
