import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Ledger } from '../journal/ledger.ts';
import { countedTogether, mayTakePlace } from './quota-use.ts';

/**
 * Requests that a delaying limiter, as declared, may have made wait: 1 for each such row of the ledger; null for any other
 * limiter. Waiting there is what the profile promises, and says nothing of how fast the server is.
 *
 * The line grows by one a request and shrinks by L per W; P = W/L is one place. A request may have waited if there was a
 * line when it was sent, or if another one went out less than half a place after it and may have overtaken it.
 *
 *     L = 10 per W = 1 s, P = 100 ms: signals 125 ms apart never wait, the 2nd to 10th of a burst wait 100 to 900 ms
 */
export function delayedByLimiter(ledger: Ledger, profile: TargetProfile): Uint8Array | null {
  const { limiter } = profile;
  if (limiter.kind !== 'delaying') return null;
  const placeUs = (limiter.windowMs * 1000) / limiter.limit;
  const waited = new Uint8Array(ledger.length);
  // Two requests may lie so much nearer to each other than they seem.
  const nearerUs = 2 * ledger.widestUs;
  for (const indices of countedTogether(ledger, profile).values()) {
    const counted = indices.filter((at) => mayTakePlace(ledger, at, profile));
    let line = 0;
    counted.forEach((at, n) => {
      const sendUs = ledger.notedSendUs(at);
      const before = counted[n - 1];
      const after = counted[n + 1];
      const left = before === undefined ? 0 : line + 1 - (sendUs - ledger.notedSendUs(before)) / placeUs;
      const mayWait = before === undefined ? false : left + nearerUs / placeUs > 0;
      const mayBeOvertaken = after !== undefined && ledger.notedSendUs(after) - sendUs - nearerUs < placeUs / 2;
      if (mayWait || mayBeOvertaken) waited[at] = 1;
      line = Math.max(0, left);
    });
  }
  return waited;
}
