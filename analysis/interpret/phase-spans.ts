import type { PhaseSpans } from '../digest/digest.ts';
import type { Ledger } from '../journal/ledger.ts';
import type { ScenarioRun } from './run.ts';

/** When the signals of each phase were sent and answered, and how many were accepted. */
export function phaseSpansIn(ledger: Ledger): PhaseSpans {
  const spans = new Map<string, { firstUs: number; lastUs: number; accepted: number }>();
  for (let at = 0; at < ledger.length; at += 1) {
    if (!ledger.isSignal(at)) continue;
    const phase = ledger.phaseOf(at);
    const span = spans.get(phase) ?? { firstUs: Number.POSITIVE_INFINITY, lastUs: 0, accepted: 0 };
    span.firstUs = Math.min(span.firstUs, ledger.notedSendUs(at));
    span.lastUs = Math.max(span.lastUs, ledger.notedEndUs(at));
    if (ledger.outcomeOf(at) === 'accepted') span.accepted += 1;
    spans.set(phase, span);
  }
  return spans;
}

/** Those of a scenario; none without a ledger. */
export function phaseSpansOf({ digest, ledger }: ScenarioRun): PhaseSpans {
  return digest?.phases ?? (ledger === null ? new Map() : phaseSpansIn(ledger));
}
