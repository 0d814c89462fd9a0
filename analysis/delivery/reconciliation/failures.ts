import { isOfForgedPhase } from '../../interpret/forged.ts';
import type { Ledger } from '../../journal/ledger.ts';

/** Signals that were answered with a failure or cut off: their senders have nothing to go by. */
export interface Failures {
  readonly failed: number;
  readonly sent: number;
  /** Timeouts that a proxy told while nobody had CPU to spare: none of `failed`. */
  readonly starved: number;
  /** The phase of them all, where the scenario has others; else null. */
  readonly phase: string | null;
}

export const noFailures: Failures = { failed: 0, sent: 0, starved: 0, phase: null };

export function failuresIn(ledger: Ledger, isStarved: (at: number) => boolean): Failures {
  let starved = 0;
  const sentByPhase = new Map<string, number>();
  const failedByPhase = new Map<string, number>();
  for (let at = 0; at < ledger.length; at += 1) {
    if (!ledger.isSignal(at) || isOfForgedPhase(ledger, at)) continue;
    const phase = ledger.phaseOf(at);
    sentByPhase.set(phase, (sentByPhase.get(phase) ?? 0) + 1);
    if (ledger.outcomeOf(at) !== 'failed' || ledger.isNeverSent(at)) continue;
    if (isStarved(at)) starved += 1;
    else failedByPhase.set(phase, (failedByPhase.get(phase) ?? 0) + 1);
  }
  const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((a, b) => a + b, 0);
  const [phase = null] = failedByPhase.keys();
  return {
    failed: sum(failedByPhase),
    sent: sum(sentByPhase),
    starved,
    phase: failedByPhase.size === 1 && sentByPhase.size > 1 ? phase : null,
  };
}
