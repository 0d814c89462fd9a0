import { z } from 'zod';
import { alertKinds } from '../contract/journal/journal.ts';
import { outcomes, purposes, unclassified } from '../contract/journal/outcomes.ts';
import { restart } from '../contract/journal/restart.ts';
import { scenarioNames } from '../contract/plan/scenarios.ts';
import { targetProfile } from '../contract/profile/profile.ts';
import { criterionIds, questions, statuses } from '../contract/report/criteria.ts';
import type { Report } from '../contract/report/report.ts';

const nullable = z.number().nullable();
const line = z.array(nullable);
const seconds = z.array(z.number());

const latency = z.strictObject({
  count: z.number(),
  meanMs: z.number(),
  p50Ms: z.number(),
  p90Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
});

const finding = z.strictObject({
  criterion: z.enum(criterionIds),
  title: z.string(),
  question: z.enum(questions),
  status: z.enum(statuses),
  summary: z.string(),
  evidence: z.array(z.string()),
  advice: z.array(z.string()),
  parts: z.array(z.strictObject({ scenario: z.enum(scenarioNames), status: z.enum(statuses), summary: z.string() })),
});

const outcome = z.enum([...outcomes, unclassified]);
const byOutcome = z.partialRecord(outcome, z.number());
const report = z.strictObject({
  format: z.literal('webhook-stress/report'),
  version: z.literal(1),
  runId: z.string(),
  generatedAt: z.string(),
  startedAt: z.string(),
  durationSeconds: z.number(),
  verdict: z.enum(['pass', 'warn', 'fail', 'inconclusive']),
  interrupted: z.boolean(),
  strict: z.boolean(),
  exitCode: z.number(),
  headline: z.string(),
  findings: z.array(finding),
  scenarios: z.array(
    z.strictObject({
      name: z.enum(scenarioNames),
      fromSeconds: z.number(),
      toSeconds: nullable,
      k6ExitCode: nullable,
      k6Signal: z.string().nullable(),
      requests: z.partialRecord(z.enum(purposes), byOutcome),
      droppedIterations: z.number(),
      service: latency.nullable(),
      full: latency.nullable(),
      notes: z.array(z.string()),
    }),
  ),
  alerts: z.array(z.strictObject({ atSeconds: z.number(), kind: z.enum(alertKinds), message: z.string() })),
  gaps: z.array(z.strictObject({ file: z.string(), problem: z.string() })),
  generator: z.strictObject({
    droppedIterations: z.number(),
    stalls: z.array(z.strictObject({ fromSeconds: z.number(), toSeconds: z.number() })),
    requestsInStalls: z.number(),
  }),
  counts: z.array(
    z.strictObject({
      purpose: z.enum(purposes),
      outcome,
      k6Summary: nullable,
      timeline: nullable,
      ledger: nullable,
      server: nullable,
      agree: z.boolean().nullable(),
    }),
  ),
  server: z
    .object({
      samples: z.number(),
      intervalMs: z.number(),
      cores: z.number(),
      memorySource: z.enum(['pss', 'rss']),
      maxCpuPercentOfCores: nullable,
      maxMemoryBytes: nullable,
      meanHealthMs: nullable,
      counts: z.record(z.string(), z.record(z.string(), z.number())).nullable(),
    })
    .nullable(),
  series: z.strictObject({
    load: z.strictObject({ seconds, outcomes: z.partialRecord(outcome, z.array(z.number())) }),
    latency: z.strictObject({ seconds, p50Ms: line, p95Ms: line, p99Ms: line, maxMs: line }),
    server: z.strictObject({
      seconds,
      cpuPercent: line,
      machineCpuPercent: line,
      memory: z.array(z.strictObject({ label: z.string(), bytes: line })),
      established: line,
      fileDescriptors: line,
      threads: line,
      healthMs: line,
      redisConnections: line,
      databaseConnections: line,
    }),
  }),
  run: z
    .object({
      command: z.array(z.enum(scenarioNames)),
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
    })
    .nullable(),
});

/** Decodes a Report; that it assigns proves that everything it lets through is one. */
export const reportSchema: z.ZodType<Report> = report;

type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;
/** The other direction: that this is typed proves that the schema takes every Report. */
export const schemaTakesReport = (value: Mutable<Report>): z.infer<typeof report> => value;

/** docs/report.schema.json: the JSON Schema (draft 2020-12) of report.json, as text. */
export function reportSchemaText(): string {
  const { $schema, ...rest } = z.toJSONSchema(report, { target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema, title: 'report.json of webhook-stress', ...rest }, null, 2)}\n`;
}
