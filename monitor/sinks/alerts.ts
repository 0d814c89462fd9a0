import type {
  AlertKind,
  AlertLine,
  ProbeResult,
  ProcessSample,
  ServerSampleLine,
} from '../../contract/journal/journal.ts';
import { poolUse } from '../../contract/journal/pool.ts';
import { treeCpuPercent } from '../../contract/journal/tree-cpu.ts';
import { treeBytes } from '../../contract/journal/tree-memory.ts';
import { bounds } from '../../contract/report/criteria.ts';

const healthSlowMs = bounds.anyResponse.warnMs;
const baselineUs = 5_000_000;

const identity = (process: ProcessSample): string => `${process.pid}/${process.startTicks}`;

/**
 * Turns samples into alerts, one when a condition begins and none while it lasts.
 * @param cores cores that the server's processes may use.
 */
export class Alerts {
  private readonly cores: number;
  private alive: ReadonlyMap<string, ProcessSample> | null = null;
  private readonly active = new Set<AlertKind>();
  private readonly baseline: number[] = [];
  private firstUs: number | null = null;
  private cpuHighSinceUs: number | null = null;
  private oomKills: number | null = null;

  constructor(cores: number) {
    this.cores = cores;
  }

  /** Alerts that this sample gives rise to. */
  take(sample: ServerSampleLine): readonly AlertLine[] {
    const { atUs } = sample;
    const say = (alert: AlertKind, message: string): AlertLine => ({ atUs, alert, message });
    const beginning = (alert: AlertKind, holds: boolean | null, message: () => string): readonly AlertLine[] => {
      if (holds === null) return [];
      const isNew = holds && !this.active.has(alert);
      if (holds) this.active.add(alert);
      else this.active.delete(alert);
      return isNew ? [say(alert, message())] : [];
    };
    const failing = (alert: AlertKind, what: string, result: ProbeResult | null): readonly AlertLine[] =>
      beginning(alert, result === null ? null : result.state === 'failed', () =>
        result?.state === 'failed' ? `${what}: ${result.reason}` : what,
      );
    const pool = sample.database?.state === 'ok' ? poolUse(sample.database.numbers) : null;
    const slow = sample.health?.state === 'ok' ? sample.health.latencyMs : null;
    const memory = this.memoryGrowth(sample);
    return [
      ...this.processes(sample),
      ...beginning('server-lost', sample.processes.length === 0, () => "the server's root process is gone"),
      ...this.oom(sample, say),
      ...beginning('cpu-high', this.cpuIsHigh(sample), () => `CPU above ${bounds.cpu.warnPercent} % for 10 s`),
      ...beginning('memory-high', memory === null ? null : memory >= bounds.memoryGrowth.failBytes, () => {
        return `memory has grown by ${((memory ?? 0) / 1e6).toFixed(0)} MB`;
      }),
      ...failing('health-failed', 'health probe', sample.health),
      ...beginning(
        'health-slow',
        slow === null ? null : slow > healthSlowMs,
        () => `health probe took ${slow?.toFixed(0)} ms`,
      ),
      ...failing('redis-failed', 'Redis statistics', sample.redis),
      ...failing('database-failed', 'database statistics', sample.database),
      ...beginning('pool-near-exhaustion', pool === null ? null : pool.share >= bounds.pool.nearExhaustion, () => {
        return `${pool?.inUse} of ${pool?.size} database connections in use`;
      }),
    ];
  }

  private processes(sample: ServerSampleLine): readonly AlertLine[] {
    const now = new Map(sample.processes.map((process) => [identity(process), process]));
    const before = this.alive;
    this.alive = now;
    if (before === null) return [];
    const line = (alert: AlertKind, { pid, startTicks, role, label }: ProcessSample, verb: string): AlertLine => ({
      atUs: sample.atUs,
      alert,
      message: `${role} ${pid} (${label}) ${verb}`,
      pid,
      startTicks,
      role,
    });
    return [
      ...[...before].filter(([key]) => !now.has(key)).map(([, process]) => line('process-ended', process, 'is gone')),
      ...[...now]
        .filter(([key]) => !before.has(key))
        .map(([, process]) => line('process-started', process, 'has come')),
    ];
  }

  private oom(sample: ServerSampleLine, say: (alert: AlertKind, message: string) => AlertLine): readonly AlertLine[] {
    const before = this.oomKills;
    this.oomKills = sample.oomKills ?? before;
    if (before === null || sample.oomKills === null || sample.oomKills <= before) return [];
    return [say('oom-kill', `${sample.oomKills - before} OOM kills in the server's cgroup`)];
  }

  private cpuIsHigh(sample: ServerSampleLine): boolean | null {
    const percent = treeCpuPercent(sample, this.cores);
    if (percent === null) return null;
    if (percent <= bounds.cpu.warnPercent) {
      this.cpuHighSinceUs = null;
      return false;
    }
    this.cpuHighSinceUs ??= sample.atUs;
    return sample.atUs - this.cpuHighSinceUs >= bounds.cpu.sustainedMs * 1000;
  }

  /** Bytes above the mean of the first seconds; null until they have passed. */
  private memoryGrowth(sample: ServerSampleLine): number | null {
    const bytes = treeBytes(sample, 'rss');
    if (bytes === null) return null;
    this.firstUs ??= sample.atUs;
    if (sample.atUs - this.firstUs <= baselineUs) {
      this.baseline.push(bytes);
      return null;
    }
    return bytes - this.baseline.reduce((sum, value) => sum + value, 0) / this.baseline.length;
  }
}
