import { lazy } from '../../../contract/profile/lazy.ts';
import { minServerOffsetUs } from '../../interpret/effect-clock.ts';
import type { Ledger } from '../../journal/ledger.ts';

/**
 * The most time that can lie between the server's decisions to process one signal, if some request of it got no answer and may
 * have been decided on at any later time. A decision comes after the first request was sent and before the effect, and the effect
 * before the read-back that tells of it:
 *
 *     sent |------ decided ------ effect 1 ... decided ------ effect 2 ------| read back
 *          [<--------------- no longer than this -------------->]
 *
 * A poll beside the load that saw all effects ends it earlier. Where the server tells when it processed, the end is its last effect. Its clock is placed by signals with one effect, whose
 * first request was accepted: the effect comes before the end of that answer, or, where a server processes later, after it.
 */
export class DecisionSpan {
  private readonly ledger: Ledger;
  private readonly readBackUs: () => number;
  private readonly clockUs: () => number | null;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
    this.readBackUs = lazy(() => readBackEnd(ledger));
    this.clockUs = lazy(() => minServerOffsetUs(ledger));
  }

  /** @param attempts in order of sending. */
  longestUs(signal: number, [first]: readonly number[]): number {
    if (first === undefined) return Number.POSITIVE_INFINITY;
    const { ledger } = this;
    const sentUs = ledger.sendUs(first);
    const toldUs = ledger.effectTimes.lastToldUsOf(signal);
    const offsetUs = toldUs === 0 ? null : this.clockUs();
    const lastUs = offsetUs === null ? Number.POSITIVE_INFINITY : toldUs - offsetUs;
    const seenUs = ledger.effectTimes.seenAllUs(signal, ledger.effects(signal));
    const pollUs = seenUs === null ? Number.POSITIVE_INFINITY : seenUs + ledger.clockUs;
    return Math.min(lastUs, pollUs, this.readBackUs()) - sentUs;
  }
}

/** When the last reading of effects had ended; infinite where nothing tells. */
function readBackEnd(ledger: Ledger): number {
  // Whoever polled may have another clock than who sent.
  let endUs = (ledger.effectTimes.polls.at(-1)?.toUs ?? Number.NEGATIVE_INFINITY) + ledger.clockUs;
  for (let at = 0; at < ledger.length; at += 1) {
    if (ledger.purposeOf(at) === 'readback') endUs = Math.max(endUs, ledger.endUs(at));
  }
  return endUs === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : endUs;
}
