import type { ProbeResult, ServerSampleLine } from '../contract/journal/journal.ts';
import type { RecordedOutcome } from '../contract/journal/outcomes.ts';
import { connectionsIn } from '../contract/journal/pool.ts';
import { processIdentity } from '../contract/journal/process-identity.ts';
import { treeCpuPercent } from '../contract/journal/tree-cpu.ts';
import { processBytes } from '../contract/journal/tree-memory.ts';
import type { Series } from '../contract/report/report.ts';
import { backlogOf } from './delivery/backlog.ts';
import { hostOf, type Run, serverOf } from './interpret/run.ts';
import type { ServerTimeline } from './journal/server.ts';
import type { Samples } from './journal/server-samples.ts';
import { noStores } from './journal/store-lines.ts';
import { max, min } from './statistics.ts';
import { connectionsAt } from './stores/connections-at.ts';
import { Thinned } from './thin.ts';

/** No screen shows more, and a page with them still opens at once. */
const maxPoints = 4_000;
/** Beyond this many processes, those that were there longest have lines of their own, and the rest is one line. */
const maxProcesses = 32;

const noSamples: Samples = [];

const round = (value: number, digits = 3): number => Number(value.toFixed(digits));

/** What the plots show, on the one time axis: seconds since the start of the run. Bounded, however long the run was. */
export function seriesOf(run: Run): Series {
  const main = serverOf(run);
  const further = run.servers.filter((server) => server !== main && server.samples.length > 0);
  return {
    ...loadSeries(run),
    backlog: backlogSeries(run),
    server: serverSeries(run, main),
    ...(further.length === 0
      ? {}
      : {
          further: further.map((server) => ({
            host: hostOf(run, server) ?? server.id,
            ...serverSeries(run, server),
          })),
        }),
  };
}

/** Between scenarios there is none: a second of silence parts their lines. */
function backlogSeries(run: Run): Series['backlog'] {
  const startSecond = run.manifest.startedAtUs / 1e6;
  const seconds: number[] = [];
  const signals: (number | null)[] = [];
  let isAny = false;
  for (const { ledger, digest, window } of run.scenarios) {
    // Of a long scenario the ledger holds a few rows.
    const backlog = ledger === null || digest !== null ? null : backlogOf(ledger, window.endedAtUs ?? 0);
    if (backlog === null) continue;
    isAny ||= backlog.waiting.some((waiting) => waiting > 0);
    const thinned = new Thinned(backlog.waiting.length, Math.floor(maxPoints / run.scenarios.length));
    const line = thinned.line();
    backlog.waiting.forEach((waiting, n) => {
      thinned.put(line, n, waiting);
    });
    // A value holds at the end of its second.
    line.forEach((value, n) => {
      seconds.push(round(backlog.fromSecond + 1 + n * thinned.values - startSecond));
      signals.push(value);
    });
    seconds.push(round(backlog.fromSecond + 1 + backlog.waiting.length - startSecond));
    signals.push(null);
  }
  return isAny ? { seconds, signals } : { seconds: [], signals: [] };
}

function loadSeries(run: Run): Pick<Series, 'load' | 'latency'> {
  const startSecond = run.manifest.startedAtUs / 1e6;
  const all = run.scenarios.flatMap(({ timeline }) => timeline?.seconds ?? []).sort((a, b) => a.second - b.second);
  const first = min(all.map(({ second }) => second));
  const last = max(all.map(({ second }) => second));
  if (first === null || last === null) {
    return {
      load: { seconds: [], outcomes: {} },
      latency: { seconds: [], p50Ms: [], p95Ms: [], p99Ms: [], maxMs: [] },
    };
  }
  // One point a second without holes: a second without requests is a zero, not a line drawn across.
  const thinned = new Thinned(last - first + 1, maxPoints);
  const seconds = Array.from({ length: thinned.length }, (_, n) => round(first - startSecond + n * thinned.values));
  const outcomes: Partial<Record<RecordedOutcome, number[]>> = {};
  const latency = {
    seconds,
    p50Ms: thinned.line(),
    p95Ms: thinned.line(),
    p99Ms: thinned.line(),
    maxMs: thinned.line(),
  };
  for (const entry of all) {
    const n = entry.second - first;
    const point = thinned.pointOf(n);
    for (const [outcome, count] of Object.entries(entry.outcomes) as [RecordedOutcome, number][]) {
      const line = outcomes[outcome] ?? new Array<number>(thinned.length).fill(0);
      outcomes[outcome] = line;
      // A point of many seconds shows their average, so that it stays a rate.
      line[point] = (line[point] ?? 0) + count / thinned.values;
    }
    for (const name of ['p50Ms', 'p95Ms', 'p99Ms', 'maxMs'] as const) {
      thinned.put(latency[name], n, entry.service?.[name] ?? null);
    }
  }
  return { load: { seconds, outcomes }, latency };
}

function serverSeries(run: Run, server: ServerTimeline | null): Series['server'] {
  const samples = server?.samples ?? noSamples;
  const { memorySource, cores } = server?.identity ?? { memorySource: 'rss' as const, cores: 1 };
  const thinned = new Thinned(samples.length, maxPoints);
  const seconds: number[] = [];
  const lines = {
    cpuPercent: thinned.line(),
    machineCpuPercent: thinned.line(),
    established: thinned.line(),
    fileDescriptors: thinned.line(),
    threads: thinned.line(),
    healthMs: thinned.line(),
    redisConnections: thinned.line(),
    databaseConnections: thinned.line(),
  };
  const { redis, postgres } = server?.stores ?? noStores;
  const [redisAt, postgresAt] = [connectionsAt(redis), connectionsAt(postgres)];
  let n = 0;
  for (const sample of samples) {
    if (thinned.pointOf(n) === seconds.length) seconds.push(round((sample.atUs - run.manifest.startedAtUs) / 1e6));
    thinned.put(lines.cpuPercent, n, rounded(treeCpuPercent(sample, cores)));
    thinned.put(lines.machineCpuPercent, n, rounded(sample.machineCpuPercent));
    thinned.put(lines.established, n, sample.sockets?.established ?? null);
    thinned.put(lines.fileDescriptors, n, sum(sample, 'fileDescriptors'));
    thinned.put(lines.threads, n, sum(sample, 'threads'));
    thinned.put(lines.healthMs, n, sample.health?.state === 'ok' ? round(sample.health.latencyMs) : null);
    thinned.put(lines.redisConnections, n, connections(sample.redis) ?? redisAt(sample.atUs));
    thinned.put(lines.databaseConnections, n, connections(sample.database) ?? postgresAt(sample.atUs));
    n += 1;
  }
  return { seconds, ...lines, memory: memoryLines(samples, memorySource, thinned) };
}

function sum(sample: ServerSampleLine, field: 'fileDescriptors' | 'threads'): number | null {
  if (sample.processes.length === 0) return null;
  return sample.processes.reduce((total, process) => total + (process[field] ?? 0), 0);
}

function connections(probe: ProbeResult | null): number | null {
  return probe?.state === 'ok' ? connectionsIn(probe.numbers) : null;
}

function rounded(value: number | null): number | null {
  return value === null ? null : round(value, 1);
}

interface Line {
  label: string;
  readonly bytes: (number | null)[];
}

/** One line a process: a replaced worker, even with the same pid, is a new one. */
function memoryLines(samples: Samples, source: 'pss' | 'rss', thinned: Thinned): readonly Line[] {
  const shown = longestSeen(samples);
  const lines = new Map<string, Line>();
  const others: Line = { label: 'other processes', bytes: thinned.line() };
  let isOther = false;
  let n = 0;
  for (const sample of samples) {
    let rest: number | null = null;
    for (const process of sample.processes) {
      const bytes = processBytes(process, source) ?? processBytes(process, 'rss');
      const key = processIdentity(process);
      if (!shown.has(key)) {
        rest = (rest ?? 0) + (bytes ?? 0);
        continue;
      }
      const line = lines.get(key) ?? { label: '', bytes: thinned.line() };
      lines.set(key, line);
      // A process that has only just started may turn out to be a worker.
      line.label = `${process.role} ${process.pid}`;
      thinned.put(line.bytes, n, bytes);
    }
    isOther ||= rest !== null;
    thinned.put(others.bytes, n, rest);
    n += 1;
  }
  return [...lines.values(), ...(isOther ? [others] : [])];
}

/** The processes that get a line: those that were in most samples. */
function longestSeen(samples: Samples): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const sample of samples) {
    for (const process of sample.processes) {
      const key = processIdentity(process);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const longest = [...counts].sort(([, a], [, b]) => b - a).slice(0, maxProcesses);
  return new Set(longest.map(([key]) => key));
}
