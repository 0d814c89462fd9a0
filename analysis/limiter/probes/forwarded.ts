import { duration } from '../../../contract/report/figures.ts';
import { usesQuota } from '../../interpret/quota-use.ts';
import { fullestWithin, maxAdmitted } from '../bounds.ts';
import { allowedInWords, countOf, type Probe } from './probe.ts';

/** Beyond the limit with another X-Forwarded-For each time: a limiter that trusts the header can be evaded. */
export const forwarded: Probe = ({ ledger, profile, limiter, requestsOf }) => {
  const [indices] = requestsOf('limiter.forwarded');
  if (indices === undefined) return null;
  const bound = maxAdmitted(limiter, limiter.windowMs);
  const admitted = indices.filter((at) => usesQuota(ledger, at, profile) === 'yes');
  const fullest = fullestWithin(ledger, admitted, limiter.windowMs);
  const limited = countOf(ledger, indices, 'limited');
  // One step of the server's clock gives away one limit's worth, so only more than that proves it.
  const evaded = fullest > bound + limiter.limit || (fullest > bound && limited === 0);
  return {
    faults: ['X-Forwarded-For'],
    status: evaded ? 'warn' : fullest > bound || limited === 0 ? 'inconclusive' : 'pass',
    summary: `forwarded: max ${fullest} admitted within ${duration(limiter.windowMs)} with forged X-Forwarded-For, ${allowedInWords(bound)}${evaded ? ': the limit is evaded by it' : ''}`,
  };
};
