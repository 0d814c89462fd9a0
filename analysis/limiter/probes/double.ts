import { millis } from '../../words.ts';
import { maxAdmitted } from '../bounds.ts';
import { allowedInWords, countOf, lengthMs, type Probe } from './probe.ts';

/** Steadily twice the limit: about half is admitted. What counts refusals against the client admits next to nothing. */
export const double: Probe = ({ ledger, limiter, requestsOf, wrongfulIn }) => {
  const [indices] = requestsOf('limiter.double');
  if (indices === undefined) return null;
  const spanMs = lengthMs(ledger, indices);
  const admitted = countOf(ledger, indices, 'accepted');
  const limited = countOf(ledger, indices, 'limited');
  const bound = maxAdmitted(limiter, spanMs);
  const wrongful = wrongfulIn('limiter.double');
  return {
    status: wrongful > 0 || admitted > bound ? 'fail' : limited > 0 ? 'pass' : 'inconclusive',
    summary: `double: ${admitted} of ${indices.length} admitted in ${millis(spanMs)}, ${Number.isFinite(bound) ? 'max ' : ''}${allowedInWords(bound)}${wrongful > 0 ? `; ${wrongful} throttled although capacity was available` : ''}`,
  };
};
