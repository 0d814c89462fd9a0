import { duration } from '../../../contract/report/figures.ts';
import { usesQuota } from '../../interpret/quota-use.ts';
import { counted } from '../../words.ts';
import { fullestWithin, maxAdmitted } from '../bounds.ts';
import { isolatedBursts } from '../isolated-bursts.ts';
import { allowedInWords, type Probe } from './probe.ts';

/** The limit just before an instant and the limit just after it, at many offsets of the window: only a fixed window admits both. */
export const boundary: Probe = ({ ledger, profile, limiter, requestsOf, missedBoundary }) => {
  const lists = requestsOf('limiter.boundary');
  if (lists.length === 0) return null;
  const bound = maxAdmitted(limiter, limiter.windowMs);
  let fullest = 0;
  let boundaries = 0;
  for (const indices of lists) {
    const uses = (at: number): 'yes' | 'maybe' | 'no' => usesQuota(ledger, at, profile);
    const admitted = indices.filter((at) => uses(at) === 'yes');
    boundaries += isolatedBursts(ledger, indices, limiter.windowMs, uses).filter(
      ({ attempts }) => attempts > limiter.limit,
    ).length;
    fullest = Math.max(fullest, fullestWithin(ledger, admitted, limiter.windowMs));
  }
  const found = `boundary: max ${fullest} admitted within ${duration(limiter.windowMs)} over ${counted(boundaries, 'offset')} of the window, ${allowedInWords(bound)}`;
  if (fullest > bound) return { status: 'fail', summary: found };
  if (missedBoundary !== null) {
    const { inTime, planned } = missedBoundary;
    return { status: 'inconclusive', summary: `${found}; ${inTime} of ${planned} were sent and answered in time` };
  }
  return { status: boundaries > 0 ? 'pass' : 'inconclusive', summary: found };
};
