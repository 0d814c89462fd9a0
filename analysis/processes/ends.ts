import type { ProcessSample } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import type { Run } from '../journal/run.ts';
import { atSecond } from '../words.ts';

export interface ProcessEnd {
  readonly process: ProcessSample;
  /** Time of the first sample without it. */
  readonly atUs: number;
  /** The server's own log says that it recycled this process. */
  readonly recycled: boolean;
}

/** Every end of a process of the server's tree between two samples. */
export function processEnds({ server }: Pick<Run, 'server'>): readonly ProcessEnd[] {
  if (server === null) return [];
  const recycled = new Set(
    server.alerts.flatMap(({ alert, pid, startTicks = 0 }) =>
      alert === 'process-recycled' && pid !== undefined ? [processIdentity({ pid, startTicks })] : [],
    ),
  );
  const alive = new Map<string, ProcessSample>();
  const ends: ProcessEnd[] = [];
  for (const sample of server.samples) {
    const now = new Set(sample.processes.map(processIdentity));
    for (const [key, process] of alive) {
      if (now.has(key)) continue;
      ends.push({ process, atUs: sample.atUs, recycled: recycled.has(key) });
      alive.delete(key);
    }
    for (const process of sample.processes) alive.set(processIdentity(process), process);
  }
  return ends;
}

/** Longest time without a sample that still counts as watching. */
const maxBlindUs = 5_000_000;

/** When the monitor did not watch while load ran, in words; empty if it saw all of it. */
export function blindSpots({ server, scenarios, manifest }: Run): readonly string[] {
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
