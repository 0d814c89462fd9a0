import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Ledger } from '../journal/ledger.ts';
import { countedTogether, mayTakePlace } from './quota-use.ts';

/**
 * How long a delaying limiter, as declared, may have made each row of the ledger wait at most, in microseconds: 0 for one that it cannot
 * have delayed; null for any other limiter. Waiting there is what the profile promises, and says nothing of how fast the server is.
 *
 * The line grows by one a request and shrinks by L per W; P = W/L is one place. A request may have waited if there was a
 * line when it was sent, or if another one went out less than half a place after it and may have overtaken it.
 *
 *     L = 10 per W = 1 s, P = 100 ms: signals 125 ms apart never wait, the 2nd to 10th of a burst wait 100 to 900 ms
 */
export function longestDelaysUs(ledger: Ledger, profile: TargetProfile): Float64Array | null {
  const { limiter } = profile;
  if (limiter.kind !== 'delaying') return null;
  const placeUs = (limiter.windowMs * 1000) / limiter.limit;
  const delaysUs = new Float64Array(ledger.length);
  // Two requests may lie so much nearer to each other than they seem.
  const nearerUs = 2 * ledger.widestUs;
  for (const indices of countedTogether(ledger, profile).values()) {
    const counted = indices.filter((at) => mayTakePlace(ledger, at, profile));
    let line = 0;
    let overtaking = 0;
    counted.forEach((at, n) => {
      const sendUs = ledger.notedSendUs(at);
      const before = counted[n - 1];
      const left = before === undefined ? 0 : line + 1 - (sendUs - ledger.notedSendUs(before)) / placeUs;
      const waitUs = before === undefined ? 0 : Math.max(0, left * placeUs + nearerUs);
      const mayOvertake = (after: number) => ledger.notedSendUs(after) - sendUs - nearerUs < placeUs / 2;
      overtaking = Math.max(overtaking, n + 1);
      while (overtaking < counted.length && mayOvertake(counted[overtaking] ?? at)) overtaking += 1;
      delaysUs[at] = waitUs + (overtaking - n - 1) * placeUs;
      line = Math.max(0, left);
    });
  }
  return delaysUs;
}
