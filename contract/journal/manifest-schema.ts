import * as z from 'zod';
import { targetProfile } from '../profile/profile.ts';
import { collection } from './collection.ts';
import { planSchema } from './plan-schema.ts';
import { restart } from './restart.ts';
import { scenarioName } from './scenario-name.ts';
import { serverExec } from './server-exec.ts';

// run.json. This schema is the one definition of it: journal.ts infers the type, so that bundles carry no schema library.

/** An id names files, and stays inside the journal's folder. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

/** One reading of the wall clock and of CLOCK_MONOTONIC at the same moment. */
export const clockPair = z.object({ wallUs: z.number(), monotonicUs: z.number() });

export const scenarioWindow = z.object({
  name: scenarioName,
  startedAtUs: z.number(),
  /** Null while it runs, and for ever if the runner died in it. */
  endedAtUs: z.number().nullable(),
  k6ExitCode: z.number().nullable(),
  /** The signal that ended k6, if one did. */
  k6Signal: z.string().nullable(),
  /** How each of several generators ended, of which the two above are the worst; left out of one. */
  generators: z
    .array(
      z.object({
        id: fileName,
        k6ExitCode: z.number().nullable(),
        k6Signal: z.string().nullable(),
        /** What went wrong beside its exit; null: nothing. */
        problem: z.string().nullable(),
      }),
    )
    .optional(),
  /** What the code of an own scenario threw, and how often; left out if nothing. */
  exceptions: z
    .array(
      z.object({ phase: z.string().nullable(), message: z.string(), place: z.string().nullable(), count: z.number() }),
    )
    .optional(),
});

/** When, on the run's clock, another clock was how far ahead of it. */
const clockReadings = z.array(z.object({ atUs: z.number(), aheadUs: z.number(), uncertaintyUs: z.number() }));

/** A monitor on the server's machine, as the runner asked it. */
export const remoteMonitor = z.object({
  id: fileName,
  /** Of the monitor's own file. */
  runId: z.string(),
  clock: clockReadings,
  /** Why its file is not whole here; null if it is. */
  problem: z.string().nullable(),
});

/** What the embedded backend counted by itself, per purpose and outcome. */
export const serverCounts = z.record(z.string(), z.record(z.string(), z.number()));

export const manifestSchema = z.object({
  format: z.literal('run'),
  version: z.number(),
  runId: z.string().min(1),
  clock: clockPair,
  startedAtUs: z.number(),
  /** Null until the runner has ended properly. */
  endedAtUs: z.number().nullable(),
  /** How far the wall clock moved against the monotonic one from start to end: a step of it, or a millisecond of rounding. */
  clockMovedUs: z.number().optional(),
  interrupted: z.boolean(),
  command: z.array(scenarioName),
  /** Ids of what sent the load and of what watched the server: they name files of the journal. */
  generators: z.array(fileName),
  monitors: z.array(fileName),
  /** Those of `monitors` that ran elsewhere, each on its own clock (--monitor-url). */
  remoteMonitors: z.array(remoteMonitor).optional(),
  /** Of the generators that write by a clock of their own, by their ids: what it was measured to be, before, during and after the load. */
  clocks: z.record(fileName, clockReadings).optional(),
  /** Of the runner's machine, and its clocks' namespace: a monitor with the same ones reads the same monotonic clock. */
  bootId: z.string().optional(),
  timeNamespace: z.string().optional(),
  /** The runner's process; none in older journals, and where the system does not tell. */
  runner: z.object({ pid: z.number(), startTicks: z.number(), pidNamespace: z.string() }).optional(),
  versions: z.object({ webhookStress: z.string(), node: z.string(), k6: z.string() }),
  /** A stock k6 writes neither timeline nor ledger. */
  k6Build: z.enum(['project', 'stock']),
  environment: z.object({ os: z.string(), cpuModel: z.string(), cores: z.number(), memoryBytes: z.number() }),
  target: z.object({
    kind: z.enum(['embedded', 'external']),
    baseUrl: z.string(),
    workers: z.number().nullable(),
    faults: z.array(z.string()),
  }),
  profile: targetProfile(),
  /** Sizes and switches as used, never a secret. */
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** What each scenario of the command will send, known before anything is sent; null in journals of version 1. */
  plans: z.nullable(z.array(planSchema)).default(null),
  scenarios: z.array(scenarioWindow),
  /** Asked for by --restart-after; null otherwise, and in older journals. */
  restart: z.nullable(restart).default(null),
  /** In the rests of memory-leak, if the profile says how; none in older journals. */
  collections: z.optional(z.array(collection)),
  /** Only where the run started the server by --exec. */
  exec: z.optional(serverExec),
  /** Null for a server that does not tell. */
  serverCounts: serverCounts.nullable(),
  /** Only where the load was ended because the journal had become as long as it may be: when, and how long it was then. */
  journalFull: z.object({ atUs: z.number(), bytes: z.number(), limitBytes: z.number() }).optional(),
  /** Files that the disk refused in mid-run, by their path in the folder. A run with such a file is inconclusive. */
  unwritable: z.array(z.object({ file: z.string(), refusal: z.string() })).optional(),
});
