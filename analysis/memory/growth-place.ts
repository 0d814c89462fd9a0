import { megabytes } from '../../contract/report/figures.ts';
import { max } from '../statistics.ts';
import { fades, type Growth, growthOf, type Settled, visibleFrom, warmUpCycles } from './growth.ts';
import type { ProcessGrowth } from './leak-evidence.ts';
import { heldFigure } from './page-figures.ts';
import type { JudgedHeap, RuntimeHeap } from './runtime-heap.ts';

/** A part of the growth that is explained explains it. */
export const explained = 0.5;
/** Values that a trend needs. */
const minValues = 4;

/**
 * Where resident memory grew beside a heap in which nothing leaks. `heap`: in what the runtime took for it meanwhile, or in room that it had
 * and that came to an end. `outside`: elsewhere. `room`: elsewhere, or in pages that it had and touches for the first time. `code`: in
 * class metadata and compiled code. `unknown`: the page does not tell.
 */
export interface Place {
  readonly kind: 'heap' | 'outside' | 'room' | 'code' | 'unknown';
  /** What may have grown outside the heap all the same. */
  readonly hiddenBytes: number;
}

/** @param heaps those that are, or may be, of the process that grew. */
export function placeOf(heaps: readonly JudgedHeap[], growth: Growth, minGrowthBytes: number): Place {
  const places = heaps.map(({ heap }) => placeIn(heap, growth, minGrowthBytes));
  const [first] = places;
  const isOne = first !== undefined && places.every(({ kind }) => kind === first.kind);
  const kind = isOne ? first.kind : 'unknown';
  return { kind, hiddenBytes: max(places.map(({ hiddenBytes }) => hiddenBytes)) ?? growth.grownBytes };
}

function placeIn(heap: RuntimeHeap, growth: Growth, minGrowthBytes: number): Place {
  const taken = [growthOf(heap.held, minValues), newHighs(heap.highest)].flatMap((each) =>
    each !== null && each.slope >= explained * growth.slope ? [each.grownBytes] : [],
  );
  const most = max(taken);
  if (most !== null) return { kind: 'heap', hiddenBytes: Math.max(0, growth.grownBytes - most) };
  const room = roomOf(heap);
  if (room === null) return { kind: fades(growth) ? 'heap' : 'unknown', hiddenBytes: growth.grownBytes };
  if (growth.grownBytes - room < visibleFrom(growth, minGrowthBytes)) {
    return { kind: fades(growth) ? 'heap' : 'room', hiddenBytes: room };
  }
  const code = growthOf(heap.code, minValues);
  const isCode = code !== null && code.slope >= explained * growth.slope;
  return isCode ? { kind: 'code', hiddenBytes: growth.grownBytes } : { kind: 'outside', hiddenBytes: 0 };
}

/** A heap that has more in use than ever, cycle after cycle, garbage included, touches pages that it never used. A few highs are chance. */
function newHighs(highest: readonly Settled[]): Growth | null {
  const growth = growthOf(highest, minValues);
  return growth !== null && growth.low > 0 && growth.isEven && growth.persists ? growth : null;
}

/** What the runtime has for its heap and may not have touched by the end of warm-up; null if its page does not tell. */
function roomOf({ held, highest }: RuntimeHeap): number | null {
  const judged = held.filter(({ cycle }) => cycle >= warmUpCycles);
  const touched = highest.find(({ cycle }) => cycle >= warmUpCycles);
  const most = max(judged.map(({ bytes }) => bytes));
  if (most === null || judged.length < minValues || touched === undefined) return null;
  return Math.max(0, most - touched.bytes);
}

/** What leaves it open where memory grew, and what would tell. */
export interface OpenPlace {
  readonly why: string;
  readonly tell: string;
}

const longer = 'run longer (SIZE=thorough)';

/** Null where it is not open. */
export function openPlace({ heaps }: Pick<ProcessGrowth, 'heaps'>, { kind, hiddenBytes }: Place): OpenPlace | null {
  const runtime = heaps[0]?.heap.runtime ?? null;
  const orPages = 'a leak outside the heap, or pages of the heap that are touched for the first time';
  const toTell = 'to tell a leak outside the heap from pages of the heap that are touched for the first time:';
  if (kind === 'room') {
    const touched = runtime === 'jvm' ? ', or let it touch its heap at the start (-XX:+AlwaysPreTouch)' : '';
    return {
      why: `${orPages}: what is in use there does not grow, and ${megabytes(hiddenBytes)} of it were never in use`,
      tell: `${toTell} ${longer} until memory has grown by more than ${megabytes(hiddenBytes)}, for these pages end there and a leak goes on${touched}`,
    };
  }
  if (kind === 'unknown') {
    const figure = heldFigure(runtime);
    const held = heaps.every(({ heap }) => heap.held.length > 0)
      ? 'let the metrics page tell its processes apart (process_start_time_seconds, or a label pid)'
      : `let the metrics page tell what the runtime has of the system${figure === null ? '' : ` (${figure})`}`;
    return {
      why: `${orPages}: what is in use there does not grow, and the metrics page does not tell how much of it was never in use`,
      tell: `${toTell} ${held}; or ${longer}, for these pages end and a leak goes on`,
    };
  }
  if (kind === 'code') {
    return {
      why: 'a leak of classes, or code that is compiled while the server warms up: what the runtime holds outside its heap grows',
      tell: `to tell a leak of classes from code that is compiled: ${longer}, for compilation ends and a leak goes on, or compare jcmd PID VM.metaspace and jcmd PID Compiler.codecache before and after load`,
    };
  }
  return null;
}
