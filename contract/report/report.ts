import type { AlertKind, Manifest, ServerCounts } from '../journal/journal.ts';
import type { Purpose, RecordedOutcome } from '../journal/outcomes.ts';
import type { ScenarioName } from '../plan/scenarios.ts';
import type { CriterionId, Question, Status } from './criteria.ts';

/** The finished value that every renderer takes; report.json is exactly this. Null means: not measured. */
export interface Report {
  readonly format: 'webhook-stress/report';
  readonly version: 1;
  readonly runId: string;
  readonly generatedAt: string;
  readonly startedAt: string;
  readonly durationSeconds: number;
  readonly verdict: 'pass' | 'warn' | 'fail' | 'inconclusive';
  readonly interrupted: boolean;
  readonly strict: boolean;
  readonly exitCode: number;
  /** One sentence that a person reads first. */
  readonly headline: string;
  /** In the order of the criteria, all of them present. */
  readonly findings: readonly Finding[];
  readonly scenarios: readonly ScenarioReport[];
  readonly alerts: readonly ReportAlert[];
  /** What is missing from the journal, in words; each makes what depends on it inconclusive. */
  readonly gaps: readonly Gap[];
  readonly generator: GeneratorReport;
  readonly counts: readonly CountRow[];
  readonly server: ServerSummary | null;
  readonly series: Series;
  readonly run: Pick<
    Manifest,
    'command' | 'versions' | 'k6Build' | 'environment' | 'target' | 'profile' | 'settings' | 'restart'
  > | null;
}

export interface Finding {
  readonly criterion: CriterionId;
  readonly title: string;
  readonly question: Question;
  readonly status: Status;
  /** One sentence: what was seen, with its numbers. */
  readonly summary: string;
  /** The facts that decided it, most telling first; at most 20. */
  readonly evidence: readonly string[];
  /** What to look at; only on fail and warn. */
  readonly advice: readonly string[];
  /** Criteria judged per scenario say each scenario's part. */
  readonly parts: readonly FindingPart[];
}

export interface FindingPart {
  readonly scenario: ScenarioName;
  readonly status: Status;
  readonly summary: string;
}

export interface Latency {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface ScenarioReport {
  readonly name: ScenarioName;
  /** Seconds from the start of the run. */
  readonly fromSeconds: number;
  readonly toSeconds: number | null;
  readonly k6ExitCode: number | null;
  readonly k6Signal: string | null;
  /** purpose → outcome → requests. */
  readonly requests: Readonly<Partial<Record<Purpose, Readonly<Partial<Record<RecordedOutcome, number>>>>>>;
  readonly droppedIterations: number;
  /** Over accepted and duplicate answers to load; service time and full time (with connection set-up). */
  readonly service: Latency | null;
  readonly full: Latency | null;
  /** What the scenario is there to establish, such as burst's achieved spread, in words. */
  readonly notes: readonly string[];
}

export interface ReportAlert {
  readonly atSeconds: number;
  readonly kind: AlertKind;
  readonly message: string;
}

export interface Gap {
  /** Path inside the journal. */
  readonly file: string;
  readonly problem: string;
}

export interface GeneratorReport {
  readonly droppedIterations: number;
  readonly stalls: readonly { readonly fromSeconds: number; readonly toSeconds: number }[];
  readonly requestsInStalls: number;
}

/** One purpose as each source counted it; `agree` is null where a source is missing or an effect unknown. */
export interface CountRow {
  readonly purpose: Purpose;
  readonly outcome: RecordedOutcome;
  readonly k6Summary: number | null;
  readonly timeline: number | null;
  readonly ledger: number | null;
  readonly server: number | null;
  readonly agree: boolean | null;
}

export interface ServerSummary {
  readonly samples: number;
  readonly intervalMs: number;
  readonly cores: number;
  readonly memorySource: 'pss' | 'rss';
  readonly maxCpuPercentOfCores: number | null;
  readonly maxMemoryBytes: number | null;
  readonly meanHealthMs: number | null;
  readonly counts: ServerCounts | null;
}

/** Everything the plots show; x values are seconds from the start of the run, null is a gap in the line. */
export interface Series {
  readonly load: {
    readonly seconds: readonly number[];
    /** Requests per second that ended, load and probe together. */
    readonly outcomes: Readonly<Partial<Record<RecordedOutcome, readonly number[]>>>;
  };
  readonly latency: {
    readonly seconds: readonly number[];
    readonly p50Ms: readonly (number | null)[];
    readonly p95Ms: readonly (number | null)[];
    readonly p99Ms: readonly (number | null)[];
    readonly maxMs: readonly (number | null)[];
  };
  readonly server: {
    readonly seconds: readonly number[];
    readonly cpuPercent: readonly (number | null)[];
    readonly machineCpuPercent: readonly (number | null)[];
    /** One line a process; a replaced worker is a new line. */
    readonly memory: readonly { readonly label: string; readonly bytes: readonly (number | null)[] }[];
    readonly established: readonly (number | null)[];
    readonly fileDescriptors: readonly (number | null)[];
    readonly threads: readonly (number | null)[];
    readonly healthMs: readonly (number | null)[];
    readonly redisConnections: readonly (number | null)[];
    readonly databaseConnections: readonly (number | null)[];
  };
}
