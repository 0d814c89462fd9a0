import type { ProbeKind } from '../../contract/plan/flaws.ts';
import { flawOfSignal } from '../../contract/plan/forged-steps.ts';
import { parseSignalId } from '../../contract/plan/signal-id.ts';
import type { Ledger } from '../journal/ledger.ts';

/** Whether a request belongs to the probe of authentication. Nothing else is judged by it: not even its right ones are load. */
export function isOfForgedPhase(ledger: Ledger, at: number): boolean {
  return ledger.roleOf(at) === 'authentication.forged';
}

/** What was wrong with a signal when it was sent first, by the plan of this request; null for a request of another phase. */
export function flawOf(ledger: Ledger, at: number): ProbeKind | null {
  const phase = ledger.phases.phase(ledger.phaseOf(at));
  if (phase?.schedule.kind !== 'forged') return null;
  const n = parseSignalId(ledger.signals.text(ledger.signalOf(at)))?.n;
  const [own] = phase.signals;
  if (n === undefined || own === undefined) return null;
  return flawOfSignal(phase.schedule, n - own.first);
}

/**
 * What was sent before the probe: a target may count what it refuses, or throttle who is refused often. Only read-back follows.
 * @param indices in order of sending.
 */
export function beforeForgedPhase(ledger: Ledger, indices: Uint32Array): Uint32Array {
  if (ledger.phases.withRole('authentication.forged').length === 0) return indices;
  const first = indices.findIndex((at) => isOfForgedPhase(ledger, at));
  return first < 0 ? indices : indices.subarray(0, first);
}
