import { duration } from '../../contract/report/figures.ts';
import { max } from '../statistics.ts';
import { counted } from '../words.ts';
import type { IsolatedBurst } from './isolated-bursts.ts';
import { challengedBy, type LimiterEvidence, minSteady, steadilyAdmitted } from './limiter-evidence.ts';
import { nameOfLockouts } from './lockouts.ts';
import { type NamedFault, named } from './named-fault.ts';
import { paceInWords } from './slower-pace.ts';

/** A refill that is slower by less than this cannot be told from what one request more or less makes. */
const minSlower = 0.03;

/** Below this share of the limit a steady rate beyond it gets nothing through but what it took at once. */
const hardlyAny = 0.05;

/** What is admitted in a window at twice the limit, if that is clearly less than the limit. */
function slowerRate(evidence: LimiterEvidence): number | null {
  const worth = steadilyAdmitted(evidence);
  if (worth === null || worth <= hardlyAny || worth > 1 - minSlower) return null;
  const { limit } = evidence.limiter;
  const rate = Number((worth * limit).toPrecision(2));
  return rate < limit ? rate : null;
}

/** In windows. */
const minQuiet = 2;

/**
 * Whether each steady rate beyond the limit got something through at first, and nothing in its second half. What takes tokens for refused requests, too,
 * owes more and more; a slower refill or a longer window gives again.
 */
function endsForGood({ limiter, beyond }: LimiterEvidence): boolean {
  const windowUs = limiter.windowMs * 1000;
  const sent = Object.values(beyond).filter(({ fromUs, toUs }) => toUs - fromUs >= minSteady * windowUs);
  return (
    sent.length > 0 &&
    sent.every(({ fromUs, toUs, lastAdmittedUs }) => {
      const quietUs = toUs - Math.max(fromUs, lastAdmittedUs);
      return quietUs >= (toUs - fromUs) / 2 && quietUs >= minQuiet * windowUs;
    })
  );
}

/** A name for what throttles although it must admit. */
export function nameOfThrottling(evidence: LimiterEvidence): NamedFault {
  const { words, faults } = nameOfRefusals(evidence);
  const { wrongful, wrongfulRepeats } = evidence;
  if (wrongfulRepeats === 0) return { words, faults };
  const [first, ...others] = faults;
  const isFirst = first === undefined || 2 * wrongfulRepeats >= wrongful;
  return { words, faults: isFirst ? ['counts repeats', ...faults] : [first, 'counts repeats', ...others] };
}

function nameOfRefusals(evidence: LimiterEvidence): NamedFault {
  const { limiter, bursts, wrongful, wrongfulAfterRefusals, wrongfulOnQuiet, quietSent, quietRecovered } = evidence;
  const { lockouts, pace } = evidence;
  const isQuietRefused = wrongfulOnQuiet > quietSent / 5;
  // Beside another's excess it has its share; it has none if its own requests keep the window from ending.
  const isBlockedByOther = isQuietRefused && quietRecovered > 0;
  const locked = lockouts === null ? null : nameOfLockouts(lockouts, wrongful, limiter);
  // A pace that no admission after a refusal bounds is none.
  const isPace = pace !== null && lockouts?.isAdmittedAgain !== false;
  if (locked !== null && !isPace && !isBlockedByOther) return locked;
  const throttled = counted(wrongful, 'request');
  const challenged = challengedBy(bursts, limiter).filter(({ doubtful }) => doubtful === 0);
  const highest = challenged.reduce((max, { admitted }) => Math.max(max, admitted), 0);
  const few = fewAtFirst(evidence, challenged);
  if (few !== null) {
    const begins = `it begins with few: at most ${few} of ${limiter.limit} admitted in the first burst on a key, and ${evidence.fullestWindow} within ${duration(limiter.windowMs)} later, as of a bucket that is empty at first and fills up`;
    return named(`${begins} (${throttled} throttled although capacity was available)`, 'empty bucket');
  }
  if (challenged.length > 0 && highest < limiter.limit && limiter.burst === null) {
    const never = `stricter than declared: never more than ${highest} of ${limiter.limit} admitted`;
    return named(`${never} (${throttled} throttled although capacity was available)`, 'stricter limit');
  }
  const below = `throttles below the limit: ${throttled} throttled although capacity was available`;
  if (pace !== null) return named(`${below}; ${paceInWords(pace, limiter)}`, 'other pace');
  if (isBlockedByOther)
    return named(`one webhook's excess blocks another (${throttled})`, 'one webhook blocks another');
  // What requests renew has ended after a quiet that is longer.
  if (isQuietRefused && lockouts?.refutesRenewal !== true) {
    const renews = 'its window does not end while requests go on, and each below the limit may renew it';
    const sign = `(an expiry set at every request?): ${throttled} throttled although capacity was available`;
    return named(`${renews} ${sign}`, 'window renewed');
  }
  // What counts refusals never recovers from twice the limit; a longer window or a slower refill does.
  if (wrongfulAfterRefusals >= 0.9 * wrongful && (steadilyAdmitted(evidence) ?? 0) < 0.5) {
    const counts = `it counts throttled requests against the client: ${throttled} throttled although capacity was available`;
    return named(`${counts}, all after earlier throttling`, 'counts refusals');
  }
  const blocks = 'it counts throttled requests against the client, or blocks it for a time after them';
  if ((steadilyAdmitted(evidence) ?? 1) <= hardlyAny)
    return named(`${below}; at twice the limit hardly any are admitted: ${blocks}`, 'counts refusals');
  if (endsForGood(evidence))
    return named(
      `${below}; at twice the limit some are admitted at first, and then none: ${blocks}`,
      'counts refusals',
    );
  const rate = slowerRate(evidence);
  if (rate === null) return named(below, 'stricter limit');
  const instead = `at twice the limit about ${rate} are admitted in ${duration(limiter.windowMs)}`;
  return named(`${below}; ${instead}: its window is longer, or its refill slower`, 'other pace');
}

/** How many the first bursts on keys had at most, if that is less than the limit, and what came later reached it; else null. */
function fewAtFirst(
  { limiter: { limit }, fullestWindow }: LimiterEvidence,
  challenged: readonly IsolatedBurst[],
): number | null {
  const highest = (isFirst: boolean): number | null =>
    max(challenged.filter((burst) => burst.isFirst === isFirst).map(({ admitted }) => admitted));
  const [first, later] = [highest(true), highest(false)];
  const reachesIt = fullestWindow >= limit && (later === null || later >= limit);
  return first !== null && first < limit && reachesIt ? first : null;
}
