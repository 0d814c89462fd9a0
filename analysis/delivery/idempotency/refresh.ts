import { complaint } from '../complaint.ts';
import { shortestGapUs, surelyPastTtl, surelyWithinTtl } from '../ttl.ts';
import { nothing, type ProbeInput, type ProbeResult, shareOf, tells } from './probe.ts';

/** Repeats at 0.7 and 1.3 TTL: the second is recognized only where the first has prolonged the TTL. */
export function probeRefresh(input: ProbeInput): ProbeResult {
  const { ledger, profile, life, signals } = input;
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
  // Keys that live on anyway were not prolonged.
  if (recognized > 0 && (!declared || wrong === 0) && outliveTtl(input)) return nothing;
  const name = declared
    ? 'a repeat does not prolong the TTL, declared is that it does'
    : 'a repeat prolongs the TTL, declared is that it does not';
  return {
    complaints:
      wrong > 0
        ? [complaint(declared ? 'TTL not prolonged' : 'TTL prolonged', `${name}: ${shareOf(wrong, n)} of the signals`)]
        : [],
    undecided: [],
    remarks:
      wrong === 0
        ? [
            `a repeat ${declared ? 'prolongs' : 'does not prolong'} the TTL, as declared: ${shareOf(n, n)} of the signals`,
          ]
        : [],
  };
}

/** A stray duplicate does not make all keys live longer. */
const minOutlivingShare = 0.1;

/** Whether keys outlive the TTL without a repeat in between, as the repeats after one gap show. */
function outliveTtl({ ledger, life, gaps }: ProbeInput): boolean {
  let past = 0;
  let recognized = 0;
  for (const [first, repeat] of gaps.flatMap((gap) => gap.signals)) {
    if (first === undefined || repeat === undefined || ledger.outcomeOf(first) !== 'accepted') continue;
    if (!tells(ledger, repeat) || !surelyPastTtl(ledger, first, repeat, life)) continue;
    past += 1;
    if (ledger.outcomeOf(repeat) === 'duplicate') recognized += 1;
  }
  return recognized > minOutlivingShare * past;
}
