import { byRefusals, countOf, type Probe } from './probe.ts';

/** Steadily at nine tenths of the limit: nothing may be refused. */
export const legitimate: Probe = ({ ledger, limiter, requestsOf, wrongfulIn }) => {
  const [indices] = requestsOf('limiter.legitimate');
  if (indices === undefined) return null;
  const limited = countOf(ledger, indices, 'limited');
  const wrongful = wrongfulIn('limiter.legitimate');
  const hasFurther = limiter.further !== undefined && limiter.further.length > 0;
  const why = hasFurther ? 'when a further limit may have been full' : 'too close together to be entitled to admission';
  return {
    status: byRefusals(hasFurther ? wrongful : limited, wrongful),
    summary: `legitimate: ${limited} of ${indices.length} throttled at 0.9 of the limit${limited > wrongful ? `, of which ${limited - wrongful} came ${why}` : ''}`,
  };
};
