import { theilSen } from '../statistics.ts';

/** Bytes of memory after one cycle, by the cycle's number. */
export interface Settled {
  readonly cycle: number;
  readonly bytes: number;
}

/** The first cycles pay for warm-up: compilation, caches, pools. */
export const warmUpCycles = 2;
/** A leak keeps growing at its early pace; what fades below this share of it was warm-up. */
const persistence = 0.6;
/** With less than that, but this much, it may be either. */
const doubtfulPersistence = 0.5;
/** A step from one cycle to the next counts as growth from this share of the average on. */
const growingStep = 0.2;
/** An allocator grows in a few large steps. A leak grows in nearly every cycle. */
const minGrowingSteps = 0.6;

/**
 * Growth counts from this multiple of the scatter on. Of simulated clean runs 9 leaves 0.6% false alarms, and 5 twice as many.
 */
const minScatters = 9;

export interface Growth {
  /** Bytes a cycle after warm-up, with its 95% interval. */
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  /** From the last settled memory of warm-up to the last one of all. */
  readonly grownBytes: number;
  /**
   * How far the highest settled memory of warm-up lies above its last one. A process that once had so much and gave it back may
   * fill it again with what its collector has yet to sweep; a leak goes beyond it.
   */
  readonly givenBackBytes: number;
  /** How unsteady memory is from cycle to cycle, whatever its trend: the deviation that second differences show. */
  readonly scatterBytes: number;
  /** Pace of the later half over that of the earlier one; 0 if the later one does not grow. */
  readonly lateShare: number;
  /** The later half keeps the pace of the earlier one. */
  readonly persists: boolean;
  /** Most cycles have a part in it. */
  readonly isEven: boolean;
}

/** Null for fewer than `min` values from the last cycle of warm-up on. */
export function growthOf(values: readonly Settled[], min: number): Growth | null {
  const settled = values.filter(({ cycle }) => cycle >= warmUpCycles);
  const line = theilSen(
    settled.map(({ bytes }) => bytes),
    settled.map(({ cycle }) => cycle),
  );
  const first = settled[0];
  const last = settled.at(-1);
  if (line === null || first === undefined || last === undefined || settled.length < min) return null;
  const warmUp = values.filter(({ cycle }) => cycle <= first.cycle);
  const highest = warmUp.reduce((max, { bytes }) => Math.max(max, bytes), 0);
  const middle = Math.floor(settled.length / 2);
  const [early, late] = [pace(settled.slice(0, middle + 1)), pace(settled.slice(middle))];
  const lateShare = late <= 0 ? 0 : late / Math.max(early, Number.MIN_VALUE);
  return {
    ...line,
    grownBytes: last.bytes - first.bytes,
    givenBackBytes: highest - first.bytes,
    scatterBytes: scatterOf(settled),
    lateShare,
    persists: lateShare >= persistence,
    isEven: isEven(settled),
  };
}

/** Whether something leaks: its memory grows for sure, on and on, in most cycles, and beyond what it had before. */
export function leaks(growth: Growth | null, minGrowthBytes: number): boolean {
  if (growth === null) return false;
  return growth.persists && grows(growth, visibleFrom(growth, minGrowthBytes));
}

/** Whether it grows like a leak that fades a little, or no further than chance may bring memory that is so unsteady. */
export function mayLeak(growth: Growth, minGrowthBytes: number): boolean {
  const isDoubtful = growth.lateShare >= doubtfulPersistence && grows(growth, minGrowthBytes);
  return isDoubtful && !leaks(growth, minGrowthBytes);
}

/** Whether so little of its pace is left in the later half that it ends. */
export const fades = ({ lateShare }: Growth): boolean => lateShare < doubtfulPersistence;

function grows({ low, isEven, grownBytes, givenBackBytes }: Growth, minBytes: number): boolean {
  return low > 0 && isEven && grownBytes - givenBackBytes >= minBytes;
}

/** The growth that counts at least: what an allocator may keep, or chance may bring. */
export function visibleFrom({ scatterBytes }: Pick<Growth, 'scatterBytes'>, minGrowthBytes: number): number {
  return Math.max(minGrowthBytes, minScatters * scatterBytes);
}

/** A second difference of independent values has six times their variance, and none of a line. */
function scatterOf(settled: readonly Settled[]): number {
  const squares = settled.slice(2).map(({ bytes }, n) => {
    const [before, middle] = [settled[n]?.bytes ?? 0, settled[n + 1]?.bytes ?? 0];
    return (before - 2 * middle + bytes) ** 2 / 6;
  });
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / Math.max(1, squares.length));
}

function pace(settled: readonly Settled[]): number {
  const [first, last] = [settled[0], settled.at(-1)];
  if (first === undefined || last === undefined || first.cycle === last.cycle) return 0;
  return (last.bytes - first.bytes) / (last.cycle - first.cycle);
}

function isEven(settled: readonly Settled[]): boolean {
  const average = pace(settled);
  const steps = settled.slice(1).map((_, n) => pace(settled.slice(n, n + 2)));
  const growing = steps.filter((step) => step > growingStep * average);
  return growing.length >= minGrowingSteps * steps.length;
}
