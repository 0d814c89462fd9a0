import { duration } from '../../../contract/report/figures.ts';
import { countedUnder, usesQuota } from '../../interpret/quota-use.ts';
import { fullestWithin, maxAdmitted } from '../bounds.ts';
import { allowedInWords, type Probe } from './probe.ts';

/** Limits beside the first: how many were admitted within one window of each, and was it enough to see it refuse? */
export const further: Probe = ({ ledger, profile, limiter }) => {
  const limits = (limiter.further ?? []).filter(({ kind }) => kind !== 'concurrent');
  if (limits.length === 0) return null;
  const seen = limits.map((limit) => {
    let [fullest, sent] = [0, 0];
    for (const indices of countedUnder(ledger, limit).values()) {
      const admitted = indices.filter((at) => usesQuota(ledger, at, profile) === 'yes');
      fullest = Math.max(fullest, fullestWithin(ledger, admitted, limit.windowMs));
      sent = Math.max(sent, fullestWithin(ledger, indices, limit.windowMs));
    }
    const bound = maxAdmitted(limit, limit.windowMs);
    const size = limit.burst ?? limit.limit;
    const text = `max ${fullest} of ${sent} admitted within ${duration(limit.windowMs)}, ${allowedInWords(bound)}`;
    return { isBroken: fullest > bound, isReached: sent > size && fullest >= size, text };
  });
  const isReached = seen.every((one) => one.isReached);
  const open = isReached ? '' : '; not every limit was reached, so that its refusals were not seen';
  return {
    status: seen.some(({ isBroken }) => isBroken) ? 'fail' : isReached ? 'pass' : 'inconclusive',
    summary: `further limits: ${seen.map(({ text }) => text).join('; ')}${open}`,
  };
};
