import type * as z from 'zod';
import type { ScenarioName } from '../plan/scenarios.ts';
import type { TargetProfile } from '../profile/profile.ts';
import type { collection } from './collection.ts';
import type { Frozen } from './frozen.ts';
import type {
  ledgerEffect,
  ledgerHeaderSet,
  ledgerPoll,
  ledgerReadback,
  ledgerRequest,
  ledgerSighting,
  readbackFailed,
  timelineCount,
  timelineDropped,
  timelineLoad,
  timelineStall,
} from './generator-lines.ts';
import type { clockPair, manifestSchema, remoteMonitor, scenarioWindow, serverCounts } from './manifest-schema.ts';
import type { lateCollector, metricsFailure, metricsLook, processFigures } from './metrics-lines.ts';
import type {
  alertLine,
  probeResult,
  processSample,
  serverIdentity,
  serverSample,
  socketCounts,
} from './monitor-lines.ts';
import type { logTrouble, postgresLook, redisLook, storeFailure } from './store-lines.ts';

/**
 * The journal: one folder a run, see docs/journal.md. Every NDJSON file is a header line, data lines, an end line.
 * Times ending in `Us` are microseconds since the epoch on the run's one clock: the wall time noted with a monotonic
 * reading at the start, plus the monotonic time since. The pair travels to every process of the run.
 */
export const journalVersion = 4;

/** The oldest version that analysis still reads. */
export const oldestVersion = 1;

export type ClockPair = Frozen<z.infer<typeof clockPair>>;

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
export type TimelineLoadLine = Frozen<z.infer<typeof timelineLoad>>;
export type TimelineLine = TimelineCountLine | TimelineDroppedLine | TimelineStallLine | TimelineLoadLine;
export type LedgerRequestLine = Frozen<z.infer<typeof ledgerRequest>>;
export type LedgerEffectLine = Frozen<z.infer<typeof ledgerEffect>>;
export type LedgerReadbackLine = Frozen<z.infer<typeof ledgerReadback>>;
export type LedgerPollLine = Frozen<z.infer<typeof ledgerPoll>>;
export type LedgerSightingLine = Frozen<z.infer<typeof ledgerSighting>>;
export type LedgerHeaderSetLine = Frozen<z.infer<typeof ledgerHeaderSet>>;
export type LedgerLine =
  | LedgerHeaderSetLine
  | LedgerRequestLine
  | LedgerEffectLine
  | LedgerReadbackLine
  | LedgerPollLine
  | LedgerSightingLine;
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

// The same files: shapes are in store-lines.ts

export type RedisLookLine = Frozen<z.infer<typeof redisLook>>;
export type PostgresLookLine = Frozen<z.infer<typeof postgresLook>>;
export type StoreFailureLine = Frozen<z.infer<typeof storeFailure>>;
export type StoreLine = RedisLookLine | PostgresLookLine | StoreFailureLine;
export type StoreName = StoreLine['store'];
export type LogTroubleLine = Frozen<z.infer<typeof logTrouble>>;
export type LogTroubleKind = LogTroubleLine['trouble'];

// The same files: shapes are in metrics-lines.ts

export type ProcessFigures = Frozen<z.infer<typeof processFigures>>;
export type Runtime = NonNullable<ProcessFigures['runtime']>;
export type MetricsLookLine = Frozen<z.infer<typeof metricsLook>>;
export type MetricsFailureLine = Frozen<z.infer<typeof metricsFailure>>;
export type CollectorLine = Frozen<z.infer<typeof lateCollector>>;
export type MetricsLine = MetricsLookLine | MetricsFailureLine | CollectorLine;

export type ServerLine = ServerIdentityLine | ServerSampleLine | AlertLine | StoreLine | LogTroubleLine | MetricsLine;

// run.json: the shape is in manifest-schema.ts

export type ScenarioWindow = Frozen<z.infer<typeof scenarioWindow>>;
export type Collection = Frozen<z.infer<typeof collection>>;
export type RemoteMonitor = Frozen<z.infer<typeof remoteMonitor>>;
export type ServerCounts = Frozen<z.infer<typeof serverCounts>>;
/** The profile has the type that the profile's room gives it. */
export type Manifest = Frozen<Omit<z.infer<typeof manifestSchema>, 'profile'>> & { readonly profile: TargetProfile };
