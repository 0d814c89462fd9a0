import type { ProcessRole } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import { processUse } from '../../contract/journal/process-use.ts';
import { LongestAbove, type Plateau } from '../interpret/plateaus.ts';
import type { Samples } from '../journal/server-samples.ts';

export interface ProcessPlateau extends Plateau {
  readonly pid: number;
  readonly role: ProcessRole;
  readonly label: string;
  /** What it used so much of, in words. */
  readonly of: string;
  /** The mean while it lasted. */
  readonly meanPercent: number;
}

interface Seen {
  readonly above: LongestAbove;
  readonly process: Pick<ProcessPlateau, 'pid' | 'role' | 'label'>;
  of: string;
  /** Of the plateau that lasts: when it began, and its values so far. */
  sum: number;
  count: number;
  longestMs: number;
  meanPercent: number;
}

/** For each process that serves, the longest time in which it used more than `limit` percent of what it may use; the longest first. */
export function processPlateaus(samples: Samples, limit: number): readonly ProcessPlateau[] {
  const seen = new Map<string, Seen>();
  for (const sample of samples) {
    for (const process of sample.processes) {
      if (process.role === 'helper') continue;
      const key = processIdentity(process);
      const { pid, role, label } = process;
      const known = seen.get(key) ?? {
        ...{ above: new LongestAbove(limit), process: { pid, role, label } },
        ...{ of: '', sum: 0, count: 0, longestMs: 0, meanPercent: 0 },
      };
      seen.set(key, known);
      const use = processUse(process);
      known.above.add(sample.atUs, use?.percent ?? null);
      if (use === null || use.percent <= limit) {
        known.sum = 0;
        known.count = 0;
        continue;
      }
      known.sum += use.percent;
      known.count += 1;
      if (known.above.longest.ms <= known.longestMs) continue;
      known.longestMs = known.above.longest.ms;
      known.meanPercent = known.sum / known.count;
      known.of = use.of;
    }
  }
  return [...seen.values()]
    .map(({ above, process, of, meanPercent }) => ({ ...process, ...above.longest, of, meanPercent }))
    .filter(({ ms }) => ms > 0)
    .toSorted((a, b) => b.ms - a.ms);
}
