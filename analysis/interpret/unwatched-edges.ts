import type { ServerSampleLine } from '../../contract/journal/journal.ts';
import type { ServerTimeline } from '../journal/server.ts';
import { max, min } from '../statistics.ts';
import type { Run } from './run.ts';

/** Longest time without a sample that still counts as watching. */
export const maxBlindUs = 5_000_000;

/**
 * What of the load came before a monitor's first sample, and after its last, in words. A monitor that somebody ended writes its end line, and
 * of one in several files the last may be missing: neither shows otherwise.
 */
export function unwatchedEdges(
  { samples, clock, identity }: ServerTimeline,
  { scenarios }: Run['manifest'],
): readonly string[] {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined || clock.source === 'unknown') return [];
  const fromUs = min(scenarios.map(({ startedAtUs }) => startedAtUs)) ?? first.atUs;
  const toUs = max(scenarios.flatMap(({ endedAtUs }) => endedAtUs ?? [])) ?? last.atUs;
  // The next sample is an interval away, and a late one nearly two.
  const longestUs = Math.max(maxBlindUs, 2000 * identity.intervalMs);
  const isUnwatched = (us: number, sample: ServerSampleLine): boolean =>
    us > 0 && us + clock.uncertaintyUs > longestUs && !isOfAbsentAlone(sample);
  const beforeUs = first.atUs - fromUs;
  const afterUs = toUs - last.atUs;
  return [
    ...(isUnwatched(beforeUs, first) ? [`it begins ${seconds(beforeUs)} after the first scenario`] : []),
    ...(isUnwatched(afterUs, last) ? [`it ends ${seconds(afterUs)} before the last scenario does`] : []),
  ];
}

const seconds = (us: number): string => `${(us / 1e6).toFixed(1)} s`;

/**
 * Of a monitor that watches no process and asks for nothing but statistics that the server does not have: it asks again every 30 s, and
 * writes no sample meanwhile.
 */
function isOfAbsentAlone({ processes, machineCpuPercent, health, redis, database }: ServerSampleLine): boolean {
  const statistics = [redis, database].filter((result) => result !== null);
  return (
    processes.length === 0 &&
    machineCpuPercent === null &&
    health === null &&
    statistics.length > 0 &&
    statistics.every(({ state }) => state === 'unavailable')
  );
}
