import type { DeclaredLimiter } from '../../../contract/profile/profile.ts';
import { duration } from '../../../contract/report/figures.ts';
import { millis } from '../../words.ts';
import type { Probe } from './probe.ts';

/** After a burst of three times the limit: when does it admit again? */
export const recovery: Probe = ({ ledger, limiter, requestsOf, wrongfulIn }) => {
  const [indices] = requestsOf('limiter.recovery');
  if (indices === undefined) return null;
  const firstUs = ledger.sendUs(indices[0] ?? 0);
  const refused = indices.find((at) => ledger.outcomeOf(at) === 'limited');
  if (refused === undefined) {
    return { status: 'inconclusive', summary: `recovery: none of ${indices.length} requests was throttled` };
  }
  const burst = indices.filter((at) => ledger.sendUs(at) < ledger.endUs(refused));
  const admittedInBurst = burst.filter((at) => ledger.outcomeOf(at) === 'accepted').length;
  const next = indices.find((at) => ledger.sendUs(at) >= ledger.endUs(refused) && ledger.outcomeOf(at) === 'accepted');
  const wrongful = wrongfulIn('limiter.recovery');
  if (next === undefined) {
    const text = `recovery: ${admittedInBurst} admitted of a burst, and none of ${indices.length - burst.length} requests after it`;
    return { status: wrongful > 0 ? 'fail' : 'inconclusive', summary: text };
  }
  const afterMs = (us: number): string => millis((us - firstUs) / 1000);
  return {
    status: wrongful > 0 ? 'fail' : 'pass',
    summary: `recovery: ${admittedInBurst} admitted of a burst, the next one ${afterMs(ledger.sendUs(next))} to ${afterMs(ledger.endUs(next))} after its start; ${expected(limiter)}`,
  };
};

function expected({ kind, limit, windowMs, segments, penaltyMs }: DeclaredLimiter): string {
  if (penaltyMs !== undefined) return `a penalty time of ${duration(penaltyMs)} is declared`;
  if (segments !== undefined)
    return `a window of ${segments} segments admits again ${millis(windowMs - windowMs / segments)} to ${duration(windowMs)} after the first it counted`;
  switch (kind) {
    case 'sliding':
    case 'fixed-from-first-hit':
      return `a ${kind} limiter admits again ${duration(windowMs)} after the first it counted`;
    case 'fixed':
      return `a fixed window admits again at its edge, within ${duration(windowMs)}`;
    case 'token-bucket':
    case 'leaky-bucket':
    case 'delaying':
      return `a bucket admits again after ${millis(windowMs / limit)}`;
    case 'weighted':
      return `a weighted counter admits again as the share of the window before wanes, within ${duration(2 * windowMs)}`;
    case 'stepped-bucket':
      return `a bucket refilled in steps admits again with its next one, within ${duration(windowMs)}`;
    case 'concurrent':
      return 'a place is free as soon as an answer was given';
    case 'unknown':
      return `every kind admits again within ${duration(windowMs)} of the last it counted`;
  }
}
