import * as z from 'zod';
import { alertKinds } from '../journal/monitor-lines.ts';
import { recordedOutcomes } from '../journal/outcomes.ts';
import { statuses } from './criteria.ts';

// What `run --json` writes to standard output, one event a line. Types and docs/events.schema.json are made from it. Fields may be
// added; a change of those that are here raises `version`.

export const eventsVersion = 1;

const time = z.string().describe('ISO 8601, UTC.');
const scenario = z.string().describe('Its name.');
const outcomes = z
  .partialRecord(z.enum(recordedOutcomes), z.number())
  .describe('Requests of load and probes by outcome.');
const nullable = z.number().nullable();

const runStarted = z.object({
  event: z.literal('run-started'),
  time,
  version: z.literal(eventsVersion),
  runId: z.string(),
  folder: z.string().describe('Of the journal.'),
  baseUrl: z.string(),
  plan: z.array(
    z.object({
      scenario,
      estimatedSeconds: z.number(),
      requests: z.object({ min: z.number(), max: z.number() }).describe('How many it sends.'),
    }),
  ),
  estimatedSeconds: z.number().describe('Of the whole run.'),
});

const scenarioStarted = z.object({
  event: z.literal('scenario-started'),
  time,
  scenario,
  number: z.number().describe('From 1.'),
  of: z.number(),
  estimatedSeconds: z.number(),
});

const progress = z
  .object({
    event: z.literal('progress'),
    time,
    scenario,
    elapsedSeconds: z.number().describe('Of the run.'),
    leftSeconds: z.number().describe('By the plan; at least so long if the scenario is late.'),
    lateSeconds: z.number().describe('How much longer the scenario takes than was planned.'),
    sent: z.number(),
    outcomes,
    requestsPerSecond: z.number().describe('Over the last seconds.'),
    p95Ms: nullable.describe('Of accepted and duplicate answers of the scenario so far.'),
    serverCpuPercent: nullable.describe('Of one core; null if its processes are not seen.'),
    serverMemoryBytes: nullable,
  })
  .describe('At most one a second.');

const alert = z
  .object({ event: z.literal('alert'), time, kind: z.enum(alertKinds), message: z.string() })
  .describe("Of the run's own monitor, with the time at which it was raised.");

const scenarioEnded = z.object({
  event: z.literal('scenario-ended'),
  time,
  scenario,
  sent: z.number(),
  outcomes,
  k6ExitCode: nullable,
  k6Signal: z.string().nullable(),
});

export const verdictEvent = z
  .object({
    event: z.literal('verdict'),
    time,
    verdict: z.enum(['pass', 'warn', 'fail', 'inconclusive']).nullable().describe('Null if no report could be made.'),
    exitCode: z.number(),
    headline: z.string(),
    criteria: z.array(
      z.object({ criterion: z.string(), title: z.string(), status: z.enum(statuses), summary: z.string() }),
    ),
    report: z.string().nullable().describe('Path of report.html; null if it was not written.'),
  })
  .describe('The last line.');

export const eventSchema = z.discriminatedUnion('event', [
  runStarted,
  scenarioStarted,
  progress,
  alert,
  scenarioEnded,
  verdictEvent,
]);

export type RunEvent = z.infer<typeof eventSchema>;

/** docs/events.schema.json: the JSON Schema (draft 2020-12) of one line, as text. */
export function eventSchemaText(): string {
  const { $schema, ...rest } = z.toJSONSchema(eventSchema, { target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema, title: 'a line of webhook-stress run --json', ...rest }, null, 2)}\n`;
}
