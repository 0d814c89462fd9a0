import type { z } from 'zod';
import type { Plan } from '../plan/plan.ts';
import type { ScenarioName } from '../plan/scenarios.ts';
import type { TargetProfile } from '../profile/profile.ts';
import type { Frozen } from './frozen.ts';
import type {
  ledgerEffect,
  ledgerReadback,
  ledgerRequest,
  readbackFailed,
  timelineCount,
  timelineDropped,
  timelineStall,
} from './generator-lines.ts';
import type {
  alertLine,
  probeResult,
  processSample,
  serverIdentity,
  serverSample,
  socketCounts,
} from './monitor-lines.ts';
import type { Restart } from './restart.ts';

/**
 * The journal: one folder a run, see docs/journal.md. Every NDJSON file is a header line, data lines, an end line.
 * Times ending in `Us` are microseconds since the epoch on the run's one clock: the wall time noted with a monotonic
 * reading at the start, plus the monotonic time since. The pair travels to every process of the run.
 */
export const journalVersion = 2;

/** The oldest version that analysis still reads. */
export const oldestVersion = 1;

/** One reading of the wall clock and of CLOCK_MONOTONIC at the same moment. */
export interface ClockPair {
  readonly wallUs: number;
  readonly monotonicUs: number;
}

export type JournalFormat = 'timeline' | 'ledger' | 'effects' | 'server';

export interface HeaderLine {
  readonly format: JournalFormat;
  readonly version: number;
  readonly runId: string;
  /** Absent in the server's time line, which spans all scenarios. */
  readonly scenario?: ScenarioName;
  readonly startedAtUs: number;
  readonly clock: ClockPair;
}

/** Last line of a file that was closed properly. `lines` counts the data lines between header and end. */
export interface EndLine {
  readonly end: true;
  readonly lines: number;
}

// generators/<id>/<scenario>.*.ndjson and effects/<scenario>.ndjson: shapes are in generator-lines.ts

export type TimelineCountLine = Frozen<z.infer<typeof timelineCount>>;
export type TimelineDroppedLine = Frozen<z.infer<typeof timelineDropped>>;
export type TimelineStallLine = Frozen<z.infer<typeof timelineStall>>;
export type TimelineLine = TimelineCountLine | TimelineDroppedLine | TimelineStallLine;
export type LedgerRequestLine = Frozen<z.infer<typeof ledgerRequest>>;
export type LedgerEffectLine = Frozen<z.infer<typeof ledgerEffect>>;
export type LedgerReadbackLine = Frozen<z.infer<typeof ledgerReadback>>;
export type LedgerLine = LedgerRequestLine | LedgerEffectLine | LedgerReadbackLine;
export type ReadbackFailedLine = Frozen<z.infer<typeof readbackFailed>>;

// monitors/<id>.ndjson: shapes are in monitor-lines.ts

export type ProcessSample = Frozen<z.infer<typeof processSample>>;
export type ProcessRole = ProcessSample['role'];
export type SocketCounts = Frozen<z.infer<typeof socketCounts>>;
export type ProbeResult = Frozen<z.infer<typeof probeResult>>;
export type ServerSampleLine = Frozen<z.infer<typeof serverSample>>;
export type AlertLine = Frozen<z.infer<typeof alertLine>>;
export type AlertKind = AlertLine['alert'];
export type ServerIdentityLine = Frozen<z.infer<typeof serverIdentity>>;
export type ServerLine = ServerIdentityLine | ServerSampleLine | AlertLine;

// run.json

export interface ScenarioWindow {
  readonly name: ScenarioName;
  readonly startedAtUs: number;
  /** Null while it runs, and for ever if the runner died in it. */
  readonly endedAtUs: number | null;
  readonly k6ExitCode: number | null;
  /** The signal that ended k6, if one did. */
  readonly k6Signal: string | null;
}

/** What the embedded backend counted by itself, per purpose and outcome; null for a server that does not tell. */
export type ServerCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface Manifest {
  readonly format: 'run';
  readonly version: number;
  readonly runId: string;
  readonly clock: ClockPair;
  readonly startedAtUs: number;
  /** Null until the runner has ended properly. */
  readonly endedAtUs: number | null;
  /** How far the wall clock moved against the monotonic one from start to end: a step of it, or a millisecond of rounding. */
  readonly clockMovedUs?: number | undefined;
  readonly interrupted: boolean;
  readonly command: readonly ScenarioName[];
  /** Ids of what sent the load and of what watched the server: they name files of the journal. */
  readonly generators: readonly string[];
  readonly monitors: readonly string[];
  readonly versions: { readonly webhookStress: string; readonly node: string; readonly k6: string };
  /** A stock k6 writes neither timeline nor ledger. */
  readonly k6Build: 'project' | 'stock';
  readonly environment: {
    readonly os: string;
    readonly cpuModel: string;
    readonly cores: number;
    readonly memoryBytes: number;
  };
  readonly target: {
    readonly kind: 'embedded' | 'external';
    readonly baseUrl: string;
    readonly workers: number | null;
    readonly faults: readonly string[];
  };
  readonly profile: TargetProfile;
  /** Sizes and switches as used, never a secret. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** What each scenario of the command will send, known before anything is sent; null in journals of version 1. */
  readonly plans: readonly Plan[] | null;
  readonly scenarios: readonly ScenarioWindow[];
  /** Asked for by --restart-after; null otherwise. */
  readonly restart: Restart | null;
  readonly serverCounts: ServerCounts | null;
  /** Files that the disk refused in mid-run, by their path in the folder. A run with such a file is inconclusive. */
  readonly unwritable?: readonly { readonly file: string; readonly refusal: string }[] | undefined;
}
