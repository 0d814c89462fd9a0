import type { ProcessRole } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import { type ProcessUse, processUse } from '../../contract/journal/process-use.ts';
import type { Plateau } from '../interpret/plateaus.ts';
import type { Samples } from '../journal/server-samples.ts';

/** A busy process loses a little of its core to others now and then: a plateau goes on above this much less, and counts by its mean. */
const dipPercent = 10;

export interface ProcessPlateau extends Plateau {
  readonly pid: number;
  readonly role: ProcessRole;
  readonly label: string;
  /** What it used so much of, and that in words. */
  readonly boundBy: ProcessUse['boundBy'];
  readonly of: string;
  /** The mean while it lasted. */
  readonly meanPercent: number;
}

interface Seen {
  /** Of the plateau that lasts: when it began, and its values so far. */
  sinceUs: number | null;
  sum: number;
  count: number;
  longest: ProcessPlateau;
}

/** For each process that serves, the longest time in which it used more than `limit` percent of what it may use; the longest first. */
export function processPlateaus(samples: Samples, limit: number): readonly ProcessPlateau[] {
  const seen = new Map<string, Seen>();
  for (const { atUs, processes } of samples) {
    for (const process of processes) {
      if (process.role === 'helper') continue;
      const { pid, role, label } = process;
      const key = processIdentity(process);
      const known = seen.get(key) ?? {
        ...{ sinceUs: null, sum: 0, count: 0 },
        longest: { pid, role, label, boundBy: 'thread', of: '', meanPercent: 0, fromUs: 0, ms: 0 },
      };
      seen.set(key, known);
      const use = processUse(process);
      if (use === null || use.percent <= limit - dipPercent) known.sinceUs = null;
      else goOn(known, { atUs, ...use }, limit);
    }
  }
  return [...seen.values()]
    .map(({ longest }) => longest)
    .filter(({ ms }) => ms > 0)
    .toSorted((a, b) => b.ms - a.ms);
}

function goOn(
  known: Seen,
  { atUs, percent, boundBy, of }: ProcessUse & { readonly atUs: number },
  limit: number,
): void {
  if (known.sinceUs === null) {
    known.sinceUs = atUs;
    known.sum = 0;
    known.count = 0;
  }
  known.sum += percent;
  known.count += 1;
  const [ms, meanPercent] = [(atUs - known.sinceUs) / 1000, known.sum / known.count];
  if (meanPercent > limit && ms > known.longest.ms) {
    known.longest = { ...known.longest, ms, meanPercent, boundBy, of, fromUs: known.sinceUs };
  }
}
