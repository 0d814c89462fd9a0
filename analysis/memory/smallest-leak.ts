import { visibleFrom } from './growth.ts';
import type { LeakEvidence, ProcessGrowth } from './leak-evidence.ts';
import { heapShare } from './runtime-heap.ts';
import type { Served } from './served.ts';

/** Bytes per request below which a leak could hide: in the scatter of the slopes, or in what an allocator may keep. */
export interface VisibleLeaks {
  readonly smallest: number;
  /** Of a leak that is not on the heap, where the heap shows smaller ones than resident memory; else null. */
  readonly outsideHeap: number | null;
}

export function visibleLeaks(evidence: LeakEvidence): VisibleLeaks {
  const { processes, heaps, perCycle, served, judgedCycles, minGrowthBytes } = evidence;
  if (processes.length === 0) {
    const growths = heaps.flatMap(({ growth }) => (growth === null ? [] : [growth]));
    const seen = growths.map((growth) => ({ ...growth, minBytes: minGrowthBytes * heapShare }));
    return { smallest: smallest(seen, { perCycle, requests: perCycle * judgedCycles }), outsideHeap: null };
  }
  const workers = processes.filter(({ process }) => process.role === 'worker' && !served.idle.includes(process));
  const serving = workers.length > 0 ? workers : processes.slice(0, 1);
  const others = processes.filter((each) => !serving.includes(each));
  const unsteady = others.reduce((sum, { growth: { low, high } }) => sum + (high - low) / 2, 0) / perCycle;
  const least = (seen: readonly Seen[]): number => Math.max(smallest(seen, served), unsteady);
  const sharp = least(serving.map((each) => sharpest(each, minGrowthBytes, judgedCycles)));
  const resident = least(serving.map(({ growth }) => ({ ...growth, minBytes: minGrowthBytes })));
  return { smallest: sharp, outsideHeap: resident > sharp ? resident : null };
}

/**
 * Growth is judged from end to end, and told as the slope of all cycles, which may be a little less. What was seen could be seen: the stated minimum
 * is no more than any growth that counted. What may leak beside an explained growth is hidden, and lies outside the heap.
 */
export function statedLeaks(
  { smallest, outsideHeap }: VisibleLeaks,
  seenPerRequest: readonly number[],
  hiddenPerRequest: number,
): VisibleLeaks {
  const upTo = (bytes: number): number =>
    seenPerRequest.reduce((least, seen) => (seen > 0 ? Math.min(least, seen) : least), bytes);
  if (outsideHeap === null) return { smallest: upTo(smallest) + hiddenPerRequest, outsideHeap };
  return { smallest: upTo(smallest), outsideHeap: upTo(outsideHeap) + hiddenPerRequest };
}

interface Seen {
  readonly low: number;
  readonly high: number;
  readonly givenBackBytes: number;
  readonly scatterBytes: number;
  readonly minBytes: number;
}

/** A heap that was collected usually shows smaller leaks than resident memory; one that was collected unevenly may not. */
function sharpest({ growth, heaps }: ProcessGrowth, minGrowthBytes: number, judgedCycles: number): Seen {
  const resident: Seen = { ...growth, minBytes: minGrowthBytes };
  const collected = heaps.filter(({ growth, heap }) => growth !== null && heap.live.length > 0);
  const [heap] = collected.length === heaps.length ? collected : [];
  if (!heap?.growth) return resident;
  const inHeap: Seen = { ...heap.growth, minBytes: minGrowthBytes * heapShare };
  return hiddenBytes(inHeap, judgedCycles) <= hiddenBytes(resident, judgedCycles) ? inHeap : resident;
}

/** Growth over all judged cycles that could hide. */
function hiddenBytes({ low, high, givenBackBytes, ...of }: Seen, judgedCycles: number): number {
  return Math.max(((high - low) / 2) * judgedCycles, visibleFrom(of, of.minBytes) + givenBackBytes);
}

function smallest(seen: readonly Seen[], { perCycle, requests }: Pick<Served, 'perCycle' | 'requests'>): number {
  const unsteady = seen.reduce((sum, { low, high }) => sum + (high - low) / 2, 0) / perCycle;
  const hidden = seen.reduce((sum, each) => sum + visibleFrom(each, each.minBytes) + each.givenBackBytes, 0);
  return Math.max(unsteady, hidden / requests);
}
