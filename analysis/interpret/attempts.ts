import type { Ledger } from '../journal/ledger.ts';
import { none } from '../journal/ledger-rows.ts';

/**
 * Calls back with the ledger indices of each signal's requests, in order of sending. Nearly all signals of a long run are
 * sent once, so only those that are repeated get a list that lasts.
 * @returns for each signal's index, whether it was sent once (1), more often (2) or never (0).
 */
export function forEachSignal(
  ledger: Ledger,
  visit: (attempts: readonly number[], signal: number) => void,
): Uint8Array {
  const isAttempt = (at: number): boolean => ledger.signalOf(at) !== none && ledger.isSignal(at);
  const sent = new Uint8Array(ledger.signals.size);
  for (let at = 0; at < ledger.length; at += 1) {
    const signal = ledger.signalOf(at);
    if (isAttempt(at)) sent[signal] = Math.min(2, (sent[signal] ?? 0) + 1);
  }
  const repeated = new Map<number, number[]>();
  for (let at = 0; at < ledger.length; at += 1) {
    if (!isAttempt(at)) continue;
    const signal = ledger.signalOf(at);
    if (sent[signal] === 1) {
      visit([at], signal);
      continue;
    }
    const attempts = repeated.get(signal);
    if (attempts === undefined) repeated.set(signal, [at]);
    else attempts.push(at);
  }
  for (const [signal, attempts] of repeated) {
    visit(
      attempts.sort((a, b) => ledger.sendUs(a) - ledger.sendUs(b)),
      signal,
    );
  }
  return sent;
}

/** The requests of each signal, in order of sending, by the phase of its first, as the plan names it. For scenarios of a few ten thousand. */
export function signalsByPhase(ledger: Ledger): ReadonlyMap<string, readonly (readonly number[])[]> {
  const byPhase = new Map<string, (readonly number[])[]>();
  forEachSignal(ledger, (attempts) => {
    const name = ledger.phaseOf(attempts[0] ?? 0);
    const phase = ledger.phases.phase(name)?.name ?? name;
    const signals = byPhase.get(phase);
    if (signals === undefined) byPhase.set(phase, [attempts]);
    else signals.push(attempts);
  });
  return byPhase;
}
