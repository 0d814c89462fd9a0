import type { Ledger } from '../journal/ledger.ts';
import type { PhaseSpan, PhaseSpans } from './digest.ts';
import type { ScenarioRun } from './run.ts';

export const emptySpan: PhaseSpan = {
  ...{ firstUs: Number.POSITIVE_INFINITY, lastUs: 0, lastSendUs: 0, accepted: 0, signals: 0, late: [] },
};

/** When the signals of each phase were sent and answered, and how many were accepted. */
export function phaseSpansIn(ledger: Ledger): PhaseSpans {
  const spans = new Map<string, { -readonly [key in keyof PhaseSpan]: PhaseSpan[key] }>();
  for (let at = 0; at < ledger.length; at += 1) {
    if (!ledger.isSignal(at)) continue;
    const phase = ledger.phaseOf(at);
    const span = spans.get(phase) ?? { ...emptySpan };
    span.firstUs = Math.min(span.firstUs, ledger.notedSendUs(at));
    span.lastSendUs = Math.max(span.lastSendUs, ledger.notedSendUs(at));
    span.lastUs = Math.max(span.lastUs, ledger.notedEndUs(at));
    span.signals += 1;
    if (ledger.outcomeOf(at) === 'accepted') span.accepted += 1;
    spans.set(phase, span);
  }
  const late = lateEnds(ledger, spans);
  return new Map([...spans].map(([phase, span]) => [phase, { ...span, late: late.get(phase) ?? [] }]));
}

function lateEnds(ledger: Ledger, spans: PhaseSpans): ReadonlyMap<string, readonly number[]> {
  const late = new Map<string, number[]>();
  for (let at = 0; at < ledger.length; at += 1) {
    const phase = ledger.phaseOf(at);
    const endUs = ledger.notedEndUs(at);
    if (!ledger.isSignal(at) || endUs <= (spans.get(phase)?.lastSendUs ?? 0)) continue;
    const ends = late.get(phase);
    if (ends === undefined) late.set(phase, [endUs]);
    else ends.push(endUs);
  }
  for (const ends of late.values()) ends.sort((a, b) => a - b);
  return late;
}

/** One phase that lies in two pieces. */
export function addSpans(a: PhaseSpan, b: PhaseSpan): PhaseSpan {
  const lastSendUs = Math.max(a.lastSendUs, b.lastSendUs);
  return {
    firstUs: Math.min(a.firstUs, b.firstUs),
    lastUs: Math.max(a.lastUs, b.lastUs),
    lastSendUs,
    accepted: a.accepted + b.accepted,
    signals: a.signals + b.signals,
    late: [...a.late, ...b.late].filter((us) => us > lastSendUs).toSorted((x, y) => x - y),
  };
}

/** Those of a scenario; none without a ledger. */
export function phaseSpansOf({ digest, ledger }: ScenarioRun): PhaseSpans {
  return digest?.phases ?? (ledger === null ? new Map() : phaseSpansIn(ledger));
}
