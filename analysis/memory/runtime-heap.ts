import { type FiguresAt, figuresByProcess, type MetricsTimeline } from '../journal/metrics-looks.ts';
import { max, median, min } from '../statistics.ts';
import { type Growth, growthOf, leaks, type Settled, warmUpCycles } from './growth.ts';
import type { Cycle } from './settled-memory.ts';

/** Cycles with a collection that a verdict on the heap needs at least, the last one of warm-up included. */
const minCollected = 4;
/** They span at least this share of the judged cycles. */
const minSpan = 0.5;
/** A heap after collection is without what an allocator keeps: growth counts from this share of that of RSS on. */
export const heapShare = 1 / 4;
/** A heap that takes less than this share of the growth of RSS does not explain it. */
const partOfRss = 0.5;

/** What the runtime itself says of one process over the cycles. */
export interface RuntimeHeap {
  /** Its label on the page; null: the page tells none. */
  readonly process: string | null;
  readonly startedAt: number | null;
  readonly runtime: FiguresAt['runtime'];
  /** After collections: the heap without garbage, or with the little that came since. */
  readonly live: readonly Settled[];
  /** In rests, garbage included. */
  readonly inUse: readonly Settled[];
  /** The least that was in use in each cycle, its load included. */
  readonly lowest: readonly Settled[];
  /** In use just after it fell, in each cycle in which it did: a collection took garbage, if not of all. */
  readonly fallen: readonly Settled[];
  /** The most that was in use at once until the end of each cycle, garbage included: so many bytes of its pages were touched. */
  readonly highest: readonly Settled[];
  /** What the runtime has of the system for its heap. */
  readonly held: readonly Settled[];
  /** Class metadata and compiled code. */
  readonly code: readonly Settled[];
}

interface Times {
  readonly cycles: readonly Cycle[];
  readonly halves: readonly { readonly fromUs: number; readonly toUs: number }[];
  /** Ends of collections that the run asked for. */
  readonly collectedAtUs: readonly number[];
}

export function runtimeHeapsOf(metrics: MetricsTimeline, times: Times): readonly RuntimeHeap[] {
  return [...figuresByProcess(metrics).values()].flatMap((looks) => {
    const [first] = looks;
    if (first === undefined) return [];
    const { process, startedAt, runtime } = first;
    const median = (name: Rested): readonly Settled[] => inRests(looks, times, name);
    const heap = { process, startedAt, runtime, live: liveIn(looks, times) };
    const inUse = { inUse: median('heapBytes'), ...fallsIn(looks, times), highest: highestIn(looks, times) };
    return [{ ...heap, ...inUse, held: median('heldBytes'), code: median('codeBytes') }];
  });
}

/** A collection takes more than this of what is in use. */
const fall = 0.03;

function fallsIn(looks: readonly FiguresAt[], { cycles }: Times): Pick<RuntimeHeap, 'lowest' | 'fallen'> {
  const inUse = looks.flatMap(({ atUs, heapBytes }) => (heapBytes === null ? [] : [{ atUs, bytes: heapBytes }]));
  const falls = inUse.filter(({ bytes }, n) => bytes < (1 - fall) * (inUse[n - 1]?.bytes ?? 0));
  const minOf = (all: typeof inUse): readonly Settled[] =>
    cycles.flatMap(({ loadStartUs, settleEndUs }, cycle) => {
      const within = all.filter(({ atUs }) => atUs >= loadStartUs && atUs <= settleEndUs);
      const bytes = min(within.map((look) => look.bytes));
      return bytes === null ? [] : [{ cycle, bytes }];
    });
  return { lowest: minOf(inUse), fallen: minOf(falls) };
}

function highestIn(looks: readonly FiguresAt[], { cycles }: Times): readonly Settled[] {
  return cycles.flatMap(({ settleEndUs }, cycle) => {
    const bytes = max(looks.flatMap(({ atUs, heapBytes }) => (atUs <= settleEndUs ? (heapBytes ?? []) : [])));
    return bytes === null ? [] : [{ cycle, bytes }];
  });
}

type Rested = 'heapBytes' | 'heldBytes' | 'codeBytes';

function inRests(looks: readonly FiguresAt[], { halves }: Times, name: Rested): readonly Settled[] {
  return halves.flatMap(({ fromUs, toUs }, cycle) => {
    const bytes = median(
      looks.flatMap((look) => {
        const value = look[name];
        return look.atUs >= fromUs && look.atUs <= toUs && value !== null ? [value] : [];
      }),
    );
    return bytes === null ? [] : [{ cycle, bytes }];
  });
}

/** The heap after a collection, in each cycle that had one. */
function liveIn(looks: readonly FiguresAt[], { cycles, collectedAtUs }: Times): readonly Settled[] {
  const found: Settled[] = [];
  let before: FiguresAt | null = null;
  let fromUs = Number.NEGATIVE_INFINITY;
  cycles.forEach(({ settleEndUs }, cycle) => {
    const inCycle = looks.filter(({ atUs }) => atUs > fromUs && atUs <= settleEndUs);
    const asked = collectedAtUs.find((atUs) => atUs > fromUs && atUs <= settleEndUs) ?? null;
    const bytes = afterCollection(inCycle, before, asked);
    if (bytes !== null) found.push({ cycle, bytes });
    before = inCycle.at(-1) ?? before;
    fromUs = settleEndUs;
  });
  return found;
}

/**
 * A figure that the last collection left stands still until the next one: only a new value tells anything. One that holds garbage is
 * lowest just after a collection of all.
 */
function afterCollection(
  looks: readonly FiguresAt[],
  before: FiguresAt | null,
  askedAtUs: number | null,
): number | null {
  const last = looks.at(-1);
  if (last === undefined) return null;
  const counts = [...(before === null ? [] : [before]), ...looks];
  const at = counts.findLastIndex(({ collections }, n) => {
    const earlier = counts[n - 1]?.collections ?? null;
    return collections !== null && earlier !== null && collections > earlier;
  });
  if (last.liveBytes !== null) {
    return at !== -1 || (before !== null && before.liveBytes !== last.liveBytes) ? last.liveBytes : null;
  }
  const since = counts[at]?.atUs ?? (last.collections === null ? askedAtUs : null);
  if (since === null) return null;
  return looks.reduce<number | null>((lowest, { atUs, heapBytes }) => {
    if (atUs < since || heapBytes === null) return lowest;
    return lowest === null ? heapBytes : Math.min(lowest, heapBytes);
  }, null);
}

/**
 * `leaks` and `steady` come from the heap itself; `not-collected`: its garbage was not taken often enough to tell; `unsteady`: it took less
 * than its part of the growth, and went up and down by more.
 */
export type HeapState = 'leaks' | 'steady' | 'not-collected' | 'unsteady' | 'unknown';

export interface JudgedHeap {
  readonly heap: RuntimeHeap;
  readonly state: HeapState;
  readonly growth: Growth | null;
}

/** @param rssSlope bytes a cycle by which resident memory grows; 0 if it does not. */
export function judgeHeap(
  heap: RuntimeHeap,
  { cycles, minGrowthBytes, rssSlope }: { cycles: number; minGrowthBytes: number; rssSlope: number },
): JudgedHeap {
  const judged = heap.live.filter(({ cycle }) => cycle >= warmUpCycles);
  const span = (judged.at(-1)?.cycle ?? 0) - (judged[0]?.cycle ?? 0);
  const isCollected = span >= minSpan * (cycles - warmUpCycles - 1);
  const live = isCollected ? growthOf(heap.live, minCollected) : null;
  if (leaks(live, minGrowthBytes * heapShare)) return { heap, state: 'leaks', growth: live };
  // Whatever lives is part of what is in use: if that does not grow, nothing leaks there.
  const calm = [live, growthOf(heap.inUse, minCollected)].find(
    (growth) => growth !== null && !leaks(growth, minGrowthBytes) && growth.high < partOfRss * Math.max(rssSlope, 0),
  );
  if (calm !== undefined) return { heap, state: 'steady', growth: calm };
  if (isWithinBand(judged, rssSlope)) return { heap, state: 'steady', growth: live };
  const share = shareBetweenCollections(heap.live, rssSlope);
  if (live === null && share !== null) return { heap, state: share < partOfRss ? 'steady' : 'unknown', growth: null };
  if (live === null)
    return { heap, state: heap.inUse.length + heap.live.length > 0 ? 'not-collected' : 'unknown', growth: null };
  if (rssSlope === 0) return { heap, state: 'steady', growth: live };
  return { heap, state: share !== null && share < partOfRss ? 'unsteady' : 'unknown', growth: live };
}

/** Two collections so many cycles apart tell whether the heap takes part in the growth, though not how steadily. */
const minApart = 3;

/**
 * Whether the heap without garbage stayed within a band that is narrower than what resident memory grew by meanwhile. A few values have a
 * wide interval, and may still say this for sure.
 */
function isWithinBand(live: readonly Settled[], rssSlope: number): boolean {
  const [first, last] = [live[0], live.at(-1)];
  if (first === undefined || last === undefined || last.cycle - first.cycle < minApart) return false;
  const bytes = live.map((settled) => settled.bytes);
  const band = (max(bytes) ?? 0) - (min(bytes) ?? 0);
  return band < partOfRss * rssSlope * (last.cycle - first.cycle);
}

/** What the heap without garbage takes of the growth of resident memory; null if too few collections tell. */
function shareBetweenCollections(live: readonly Settled[], rssSlope: number): number | null {
  const [first, last] = [live[0], live.at(-1)];
  if (first === undefined || last === undefined || rssSlope <= 0 || last.cycle - first.cycle < minApart) return null;
  return (last.bytes - first.bytes) / (last.cycle - first.cycle) / rssSlope;
}
