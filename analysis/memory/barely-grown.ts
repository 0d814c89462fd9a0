import { counted } from '../words.ts';
import { fades, growthOf, leaks, type Settled, visibleFrom } from './growth.ts';
import type { LeakEvidence, ProcessGrowth } from './leak-evidence.ts';
import { isAlike } from './same-work.ts';

/** So many times what counts as growth is more than chance brings: from there on a leak is promised to be found. */
const clearTimes = 2;
/** Of two processes one in which memory leaks is half of them. */
const minAlike = 3;

interface Barely {
  readonly kind: 'undecided';
  readonly why: string;
  readonly tell: string;
}

/**
 * Each of several processes that do the same work may grow by chance. One leak is in all of them, or stands out where it is: growth that just
 * counts, in a few of them, or that fades in all of them together, is not told from warm-up. Null if a leak is told.
 */
export function barelyGrown(
  suspect: ProcessGrowth,
  { processes, minGrowthBytes }: Pick<LeakEvidence, 'processes' | 'minGrowthBytes'>,
): Barely | null {
  const alike = processes.filter((each) => isAlike(each, suspect));
  const suspects = alike.filter(({ isSuspect }) => isSuspect);
  if (alike.length < 2 || suspects.some(({ growth }) => isClear(growth, minGrowthBytes))) return null;
  const growing = alike.filter(({ growth, isSuspect }) => isSuspect || leaks(growth, 0));
  const of = `${growing.length} of ${counted(alike.length, 'process', 'processes')} that do the same work`;
  const tell =
    'to tell a leak from chance and warm-up: run longer (SIZE=thorough), for a leak grows on in the processes that had it, and warm-up ends';
  if (alike.length >= minAlike && 2 * growing.length < alike.length) {
    return { kind: 'undecided', why: `a leak, or chance: ${of} grew, by little more than what counts as growth`, tell };
  }
  const together = growthOf(sumOf(alike), 2);
  if (together === null || !fades(together)) return null;
  const why = `a leak, or warm-up: ${of} grew, by little more than what counts as growth, and less in the later half of the cycles, all together`;
  return { kind: 'undecided', why, tell };
}

function isClear(growth: ProcessGrowth['growth'], minGrowthBytes: number): boolean {
  return growth.grownBytes - growth.givenBackBytes >= clearTimes * visibleFrom(growth, minGrowthBytes);
}

/** In the cycles of the run that all of them lived through. */
function sumOf(alike: readonly ProcessGrowth[]): readonly Settled[] {
  const sums = new Map<number, { bytes: number; of: number }>();
  for (const { process } of alike) {
    for (const { cycle, bytes } of process.settled) {
      const at = cycle + process.firstCycle;
      const { bytes: before, of } = sums.get(at) ?? { bytes: 0, of: 0 };
      sums.set(at, { bytes: before + bytes, of: of + 1 });
    }
  }
  return [...sums].flatMap(([cycle, { bytes, of }]) => (of === alike.length ? [{ cycle, bytes }] : []));
}
