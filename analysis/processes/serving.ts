import { processServers, type Run } from '../interpret/run.ts';
import { max } from '../statistics.ts';

/**
 * How many processes served at once, at most, over all servers whose processes were watched: their workers, or the root of one that has none. Null if nobody
 * watched, or if another server was looked at from afar alone.
 */
export function servingProcesses(run: Pick<Run, 'servers'>): number | null {
  const watched = processServers(run);
  if (watched.length === 0 || watched.length < run.servers.length) return null;
  let sum = 0;
  for (const { samples } of watched) {
    const most = max(samples.map(({ processes }) => processes.filter(({ role }) => role === 'worker').length));
    if (most === null) return null;
    sum += Math.max(1, most);
  }
  return sum;
}
