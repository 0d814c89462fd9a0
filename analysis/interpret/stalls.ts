import type { Ledger } from '../journal/ledger.ts';
import type { ScenarioRun } from '../journal/run.ts';
import type { Stall, Timeline } from '../journal/timeline.ts';

/** After a stall the arrival rate catches up at once, and iterations are dropped for want of VUs, for no longer than this. */
const catchUpUs = 2_000_000;

/** Gaps in the generator's own heartbeat: what overlaps one says nothing on the server's speed. */
export function stallsOf(scenario: ScenarioRun): readonly Stall[] {
  return scenario.timeline?.stalls ?? [];
}

export function overlapsStall(ledger: Ledger, at: number, stalls: readonly Stall[]): boolean {
  const sendUs = ledger.sendUs(at);
  const endUs = ledger.endUs(at);
  return stalls.some((stall) => sendUs <= stall.toUs && endUs >= stall.fromUs);
}

/** Iterations dropped in the wake of a stall: the generator's own, and none of the server's doing. */
export function droppedByStalls(timeline: Pick<Timeline, 'drops' | 'stalls'>): number {
  return timeline.drops.reduce((sum, { second, dropped }) => {
    const fromUs = second * 1e6;
    const isOwn = timeline.stalls.some((stall) => fromUs <= stall.toUs + catchUpUs && fromUs + 1e6 >= stall.fromUs);
    return sum + (isOwn ? dropped : 0);
  }, 0);
}
