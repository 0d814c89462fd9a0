import type { ProcessSample } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import { type Run, serverOf } from '../interpret/run.ts';
import type { Samples } from '../journal/server-samples.ts';
import { atSecond } from '../words.ts';

export interface ProcessEnd {
  readonly process: ProcessSample;
  /** Time of the first sample without it. */
  readonly atUs: number;
  /** The server's own log says that it recycled this process. */
  readonly recycled: boolean;
}

/** Every end of a process of the server's tree between two samples. */
export function processEnds(run: Pick<Run, 'servers'>): readonly ProcessEnd[] {
  const server = serverOf(run);
  if (server === null) return [];
  const recycled = new Set(
    server.alerts.flatMap(({ alert, pid, startTicks = 0 }) =>
      alert === 'process-recycled' && pid !== undefined ? [processIdentity({ pid, startTicks })] : [],
    ),
  );
  const alive = new Map<string, ProcessSample>();
  const ends: ProcessEnd[] = [];
  for (const sample of server.samples) {
    let present = 0;
    const here = new Set<string>();
    for (const process of sample.processes) {
      const key = processIdentity(process);
      here.add(key);
      if (alive.has(key)) present += 1;
    }
    // Nearly always all of them are still there.
    if (present < alive.size) {
      for (const [key, process] of alive) {
        if (here.has(key)) continue;
        ends.push({ process, atUs: sample.atUs, recycled: recycled.has(key) });
        alive.delete(key);
      }
    }
    for (const process of sample.processes) alive.set(processIdentity(process), process);
  }
  return ends;
}

/** Longest time without a sample that still counts as watching. */
const maxBlindUs = 5_000_000;

/** When the monitor did not watch while load ran, in words; empty if it saw all of it. */
export function blindSpots(run: Run): readonly string[] {
  const { scenarios, manifest } = run;
  const server = serverOf(run);
  if (server === null) return ['no server was watched'];
  const from = scenarios.reduce((min, { window }) => Math.min(min, window.startedAtUs), Number.POSITIVE_INFINITY);
  const to = scenarios.reduce((max, { window }) => Math.max(max, window.endedAtUs ?? window.startedAtUs), 0);
  const times = [from, ...server.samples.map(({ atUs }) => atUs).filter((atUs) => atUs >= from && atUs <= to), to];
  return times.flatMap((atUs, n) => {
    const before = times[n - 1] ?? atUs;
    if (atUs - before <= maxBlindUs) return [];
    return [
      `no sample of the server for ${((atUs - before) / 1e6).toFixed(1)} s ${atSecond(before, manifest.startedAtUs)}`,
    ];
  });
}

/** How many processes that serve were ever seen, helpers apart. */
export function watchedProcesses(samples: Samples): number {
  const seen = new Set<string>();
  for (const { processes } of samples) {
    for (const process of processes) if (process.role !== 'helper') seen.add(processIdentity(process));
  }
  return seen.size;
}
