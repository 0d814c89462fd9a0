import type { ProbeResult, ServerSampleLine } from '../contract/journal/journal.ts';
import type { RecordedOutcome } from '../contract/journal/outcomes.ts';
import { connectionsIn } from '../contract/journal/pool.ts';
import { processIdentity } from '../contract/journal/process-identity.ts';
import { treeCpuPercent } from '../contract/journal/tree-cpu.ts';
import { processBytes } from '../contract/journal/tree-memory.ts';
import type { Series } from '../contract/report/report.ts';
import type { Run } from './journal/run.ts';

const round = (value: number, digits = 3): number => Number(value.toFixed(digits));

/** What the plots show, on the one time axis: seconds since the start of the run. */
export function seriesOf(run: Run): Series {
  return { ...loadSeries(run), server: serverSeries(run) };
}

function loadSeries(run: Run): Pick<Series, 'load' | 'latency'> {
  const startSecond = run.manifest.startedAtUs / 1e6;
  const all = run.scenarios.flatMap(({ timeline }) => timeline?.seconds ?? []).sort((a, b) => a.second - b.second);
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined) {
    return {
      load: { seconds: [], outcomes: {} },
      latency: { seconds: [], p50Ms: [], p95Ms: [], p99Ms: [], maxMs: [] },
    };
  }
  // One point a second without holes: a second without requests is a zero, not a line drawn across.
  const length = last.second - first.second + 1;
  const seconds = Array.from({ length }, (_, n) => round(first.second - startSecond + n));
  const outcomes: Partial<Record<RecordedOutcome, number[]>> = {};
  const percentile = (): (number | null)[] => new Array<number | null>(length).fill(null);
  const latency = { seconds, p50Ms: percentile(), p95Ms: percentile(), p99Ms: percentile(), maxMs: percentile() };
  for (const entry of all) {
    const n = entry.second - first.second;
    for (const [outcome, count] of Object.entries(entry.outcomes) as [RecordedOutcome, number][]) {
      const line = outcomes[outcome] ?? new Array<number>(length).fill(0);
      outcomes[outcome] = line;
      line[n] = (line[n] ?? 0) + count;
    }
    if (entry.service === null) continue;
    latency.p50Ms[n] = entry.service.p50Ms;
    latency.p95Ms[n] = entry.service.p95Ms;
    latency.p99Ms[n] = entry.service.p99Ms;
    latency.maxMs[n] = entry.service.maxMs;
  }
  return { load: { seconds, outcomes }, latency };
}

function serverSeries(run: Run): Series['server'] {
  const samples = run.server?.samples ?? [];
  const { memorySource, cores } = run.server?.identity ?? { memorySource: 'rss' as const, cores: 1 };
  const of = (value: (sample: ServerSampleLine) => number | null): (number | null)[] => samples.map(value);
  const sum = (sample: ServerSampleLine, field: 'fileDescriptors' | 'threads'): number | null =>
    sample.processes.length === 0
      ? null
      : sample.processes.reduce((total, process) => total + (process[field] ?? 0), 0);
  const connections = (probe: ProbeResult | null): number | null =>
    probe?.state === 'ok' ? connectionsIn(probe.numbers) : null;
  return {
    seconds: samples.map(({ atUs }) => round((atUs - run.manifest.startedAtUs) / 1e6)),
    cpuPercent: of((sample) => rounded(treeCpuPercent(sample, cores))),
    machineCpuPercent: of(({ machineCpuPercent }) => rounded(machineCpuPercent)),
    memory: memoryLines(samples, memorySource),
    established: of(({ sockets }) => sockets?.established ?? null),
    fileDescriptors: of((sample) => sum(sample, 'fileDescriptors')),
    threads: of((sample) => sum(sample, 'threads')),
    healthMs: of(({ health }) => (health?.state === 'ok' ? round(health.latencyMs) : null)),
    redisConnections: of(({ redis }) => connections(redis)),
    databaseConnections: of(({ database }) => connections(database)),
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : round(value, 1);
}

/** One line a process: a replaced worker, even with the same pid, is a new one. */
function memoryLines(samples: readonly ServerSampleLine[], source: 'pss' | 'rss'): Series['server']['memory'] {
  const lines = new Map<string, { label: string; bytes: (number | null)[] }>();
  samples.forEach((sample, n) => {
    for (const process of sample.processes) {
      const key = processIdentity(process);
      const line = lines.get(key) ?? {
        label: '',
        bytes: new Array<number | null>(samples.length).fill(null),
      };
      lines.set(key, line);
      // A process that has only just started may turn out to be a worker.
      line.label = `${process.role} ${process.pid}`;
      line.bytes[n] = processBytes(process, source) ?? process.rssBytes;
    }
  });
  return [...lines.values()];
}
