import { byRefusals, countOf, type Probe } from './probe.ts';

/** One webhook far beyond its limit, another within it: the first must not block the second. */
export const isolation: Probe = ({ ledger, limiter, requestsOf, wrongfulIn }) => {
  const [noisy] = requestsOf('limiter.noisy');
  const [quiet] = requestsOf('limiter.quiet');
  if (noisy === undefined || quiet === undefined) return null;
  if (limiter.scope !== 'webhook') {
    return { status: 'not-applicable', summary: `isolation: all webhooks share one count (${limiter.scope})` };
  }
  const refusedNoisy = countOf(ledger, noisy, 'limited');
  const refusedQuiet = countOf(ledger, quiet, 'limited');
  return {
    status: refusedNoisy === 0 ? 'inconclusive' : byRefusals(refusedQuiet, wrongfulIn('limiter.quiet')),
    summary: `isolation: ${refusedNoisy} of ${noisy.length} throttled on the noisy webhook, ${refusedQuiet} of ${quiet.length} on the quiet one`,
  };
};
