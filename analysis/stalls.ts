import type { Ledger } from './ledger.ts';
import type { ScenarioRun } from './run.ts';
import type { Stall } from './timeline.ts';

/** Gaps in the generator's own heartbeat: what overlaps one says nothing on the server's speed. */
export function stallsOf(scenario: ScenarioRun): readonly Stall[] {
  return scenario.timeline?.stalls ?? [];
}

export function overlapsStall(ledger: Ledger, at: number, stalls: readonly Stall[]): boolean {
  const sendUs = ledger.sendUs(at);
  const endUs = ledger.endUs(at);
  return stalls.some((stall) => sendUs <= stall.toUs && endUs >= stall.fromUs);
}
