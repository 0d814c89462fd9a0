import { toleranceUs } from '../interpret/tolerance.ts';
import type { EffectTime } from '../journal/effect-times.ts';
import type { Ledger } from '../journal/ledger.ts';
import { none } from '../journal/ledger-rows.ts';

/** A signal that was accepted. Its effect's time is widened by what the generators' clocks may be off. */
export interface Delivered {
  /** When its first acceptance had been answered. */
  readonly answeredUs: number;
  /** When its first effect came. Null: it never did, as far as was read. */
  readonly effect: EffectTime | null;
}

/** The accepted signals of a scenario with the times of their effects: of a long run there are millions, so none is kept. */
export class DeliveredSignals {
  /** By how many microseconds the server's clock surely differs from ours; positive: it is ahead. */
  readonly clockErrorUs: number;
  private readonly ledger: Ledger;
  private readonly answeredUs: Float64Array;
  /** What the target's times are rounded down to. */
  private readonly stepUs: number;

  constructor(ledger: Ledger) {
    const { answeredUs, sentUs } = acceptances(ledger);
    this.ledger = ledger;
    this.answeredUs = answeredUs;
    this.stepUs = stepOf(ledger, answeredUs);
    this.clockErrorUs = clockErrorOf(ledger, { answeredUs, sentUs }, this.stepUs);
  }

  forEach(visit: (delivered: Delivered) => void): void {
    if (!this.ledger.isPlaced) return;
    for (let signal = 0; signal < this.answeredUs.length; signal += 1) {
      const answeredUs = this.answeredUs[signal] ?? 0;
      if (answeredUs === 0) continue;
      const effect = this.effectTimeOf(signal);
      // Where it came and nobody knows when, nothing is said.
      if (effect !== null || this.ledger.effects(signal) === 0) visit({ answeredUs, effect });
    }
  }

  /** When the first effect of a signal came; null where nobody knows. */
  effectTimeOf(signal: number): EffectTime | null {
    if (!this.ledger.isPlaced) return null;
    const { effectTimes } = this.ledger;
    const told = effectTimes.toldUsOf(signal);
    const { clockUs } = this.ledger;
    if (told === 0) {
      const seen = effectTimes.seenTimeOf(signal);
      return seen === null
        ? null
        : { fromUs: seen.fromUs === null ? null : seen.fromUs - clockUs, toUs: seen.toUs + clockUs };
    }
    const toldUs = told - this.clockErrorUs;
    return { fromUs: toldUs - clockUs, toUs: toldUs + this.stepUs + clockUs };
  }
}

/** Of each signal, by its index: when its first acceptance was answered, and when its first request was sent; 0 if never. */
function acceptances(ledger: Ledger): { readonly answeredUs: Float64Array; readonly sentUs: Float64Array } {
  const answeredUs = new Float64Array(ledger.signals.size);
  const sentUs = new Float64Array(ledger.signals.size);
  const takeFirst = (of: Float64Array, signal: number, us: number): void => {
    const before = of[signal] ?? 0;
    if (before === 0 || us < before) of[signal] = us;
  };
  for (let at = 0; at < ledger.length; at += 1) {
    const signal = ledger.signalOf(at);
    if (signal === none || !ledger.isSignal(at)) continue;
    takeFirst(sentUs, signal, ledger.notedSendUs(at));
    if (ledger.outcomeOf(at) === 'accepted') takeFirst(answeredUs, signal, ledger.notedEndUs(at));
  }
  return { answeredUs, sentUs };
}

/** A second, a millisecond, or nothing: all times that are told are whole multiples of it. */
function stepOf(ledger: Ledger, answeredUs: Float64Array): number {
  let stepUs = 1e6;
  for (let signal = 0; signal < answeredUs.length && stepUs > 0; signal += 1) {
    const told = ledger.effectTimes.toldUsOf(signal);
    while (stepUs > 0 && told % stepUs !== 0) stepUs = stepUs === 1e6 ? 1000 : 0;
  }
  return stepUs;
}

/**
 * No effect comes before its signal was sent, and none after the poll that saw it: what the server's clock says beyond either is
 * its error. Within the two, its times are taken as they are.
 */
function clockErrorOf(ledger: Ledger, { answeredUs, sentUs }: ReturnType<typeof acceptances>, stepUs: number): number {
  const { effectTimes } = ledger;
  const lastPollUs = (effectTimes.polls.at(-1)?.toUs ?? Number.POSITIVE_INFINITY) + ledger.clockUs;
  let behind = 0;
  let ahead = 0;
  for (let signal = 0; signal < answeredUs.length; signal += 1) {
    const told = effectTimes.toldUsOf(signal);
    if (told === 0 || answeredUs[signal] === 0) continue;
    behind = Math.min(behind, told + stepUs - ((sentUs[signal] ?? 0) - ledger.clockUs));
    ahead = Math.max(ahead, told - lastPollUs);
  }
  if (ahead > toleranceUs) return ahead;
  return behind < -toleranceUs ? behind : 0;
}
