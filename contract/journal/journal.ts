import type { Plan } from '../plan/plan.ts';
import type { ScenarioName } from '../plan/scenarios.ts';
import type { TargetProfile } from '../profile/profile.ts';
import type { Purpose, RecordedOutcome } from './outcomes.ts';
import type { Restart } from './restart.ts';

/**
 * The journal: one folder a run, see docs/journal.md. Every NDJSON file is a header line, data lines, an end line.
 * Times ending in `Us` are microseconds since the epoch on the run's one clock: the wall time noted with a monotonic
 * reading at the start, plus the monotonic time since. The pair travels to every process of the run.
 */
export const journalVersion = 1;

export const journalFiles = {
  manifest: 'run.json',
  server: 'server.ndjson',
  monitorLog: 'monitor.log',
  backendLog: 'backend.log',
  k6Folder: 'k6',
  summary: (scenario: ScenarioName) => `k6/${scenario}.summary.json`,
  timeline: (scenario: ScenarioName) => `k6/${scenario}.timeline.ndjson`,
  ledger: (scenario: ScenarioName) => `k6/${scenario}.requests.ndjson`,
  /** Where read-back is a command. */
  effects: (scenario: ScenarioName) => `k6/${scenario}.effects.ndjson`,
  k6Log: (scenario: ScenarioName) => `k6/${scenario}.log`,
} as const;

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

/** Last line of a file that was closed in order. `lines` counts the data lines between header and end. */
export interface EndLine {
  readonly end: true;
  readonly lines: number;
}

// k6/<scenario>.timeline.ndjson

/**
 * What ended within one second. Several lines may carry the same key (late samples); they add up. The histograms are
 * HdrHistogram V2 compressed, base64, values in microseconds: `service` from sending to the last byte of the answer,
 * `full` the same with connection set-up.
 */
export interface TimelineCountLine {
  /** The second since the epoch in which the requests ended. */
  readonly second: number;
  /** The k6 scenario inside the bundle, such as `part_a`; empty in setup and teardown. */
  readonly phase: string;
  readonly purpose: Purpose;
  readonly outcome: RecordedOutcome;
  readonly count: number;
  readonly service: string;
  readonly full: string;
}

/** Iterations that k6 did not start because no VU was free. */
export interface TimelineDroppedLine {
  readonly second: number;
  readonly phase: string;
  readonly dropped: number;
}

/** The generator's heartbeat was silent from `stallFromUs` to `stallToUs`. */
export interface TimelineStallLine {
  readonly stallFromUs: number;
  readonly stallToUs: number;
}

export type TimelineLine = TimelineCountLine | TimelineDroppedLine | TimelineStallLine;

// k6/<scenario>.requests.ndjson

export interface LedgerRequestLine {
  readonly sendUs: number;
  readonly endUs: number;
  /** Connection set-up before `sendUs`: waiting for a connection, connecting, TLS. Absent when zero. */
  readonly connectUs?: number;
  readonly phase: string;
  readonly purpose: Purpose;
  readonly outcome: RecordedOutcome;
  /** 0 where no answer arrived. */
  readonly status: number;
  /** k6's error code, absent when there was none. */
  readonly error?: number;
  /** Index of the webhook in the scenario's provisioning; absent for a request to no webhook. */
  readonly webhook?: number;
  /** The signal's id; a repeat has the id of its first. Absent for a request without a signal. */
  readonly signal?: string;
  /** Retry-After of a refusal; absent where the answer had none that can be read. */
  readonly retryAfterMs?: number;
  /** Hash of the answer's body, where the profile knows replays by it. */
  readonly answerHash?: number;
}

/** One signal that the server says it processed. `processedAtUs` is on the server's clock. */
export interface LedgerEffectLine {
  readonly effect: string;
  readonly webhook: number;
  readonly processedAtUs: number;
}

/** In k6/<scenario>.effects.ndjson, instead of effects: why the read-back command told nothing. */
export interface ReadbackFailedLine {
  readonly failed: string;
}

/** The read-back of a webhook is complete, with this many effects. Its absence makes exactly-once inconclusive. */
export interface LedgerReadbackLine {
  readonly readback: number;
  readonly effects: number;
  /** What the target's own counter says it ever processed for the webhook; absent where it has none. */
  readonly total?: number;
}

export type LedgerLine = LedgerRequestLine | LedgerEffectLine | LedgerReadbackLine;

// server.ndjson

export const processRoles = ['root', 'worker', 'helper'] as const;
export type ProcessRole = (typeof processRoles)[number];

/** Identity is (pid, startedAtTicks, the header's boot): a reused pid is another process. */
export interface ProcessSample {
  readonly pid: number;
  readonly parentPid: number;
  /** Start time in clock ticks since boot (/proc/<pid>/stat field 22); on other systems milliseconds since the epoch. */
  readonly startTicks: number;
  readonly role: ProcessRole;
  /** Name of the executable and, if there is one, of the script: never arguments, which may hold secrets. */
  readonly label: string;
  /** Of one core: 200 means two cores busy. */
  readonly cpuPercent: number | null;
  readonly rssBytes: number | null;
  /** Proportional set size: pages shared with others count by their share. */
  readonly pssBytes: number | null;
  readonly threads: number | null;
  readonly fileDescriptors: number | null;
}

/** Open sockets of the tree by TCP state. */
export interface SocketCounts {
  readonly established: number;
  readonly listen: number;
  readonly timeWait: number;
  readonly closeWait: number;
  readonly other: number;
}

export type ProbeResult =
  | { readonly state: 'ok'; readonly latencyMs: number; readonly numbers: Readonly<Record<string, number>> }
  /** 404: the server has no such route. Not a failure. */
  | { readonly state: 'unavailable' }
  | { readonly state: 'failed'; readonly latencyMs: number; readonly reason: string };

export interface ServerSampleLine {
  readonly atUs: number;
  readonly processes: readonly ProcessSample[];
  readonly sockets: SocketCounts | null;
  /** Cumulative OOM kills in the server's cgroup, null where it cannot be read. */
  readonly oomKills: number | null;
  /** CPU of the whole machine in percent of all its cores, null where it cannot be read. */
  readonly machineCpuPercent: number | null;
  readonly health: ProbeResult | null;
  readonly redis: ProbeResult | null;
  readonly database: ProbeResult | null;
}

export const alertKinds = [
  'process-started',
  'process-ended',
  'process-recycled',
  'server-lost',
  'memory-high',
  'cpu-high',
  'health-failed',
  'health-slow',
  'redis-failed',
  'database-failed',
  'pool-near-exhaustion',
  'oom-kill',
] as const;
export type AlertKind = (typeof alertKinds)[number];

export interface AlertLine {
  readonly atUs: number;
  readonly alert: AlertKind;
  readonly message: string;
  readonly pid?: number;
  readonly startTicks?: number;
  readonly role?: ProcessRole;
}

/** First data line of server.ndjson. */
export interface ServerIdentityLine {
  readonly bootId: string | null;
  readonly rootPid: number;
  /** Cores that the server's processes may use. */
  readonly cores: number;
  readonly intervalMs: number;
  readonly memorySource: 'pss' | 'rss';
}

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
  /** Null until the runner has ended in order. */
  readonly endedAtUs: number | null;
  /** How far the wall clock moved against the monotonic one from start to end: a step of it, or a millisecond of rounding. */
  readonly clockMovedUs?: number | undefined;
  readonly interrupted: boolean;
  readonly command: readonly ScenarioName[];
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
