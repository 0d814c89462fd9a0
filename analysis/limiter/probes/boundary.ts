import { phases } from '../../../contract/plan/plan.ts';
import { usesQuota } from '../../interpret/expected-outcome.ts';
import { counted } from '../../words.ts';
import { mostAdmitted, surelyWithin } from '../bounds.ts';
import { isolatedCrowds } from '../isolated-bursts.ts';
import type { Probe } from './probe.ts';

/** The limit just before an instant and the limit just after it, at many phases of the window: only a fixed window admits both. */
export const straddle: Probe = ({ ledger, profile, limiter, requestsOf }) => {
  const lists = requestsOf(phases.probeStraddle);
  if (lists.length === 0) return null;
  const bound = mostAdmitted(limiter, limiter.windowMs);
  let most = 0;
  let straddles = 0;
  for (const indices of lists) {
    const uses = (at: number): 'yes' | 'maybe' | 'no' => usesQuota(ledger, at, profile);
    const admitted = indices.filter((at) => uses(at) === 'yes');
    straddles += isolatedCrowds(ledger, indices, limiter.windowMs, uses).filter(
      ({ attempts }) => attempts > limiter.limit,
    ).length;
    most = Math.max(most, surelyWithin(ledger, admitted, limiter.windowMs, -1)[0]?.count ?? 0);
  }
  return {
    status: most > bound ? 'fail' : straddles > 0 ? 'pass' : 'inconclusive',
    summary: `straddle: at most ${most} admitted within ${limiter.windowMs} ms over ${counted(straddles, 'phase')} of the window, ${bound} are allowed`,
  };
};
