import { shortestGapUs, surelyPastTtl, surelyWithinTtl } from '../ttl.ts';
import { nothing, type ProbeInput, type ProbeResult, shareOf, tells } from './probe.ts';

/** Repeats at 0.7 and 1.3 TTL: the second is recognized only where the first has prolonged the TTL. */
export function probeRefresh({ ledger, profile, life, signals }: ProbeInput): ProbeResult {
  const declared = profile.idempotency.kind === 'ttl' && profile.idempotency.repeatRefreshes;
  let n = 0;
  let recognized = 0;
  for (const [first, second, third] of signals('idempotency.refresh')) {
    if (first === undefined || second === undefined || third === undefined) continue;
    if (ledger.outcomeOf(first) !== 'accepted' || ledger.outcomeOf(second) !== 'duplicate') continue;
    if (!tells(ledger, second) || !tells(ledger, third)) continue;
    if (!surelyPastTtl(ledger, first, third, life) || !surelyWithinTtl(ledger, second, third, life)) continue;
    if (shortestGapUs(ledger, second, third) <= 0) continue;
    n += 1;
    if (ledger.outcomeOf(third) === 'duplicate') recognized += 1;
  }
  if (n === 0) return nothing;
  const wrong = declared ? n - recognized : recognized;
  const name = declared
    ? 'a repeat does not prolong the TTL, declared is that it does'
    : 'a repeat prolongs the TTL, declared is that it does not';
  return {
    complaints: wrong > 0 ? [`${name}: ${shareOf(wrong, n)} of the signals`] : [],
    undecided: [],
    remarks:
      wrong === 0
        ? [
            `a repeat ${declared ? 'prolongs' : 'does not prolong'} the TTL, as declared: ${shareOf(n, n)} of the signals`,
          ]
        : [],
  };
}
