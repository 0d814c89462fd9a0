import * as z from 'zod';
import { alertKinds } from '../journal/monitor-lines.ts';
import { outcomes, purposes, unclassified } from '../journal/outcomes.ts';
import { restart } from '../journal/restart.ts';
import { scenarioName } from '../journal/scenario-name.ts';
import { targetProfile } from '../profile/profile.ts';
import { allQuestions, statuses } from './criteria.ts';
import { maxPictures, picture } from './pictures.ts';

// The one definition of report.json: types and docs/report.schema.json are made from it. Null means: not measured.

export const reportVersion = 3;

const nullable = z.number().nullable();
const line = z.array(nullable);
const seconds = z.array(z.number()).describe('Seconds from the start of the run.');
const kebab = z.string().regex(/^[a-z][a-z0-9-]*$/);

export const units = ['count', 'bytes', 'bytes/request', 'ms', 's', 'count/s', 'share', 'percent'] as const;

const measure = z
  .strictObject({
    name: kebab,
    value: z.number(),
    unit: z.enum(units),
    low: z.number().optional().describe('Lower end of the 95% interval.'),
    high: z.number().optional().describe('Upper end of the 95% interval.'),
    threshold: z.number().optional().describe('What the value is compared with to pass.'),
    host: z.string().optional().describe('The machine that it is about, if several were watched.'),
  })
  .describe('A figure of a finding. Whatever needs a number takes it from here, never from a sentence.');

const part = z
  .strictObject({
    scenario: scenarioName,
    status: z.enum(statuses),
    summary: z.string(),
    measures: z.array(measure),
  })
  .describe('What one scenario says of a criterion that is judged per scenario.');

const thresholdWords = z.strictObject({
  pass: z.string(),
  warn: z.string().nullable(),
  fail: z.string().nullable(),
});

const finding = z.strictObject({
  criterion: kebab.describe('Id of the criterion, see docs/criteria.md.'),
  title: z.string(),
  question: z.enum(allQuestions),
  status: z.enum(statuses),
  summary: z.string().describe('One sentence: what was seen, with its numbers.'),
  measures: z.array(measure),
  thresholds: thresholdWords.describe('What the criterion passes, warns and fails at, as this run was judged.'),
  evidence: z.array(z.string()).describe('The facts that decided it, most telling first; at most 20.'),
  evidenceInGaps: z
    .array(z.number())
    .optional()
    .describe('Which of the evidence `gaps` says, too, by place from 0; absent if none is, and in older reports.'),
  advice: z.array(z.string()).describe('What to look at; only on fail and warn.'),
  parts: z.array(part),
  pictures: z
    .array(picture)
    .max(maxPictures)
    .optional()
    .describe('The evidence that is drawn; absent if there is none.'),
});

const latency = z.strictObject({
  count: z.number(),
  meanMs: z.number(),
  p50Ms: z.number(),
  p90Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
  p999Ms: z.number().exactOptional().describe('p99.9; absent in older reports.'),
  maxMs: z.number(),
});

const outcome = z.enum([...outcomes, unclassified]);
const byOutcome = z.partialRecord(outcome, z.number());

const scenario = z.strictObject({
  name: scenarioName,
  fromSeconds: z.number().describe('From the start of the run.'),
  toSeconds: nullable,
  k6ExitCode: nullable,
  k6Signal: z.string().nullable(),
  requests: z.partialRecord(z.enum(purposes), byOutcome).describe('Purpose, then outcome, then number of requests.'),
  droppedIterations: z.number(),
  service: latency.nullable().describe('Service time of accepted and duplicate answers to load.'),
  full: latency.nullable().describe('The same with connection set-up.'),
  notes: z.array(z.string()).describe('What the scenario is there to establish, such as the achieved spread of burst.'),
});

const alert = z.strictObject({ atSeconds: z.number(), kind: z.enum(alertKinds), message: z.string() });

const gap = z.strictObject({
  file: z.string().describe('Path inside the journal.'),
  problem: z.string(),
});

const generator = z.strictObject({
  droppedIterations: z.number(),
  stalls: z.array(z.strictObject({ fromSeconds: z.number(), toSeconds: z.number() })),
  requestsInStalls: z.number(),
  saturated: z
    .array(z.strictObject({ fromSeconds: z.number(), toSeconds: z.number() }))
    .describe('When it had no CPU to spare: what was slow then is not held against the server.'),
  requestsInSaturation: z.number(),
  maxCpuShare: nullable.describe('The most of its cores that it used over a second, from 0 to 1.'),
  unsent: z
    .array(z.strictObject({ cause: z.string(), remedy: z.string(), requests: z.number() }))
    .describe('Requests that never left it, by cause.'),
});

const countRow = z.strictObject({
  purpose: z.enum(purposes),
  outcome,
  k6Summary: nullable,
  timeline: nullable,
  ledger: nullable,
  server: nullable,
  agree: z.boolean().nullable().describe('Null if a source is missing or an effect unknown.'),
});

const clock = z
  .strictObject({
    aheadMs: nullable.describe("How far it was ahead of the runner's; null if it is not known."),
    uncertaintyMs: nullable.describe('Null if it is not known.'),
    source: z.enum(['own', 'measured', 'given', 'same machine', 'unknown']),
  })
  .describe('What a clock is worth beside that of the run.');

const server = z.strictObject({
  samples: z.number(),
  intervalMs: z.number(),
  cores: z.number(),
  memorySource: z.enum(['pss', 'rss']),
  maxCpuPercentOfCores: nullable,
  maxMemoryBytes: nullable,
  meanHealthMs: nullable,
  counts: z.record(z.string(), z.record(z.string(), z.number())).nullable(),
});

const monitor = z.strictObject({
  id: z.string(),
  host: z.string().nullable(),
  clock,
  server: server.nullable().describe('Null if it watched no process.'),
});

const generatorClock = z.strictObject({ id: z.string(), clock });

const serverSeries = z.strictObject({
  seconds,
  cpuPercent: line,
  machineCpuPercent: line,
  memory: z
    .array(z.strictObject({ label: z.string(), bytes: line }))
    .describe('A line per process; a replaced worker is a new line.'),
  established: line,
  fileDescriptors: line,
  threads: line,
  healthMs: line,
  redisConnections: line,
  databaseConnections: line,
});

const series = z.strictObject({
  load: z.strictObject({
    seconds,
    outcomes: z
      .partialRecord(outcome, z.array(z.number()))
      .describe('Requests that ended, per second; load and probe.'),
  }),
  latency: z.strictObject({ seconds, p50Ms: line, p95Ms: line, p99Ms: line, maxMs: line }),
  backlog: z
    .strictObject({ seconds, signals: line })
    .describe('Signals accepted and surely not processed yet; empty if effects come before the answer.'),
  server: serverSeries,
  further: z
    .array(serverSeries.extend({ host: z.string() }))
    .optional()
    .describe('The same of each further machine that was watched.'),
});

const run = z.strictObject({
  command: z.array(scenarioName),
  versions: z.strictObject({ webhookStress: z.string(), node: z.string(), k6: z.string() }),
  k6Build: z.enum(['project', 'stock']),
  environment: z.strictObject({ os: z.string(), cpuModel: z.string(), cores: z.number(), memoryBytes: z.number() }),
  target: z.strictObject({
    kind: z.enum(['embedded', 'external']),
    baseUrl: z.string(),
    workers: nullable,
    faults: z.array(z.string()),
  }),
  profile: targetProfile(),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  restart: z.nullable(restart),
});

/** Decodes report.json, the finished value that every renderer takes. */
export const reportSchema = z.strictObject({
  format: z.literal('webhook-stress/report'),
  version: z.literal(reportVersion),
  runId: z.string(),
  generatedAt: z.string(),
  startedAt: z.string(),
  durationSeconds: z.number(),
  verdict: z.enum(['pass', 'warn', 'fail', 'inconclusive']),
  interrupted: z.boolean(),
  strict: z.boolean(),
  exitCode: z.number(),
  headline: z.string().describe('One sentence that a person reads first.'),
  findings: z.array(finding).describe('One per criterion, in the order of docs/criteria.md.'),
  scenarios: z.array(scenario),
  alerts: z.array(alert),
  alertsLeftOut: z.number().describe('How many more alerts the monitor raised than are listed here.'),
  gaps: z.array(gap).describe('What is missing from the journal; what depends on it is inconclusive.'),
  generator,
  counts: z.array(countRow).describe('The same requests as each source counted them.'),
  server: server.nullable(),
  monitors: z
    .array(monitor)
    .optional()
    .describe("What watched, each machine by itself; absent if only the runner's own monitor did."),
  generators: z
    .array(generatorClock)
    .optional()
    .describe("What sent the load, each with its clock; absent if all of them kept the run's."),
  series: series.describe('Everything that the plots show.'),
  run: run.nullable(),
});

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

export type Report = DeepReadonly<z.infer<typeof reportSchema>>;
export type Finding = Report['findings'][number];
export type FindingPart = Finding['parts'][number];
export type Measure = Finding['measures'][number];
export type ThresholdWords = Finding['thresholds'];
export type Latency = DeepReadonly<z.infer<typeof latency>>;
export type ScenarioReport = Report['scenarios'][number];
export type Gap = Report['gaps'][number];
export type GeneratorReport = Report['generator'];
export type CountRow = Report['counts'][number];
export type ServerSummary = NonNullable<Report['server']>;
export type ClockReport = MonitorReport['clock'];
export type MonitorReport = NonNullable<Report['monitors']>[number];
export type Series = Report['series'];
