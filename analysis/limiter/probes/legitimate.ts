import { byRefusals, countOf, type Probe } from './probe.ts';

/** Steadily at nine tenths of the limit: nothing may be refused. */
export const legitimate: Probe = ({ ledger, requestsOf, wrongfulIn }) => {
  const [indices] = requestsOf('limiter.legitimate');
  if (indices === undefined) return null;
  const limited = countOf(ledger, indices, 'limited');
  const wrongful = wrongfulIn('limiter.legitimate');
  return {
    status: byRefusals(limited, wrongful),
    summary: `legitimate: ${limited} of ${indices.length} throttled at 0.9 of the limit${limited > wrongful ? `, of which ${limited - wrongful} came too close together to be entitled to admission` : ''}`,
  };
};
