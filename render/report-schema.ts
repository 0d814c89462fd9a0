import { z } from 'zod';
import { criterionIds, questions, statuses } from '../contract/criteria.ts';
import { alertKinds } from '../contract/journal.ts';
import { outcomes, purposes, recordedOutcomes } from '../contract/outcomes.ts';
import type { Report } from '../contract/report.ts';
import { scenarioNames } from '../contract/scenarios.ts';

const nullable = z.number().nullable();
const line = z.array(nullable);
const seconds = z.array(z.number());

const latency = z.object({
  count: z.number(),
  meanMs: z.number(),
  p50Ms: z.number(),
  p90Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
});

const finding = z.object({
  criterion: z.enum(criterionIds),
  title: z.string(),
  question: z.enum(questions),
  status: z.enum(statuses),
  summary: z.string(),
  evidence: z.array(z.string()),
  advice: z.array(z.string()),
  parts: z.array(z.object({ scenario: z.enum(scenarioNames), status: z.enum(statuses), summary: z.string() })),
});

const outcome = z.enum(['accepted', 'duplicate', 'limited', 'rejected', 'failed', 'timeout', 'unclassified']);
const byOutcome = z.partialRecord(outcome, z.number());
const presence = z.enum(['present', 'none', 'unknown']);

const profile = z.object({
  name: z.string(),
  limiter: z.union([
    z.object({ kind: z.literal('none') }),
    z.object({
      kind: z.enum(['sliding', 'fixed', 'token-bucket', 'unknown']),
      limit: z.number(),
      windowMs: z.number(),
      burst: nullable,
    }),
  ]),
  idempotency: z.union([
    z.object({ kind: z.literal('none') }),
    z.object({ kind: z.literal('ttl'), ttlMs: z.number(), order: z.enum(['before-limiter', 'after-limiter']) }),
  ]),
  readback: z.enum(['signals', 'none']),
  redis: presence,
  database: presence,
  answers: z.array(
    z.object({
      outcome: z.enum(outcomes).exclude(['timeout']),
      statuses: z.array(z.number()),
      body: z.object({ field: z.string(), equals: z.string() }).exactOptional(),
    }),
  ),
});

const report = z.object({
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
    z.object({
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
  alerts: z.array(z.object({ atSeconds: z.number(), kind: z.enum(alertKinds), message: z.string() })),
  gaps: z.array(z.object({ file: z.string(), problem: z.string() })),
  generator: z.object({
    droppedIterations: z.number(),
    stalls: z.array(z.object({ fromSeconds: z.number(), toSeconds: z.number() })),
    requestsInStalls: z.number(),
  }),
  counts: z.array(
    z.object({
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
  series: z.object({
    load: z.object({ seconds, outcomes: z.partialRecord(outcome, z.array(z.number())) }),
    latency: z.object({ seconds, p50Ms: line, p95Ms: line, p99Ms: line, maxMs: line }),
    server: z.object({
      seconds,
      cpuPercent: line,
      machineCpuPercent: line,
      memory: z.array(z.object({ label: z.string(), bytes: line })),
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
      versions: z.object({ webhookStress: z.string(), node: z.string(), k6: z.string() }),
      k6Build: z.enum(['project', 'stock']),
      environment: z.object({ os: z.string(), cpuModel: z.string(), cores: z.number(), memoryBytes: z.number() }),
      target: z.object({
        kind: z.enum(['embedded', 'external']),
        baseUrl: z.string(),
        workers: nullable,
        faults: z.array(z.string()),
      }),
      profile,
      settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    })
    .nullable(),
});

// Schema and contract say the same: each decoded report is a Report, and each Report would be decoded.
export const reportSchema: z.ZodType<Report> = report;
type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;
export const contractFitsSchema: (value: Mutable<Report>) => z.infer<typeof report> = (value) => value;
const everyOutcome: readonly z.infer<typeof outcome>[] = recordedOutcomes;

/** The published JSON Schema of report.json, as text. */
export function reportSchemaText(): string {
  if (everyOutcome.length !== outcome.options.length)
    throw new Error('the schema knows other outcomes than the contract');
  const schema = z.toJSONSchema(report, { target: 'draft-2020-12' });
  return `${JSON.stringify({ title: 'webhook-stress report.json', ...schema }, null, 2)}\n`;
}
