import type { Ledger } from '../journal/ledger.ts';
import type { Stall, Timeline } from '../journal/timeline.ts';
import { counted } from '../words.ts';
import type { ScenarioRun } from './run.ts';

/** After a stall the arrival rate catches up at once, and iterations are dropped for want of VUs, for no longer than this. */
const catchUpUs = 2_000_000;

/** Gaps in the generators' own heartbeats, in order of time and apart: what overlaps one says nothing on the server's speed. */
export function stallsOf(scenario: Pick<ScenarioRun, 'timeline'>): readonly Stall[] {
  return mergedStalls(scenario.timeline?.stalls ?? []);
}

/** In order of time, those that touch as one: several generators may have stalled at once. */
export function mergedStalls(stalls: readonly Stall[]): readonly Stall[] {
  const merged: { fromUs: number; toUs: number }[] = [];
  for (const { fromUs, toUs } of stalls.toSorted((a, b) => a.fromUs - b.fromUs)) {
    const last = merged.at(-1);
    if (last !== undefined && fromUs <= last.toUs) last.toUs = Math.max(last.toUs, toUs);
    else merged.push({ fromUs, toUs });
  }
  return merged;
}

/** @param stalls as `stallsOf` gives them. */
export function overlapsStall(ledger: Ledger, at: number, stalls: readonly Stall[]): boolean {
  return touchesStall(stalls, ledger.notedSendUs(at), ledger.notedEndUs(at));
}

/** How many requests overlap some spans. @param spans in order of time and apart. */
export function requestsWithin(ledger: Ledger | null, spans: readonly Stall[]): number {
  if (ledger === null || spans.length === 0) return 0;
  let count = 0;
  for (let at = 0; at < ledger.length; at += 1) if (overlapsStall(ledger, at, spans)) count += 1;
  return count;
}

/** By binary search: a long run has millions of requests and thousands of stalls. */
export function touchesStall(stalls: readonly Stall[], fromUs: number, toUs: number): boolean {
  let low = 0;
  let high = stalls.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stalls[middle]?.toUs ?? 0) < fromUs) low = middle + 1;
    else high = middle;
  }
  const first = stalls[low];
  return first !== undefined && first.fromUs <= toUs;
}

/** Iterations dropped in the wake of a stall: the generator's own, and none of the server's doing. */
export function droppedByStalls(timeline: Pick<Timeline, 'drops' | 'stalls'>): number {
  return droppedWithin(timeline, mergedStalls(timeline.stalls));
}

/** Iterations dropped in some spans, or in their wake. @param spans in order of time and apart. */
export function droppedWithin({ drops }: Pick<Timeline, 'drops'>, spans: readonly Stall[]): number {
  return drops.reduce((sum, { second, dropped }) => {
    const fromUs = second * 1e6;
    return sum + (touchesStall(spans, fromUs - catchUpUs, fromUs + 1e6) ? dropped : 0);
  }, 0);
}

/** A request without an answer in time, of which the generator itself stood still for half: it may not have looked. */
export function isOwnTimeout(ledger: Ledger, at: number, stalls: readonly Stall[]): boolean {
  if (ledger.outcomeOf(at) !== 'timeout' || !overlapsStall(ledger, at, stalls)) return false;
  const [fromUs, toUs] = [ledger.notedSendUs(at), ledger.notedEndUs(at)];
  const stalledUs = stalls.reduce(
    (sum, stall) => sum + Math.max(0, Math.min(stall.toUs, toUs) - Math.max(stall.fromUs, fromUs)),
    0,
  );
  return 2 * stalledUs >= toUs - fromUs;
}

/** In words for the evidence; empty if there was none. */
export function ownTimeoutNote(count: number): readonly string[] {
  return count === 0
    ? []
    : [`${counted(count, 'timeout')} left out, through half or more of which the generator itself stood still`];
}
