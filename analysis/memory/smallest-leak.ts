import { visibleFrom } from './growth.ts';
import type { LeakEvidence, ProcessGrowth } from './leak-evidence.ts';
import { heapShare } from './runtime-heap.ts';

/** Bytes per request below which a leak could hide: in the scatter of the slopes, or in what an allocator may keep. */
export function smallestVisibleLeak(
  { processes, heaps, perCycle, judgedCycles }: LeakEvidence,
  minGrowthBytes: number,
): number {
  if (processes.length === 0) {
    const growths = heaps.flatMap(({ growth }) => (growth === null ? [] : [growth]));
    return smallest(
      growths.map((growth) => ({ ...growth, minBytes: minGrowthBytes * heapShare })),
      perCycle,
      judgedCycles,
    );
  }
  const workers = processes.filter(({ process }) => process.role === 'worker');
  const serving = workers.length > 0 ? workers : processes.slice(0, 1);
  const others = processes.filter((each) => !serving.includes(each));
  const seen = serving.map((each) => sharpest(each, minGrowthBytes, judgedCycles));
  const unsteady = others.reduce((sum, { growth: { low, high } }) => sum + (high - low) / 2, 0) / perCycle;
  return Math.max(smallest(seen, perCycle, judgedCycles), unsteady);
}

/**
 * Growth is judged from end to end, and told as the slope of all cycles, which may be a little less. What was seen could be seen: the stated minimum
 * is no more than any growth that counted.
 */
export const statedSmallest = (smallest: number, seenBytesPerRequest: readonly number[]): number =>
  seenBytesPerRequest.reduce((least, bytes) => (bytes > 0 ? Math.min(least, bytes) : least), smallest);

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

function smallest(seen: readonly Seen[], perCycle: number, judgedCycles: number): number {
  const unsteady = seen.reduce((sum, { low, high }) => sum + (high - low) / 2, 0) / perCycle;
  const hidden = seen.reduce((sum, each) => sum + visibleFrom(each, each.minBytes) + each.givenBackBytes, 0);
  return Math.max(unsteady, hidden / (perCycle * judgedCycles));
}
