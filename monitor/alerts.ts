import type {
  AlertKind,
  AlertLine,
  ProbeResult,
  ProcessSample,
  ServerSampleLine,
} from '../contract/journal/journal.ts';
import { poolUse } from '../contract/journal/pool.ts';
import { isWithoutFigures } from '../contract/journal/probe-failures.ts';
import { processIdentity } from '../contract/journal/process-identity.ts';
import { treeCpuPercent } from '../contract/journal/tree-cpu.ts';
import { treeBytes } from '../contract/journal/tree-memory.ts';
import { megabytes } from '../contract/report/figures.ts';
import type { Thresholds } from '../contract/report/thresholds.ts';

/** Of a run's thresholds, those that alerts are raised by: the criteria of the same names judge by them later. */
export type AlertThresholds = Pick<
  Thresholds,
  'anyResponse' | 'cpu' | 'memoryGrowth' | 'pool' | 'storeResponse' | 'lockWait'
>;

const baselineUs = 5_000_000;

/** A condition that a sample shows or does not show; null if the sample cannot tell. */
interface Condition {
  readonly alert: AlertKind;
  readonly holds: boolean | null;
  readonly message: string;
}

/** Turns samples into alerts, one when a condition begins and none while it lasts. */
export class Alerts {
  /** Cores that the server's processes may use. */
  cores: number;
  readonly #thresholds: AlertThresholds;
  readonly #active = new Set<AlertKind>();
  readonly #memory: MemoryGrowth;
  #alive: ReadonlyMap<string, ProcessSample> | null = null;
  /** Processes that came in view as helpers: between fork and exec a worker looks like one. */
  #newHelpers: ReadonlySet<string> = new Set();
  #cpuHighSinceUs: number | null = null;
  #oomKills: number | null = null;
  #endedSinceOomReading = { serving: 0, helpers: 0 };

  /**
   * @param memory what counts as the memory of the tree, as in the report: under RSS a new worker has the pages that it shares once more.
   */
  constructor(cores: number, thresholds: AlertThresholds, memory: 'pss' | 'rss' = 'rss') {
    this.cores = cores;
    this.#thresholds = thresholds;
    this.#memory = new MemoryGrowth(memory);
  }

  /** Alerts that this sample gives rise to. */
  add(sample: ServerSampleLine): readonly AlertLine[] {
    const { atUs } = sample;
    const conditions = [
      {
        alert: 'server-lost' as const,
        holds: sample.processes.length === 0,
        message: "the server's root process exited",
      },
      this.#cpu(sample),
      this.#memoryGrowth(sample),
      failing('health-failed', 'health check', sample.health),
      this.#slowHealth(sample),
      failing('redis-failed', 'Redis statistics', ofStore(sample.redis)),
      failing('database-failed', 'database statistics', ofStore(sample.database)),
      this.#pool(sample),
    ];
    return [
      ...this.#processes(sample),
      ...this.#oom(sample),
      ...conditions.flatMap(({ alert, holds, message }) =>
        holds !== null && this.#begins(alert, holds) ? [{ atUs, alert, message }] : [],
      ),
    ];
  }

  #begins(alert: AlertKind, holds: boolean): boolean {
    const isNew = holds && !this.#active.has(alert);
    if (holds) this.#active.add(alert);
    else this.#active.delete(alert);
    return isNew;
  }

  /** Of the root and of workers. Helpers come and go with the work. */
  #processes(sample: ServerSampleLine): readonly AlertLine[] {
    const now = new Map(sample.processes.map((process) => [processIdentity(process), process]));
    const before = this.#alive;
    this.#alive = now;
    if (before === null) return [];
    const line = (alert: AlertKind, { pid, startTicks, role, label }: ProcessSample, verb: string): AlertLine => ({
      atUs: sample.atUs,
      alert,
      message: `${role} ${pid} (${label}) ${verb}`,
      pid,
      startTicks,
      role,
    });
    const ended = [...before].flatMap(([key, process]) => (now.has(key) ? [] : [process]));
    const news = [...now].filter(([key]) => !before.has(key) || this.#newHelpers.has(key));
    const started = news.map(([, process]) => process);
    this.#newHelpers = new Set(news.flatMap(([key, process]) => (notHelper(process) ? [] : [key])));
    const serving = ended.filter(notHelper);
    this.#endedSinceOomReading.serving += serving.length;
    this.#endedSinceOomReading.helpers += ended.length - serving.length;
    return [
      ...serving.map((process) => line('process-ended', process, 'exited')),
      ...started.filter(notHelper).map((process) => line('process-started', process, 'started')),
    ];
  }

  /** The cgroup may hold other programs, such as the load generator: what matters is whether the server was hit. */
  #oom({ atUs, oomKills }: ServerSampleLine): readonly AlertLine[] {
    const before = this.#oomKills;
    if (oomKills === null) return [];
    const { serving, helpers } = this.#endedSinceOomReading;
    if (before !== oomKills) this.#endedSinceOomReading = { serving: 0, helpers: 0 };
    this.#oomKills = oomKills;
    if (before === null || oomKills <= before) return [];
    const kills = `${oomKills - before} OOM ${oomKills - before === 1 ? 'kill' : 'kills'} in the server's cgroup`;
    const none =
      helpers === 0 ? "none of the server's processes exited" : 'whose is not known, for only helpers exited';
    const hit = serving === 0 ? none : `${serving} of the server's processes exited`;
    return [{ atUs, alert: 'oom-kill', message: `${kills}; ${hit}` }];
  }

  #cpu(sample: ServerSampleLine): Condition {
    const { warnPercent, sustainedMs } = this.#thresholds.cpu;
    const percent = treeCpuPercent(sample, this.cores);
    if (percent !== null && percent <= warnPercent) this.#cpuHighSinceUs = null;
    if (percent !== null && percent > warnPercent) this.#cpuHighSinceUs ??= sample.atUs;
    const sinceUs = this.#cpuHighSinceUs;
    return {
      alert: 'cpu-high',
      holds: percent === null ? null : sinceUs !== null && sample.atUs - sinceUs >= sustainedMs * 1000,
      message: `CPU above ${warnPercent}% for ${sustainedMs / 1000} s: ${percent?.toFixed(0)}%`,
    };
  }

  #memoryGrowth(sample: ServerSampleLine): Condition {
    const { failBytes } = this.#thresholds.memoryGrowth;
    const grown = this.#memory.add(sample);
    return {
      alert: 'memory-high',
      holds: grown === null ? null : grown >= failBytes,
      message: `memory has grown by ${megabytes(grown ?? 0)}, by ${megabytes(failBytes)} or more`,
    };
  }

  #slowHealth({ health }: ServerSampleLine): Condition {
    const { warnMs } = this.#thresholds.anyResponse;
    const latencyMs = health?.state === 'ok' ? health.latencyMs : null;
    return {
      alert: 'health-slow',
      holds: latencyMs === null ? null : latencyMs > warnMs,
      message: `health check took ${latencyMs?.toFixed(0)} ms, longer than ${warnMs} ms`,
    };
  }

  #pool({ database }: ServerSampleLine): Condition {
    const pool = database?.state === 'ok' ? poolUse(database.numbers) : null;
    return {
      alert: 'pool-near-exhaustion',
      holds: pool === null ? null : pool.share >= this.#thresholds.pool.nearExhaustion,
      message: `${pool?.inUse} of ${pool?.size} database connections in use`,
    };
  }
}

/** Memory of the tree above the mean of the first seconds. */
class MemoryGrowth {
  readonly #source: 'pss' | 'rss';
  #firstUs: number | null = null;
  #sum = 0;
  #count = 0;

  constructor(source: 'pss' | 'rss') {
    this.#source = source;
  }

  /** Bytes; null until the first seconds have passed, and while the kernel does not tell of a process. */
  add(sample: ServerSampleLine): number | null {
    const bytes = treeBytes(sample, this.#source);
    if (bytes === null) return null;
    this.#firstUs ??= sample.atUs;
    if (sample.atUs - this.#firstUs <= baselineUs) {
      this.#sum += bytes;
      this.#count += 1;
      return null;
    }
    return bytes - this.#sum / this.#count;
  }
}

const notHelper = ({ role }: ProcessSample): boolean => role !== 'helper';

/** Null for an answer that tells of no store, such as one that asks for a token. */
const ofStore = (result: ProbeResult | null): ProbeResult | null =>
  result?.state === 'failed' && isWithoutFigures(result) ? null : result;

function failing(alert: AlertKind, what: string, result: ProbeResult | null): Condition {
  return {
    alert,
    holds: result === null ? null : result.state === 'failed',
    message: result?.state === 'failed' ? `${what}: ${result.reason}` : what,
  };
}
