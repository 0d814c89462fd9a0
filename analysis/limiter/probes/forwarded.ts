import type { DeclaredLimiter, TargetProfile } from '../../../contract/profile/profile.ts';
import { duration } from '../../../contract/report/figures.ts';
import { usesQuota } from '../../interpret/quota-use.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { max } from '../../statistics.ts';
import { fullestWithin, maxAdmitted } from '../bounds.ts';
import { allowedInWords, countOf, type Probe } from './probe.ts';

/**
 * Beyond the limit with another X-Forwarded-For each time: a limiter that trusts the header can be evaded. One that lets as many through without
 * the header is wrong for another reason.
 */
export const forwarded: Probe = ({ ledger, profile, limiter, requestsOf, maxUnforged }) => {
  const [indices] = requestsOf('limiter.forwarded');
  if (indices === undefined) return null;
  const bound = maxAdmitted(limiter, limiter.windowMs);
  const admitted = indices.filter((at) => usesQuota(ledger, at, profile) === 'yes');
  const forged = fullestWithin(ledger, admitted, limiter.windowMs);
  const limited = countOf(ledger, indices, 'limited');
  const sentUnforged = fullestUnforged(ledger, profile, limiter);
  const compared = { forged, limited, bound, maxUnforged, sentUnforged };
  const evaded = isEvaded(compared, limiter.limit);
  return {
    faults: ['X-Forwarded-For'],
    status: evaded ? 'warn' : forged > bound || limited === 0 ? 'inconclusive' : 'pass',
    summary: `forwarded: max ${forged} admitted within ${duration(limiter.windowMs)} with forged X-Forwarded-For, ${allowedInWords(bound)}${besideUnforged(compared, evaded)}`,
  };
};

/** Within one window each. */
interface Compared {
  readonly forged: number;
  /** Of all that were forged. */
  readonly limited: number;
  readonly bound: number;
  /** Admitted without the header; 0 if they never exceeded the bound. */
  readonly maxUnforged: number;
  readonly sentUnforged: number;
}

/** Where unforged requests exceed the bound as well, so much of a burst was let through without the header, at most. */
const clearlyCut = 0.7;

/** Whether forged requests had clearly more admitted than as many unforged ones. */
function isEvaded({ forged, limited, bound, maxUnforged, sentUnforged }: Compared, limit: number): boolean {
  if (forged <= bound) return false;
  // One step of the server's clock gives away one limit's worth, so only more than that proves it.
  if (maxUnforged <= bound) return sentUnforged > bound && (forged > bound + limit || limited === 0);
  if (sentUnforged < forged) return false;
  return forged > maxUnforged + limit || (limited === 0 && maxUnforged <= clearlyCut * forged);
}

/** How many were sent without the header within the fullest window of a webhook, and took or were refused a place. */
function fullestUnforged(ledger: Ledger, profile: TargetProfile, { windowMs }: DeclaredLimiter): number {
  const sent = [...ledger.signalsByWebhook().values()].map((indices) =>
    indices.filter(
      (at) =>
        ledger.roleOf(at) !== 'limiter.forwarded' &&
        (ledger.outcomeOf(at) === 'limited' || usesQuota(ledger, at, profile) === 'yes'),
    ),
  );
  return max(sent.map((indices) => fullestWithin(ledger, indices, windowMs))) ?? 0;
}

function besideUnforged({ forged, bound, maxUnforged, sentUnforged }: Compared, evaded: boolean): string {
  if (forged <= bound) return '';
  const without = maxUnforged > bound ? `, and ${maxUnforged} were admitted without the header` : '';
  if (evaded) return `${without}: the limit is evaded by it`;
  if (maxUnforged > bound) return `${without}: it is not the cause, or not alone; make the limit hold, and run again`;
  return sentUnforged > bound ? '' : '; too few were sent without the header to compare: run all probes of rate-limit';
}
