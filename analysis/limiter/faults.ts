import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { duration } from '../../contract/report/figures.ts';
import { modelOf } from '../interpret/kinds/models.ts';
import { max, median } from '../statistics.ts';
import { counted } from '../words.ts';
import { doublesFrom, maxAdmitted } from './bounds.ts';
import type { IsolatedBurst } from './isolated-bursts.ts';
import type { Seen } from './seen.ts';
import { paceInWords, type SlowerPace } from './slower-pace.ts';

/** What the rule knows when it looks for a name. */
export interface LimiterEvidence {
  readonly limiter: DeclaredLimiter;
  readonly bursts: readonly IsolatedBurst[];
  readonly limited: number;
  /** How many were surely admitted within the fullest window of the run. */
  readonly maxWithinWindow: number;
  /** The same of all counts, if something was refused that must be admitted. */
  readonly fullestWindow: number;
  /** Whether a fixed window of the same N per W fits the trace. */
  readonly fixedFits: boolean;
  readonly wrongful: number;
  readonly wrongfulAfterRefusals: number;
  /** On the webhook beside a noisy one, and how many it sent. */
  readonly wrongfulOnQuiet: number;
  readonly quietSent: number;
  readonly quietRecovered: number;
  readonly beyond: Seen['beyond'];
  /** How many served at once; null if that is not known. */
  readonly servingProcesses: number | null;
  /** At which the declared limiter would have done all that was seen. */
  readonly pace: SlowerPace | null;
}

/** What lasts for fewer windows is no steady rate. */
const minSteady = 3;

/**
 * How many times the limit was admitted in each window at a steady rate beyond it, at most; null if none was sent for long enough. What
 * it took at once is left out: a bucket gains from the first moment on, a window gives again when it has ended.
 */
function steadilyAdmitted({ limiter, beyond }: LimiterEvidence): number | null {
  const { limit, windowMs } = limiter;
  const { isBucket, atOnce } = modelOf(limiter);
  const times = Object.values(beyond).flatMap(({ admitted, fromUs, toUs }) => {
    const windows = (toUs - fromUs) / (windowMs * 1000);
    return windows < minSteady ? [] : [(admitted - atOnce(limiter)) / (limit * (isBucket ? windows : windows - 1))];
  });
  return max(times);
}

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

/** A name for what admits too many; the bound alone decided that it does. */
export function nameOfExcess(evidence: LimiterEvidence): string {
  const { limiter, bursts, limited, maxWithinWindow, fixedFits } = evidence;
  const { limit } = limiter;
  if (limited === 0) return 'no limiter: nothing was ever throttled';
  const challenged = challengedBy(bursts, limiter);
  const over = challenged.filter(({ admitted, spanMs }) => admitted > allowed(limiter, spanMs));
  const kept = challenged.length - over.length;
  const open = over.filter(
    ({ limited: throttled, attempts }) => throttled === 0 && attempts > 2 * modelOf(limiter).atOnce(limiter),
  );
  if (open.length > 0 && open.length >= over.length / 2 && kept > 0) {
    return `fails open: in ${open.length} of ${counted(challenged.length, 'burst')} beyond the limit nothing was throttled`;
  }
  const capped = over.filter(({ limited: throttled }) => throttled > 0);
  const highest = over.reduce((max, { admitted }) => Math.max(max, admitted), 0);
  const isOneMore = isOneMoreEverywhere(over, maxWithinWindow, limiter);
  if (over.length > challenged.length / 2) {
    const ofCap = nameOfCap(evidence, capped, { highest, isOneMore });
    if (ofCap !== null) return ofCap;
    if (capped.length < over.length / 2) {
      const times = Math.floor(highest / limit);
      return keepsSteadily(evidence)
        ? `up to ${times} × the limit at once, though a steady rate of twice the limit keeps it: the sign of a check-then-add race`
        : `min ${times} × the limit: few bursts exhausted it`;
    }
  }
  const oneMore = isOneMore ? nameOfOneMore(challenged, limiter) : null;
  if (oneMore !== null) return oneMore;
  if (limiter.kind !== 'fixed' && fixedFits && maxWithinWindow >= doublesFrom * limit) {
    return `boundary double: ${maxWithinWindow} within ${duration(limiter.windowMs)}, as a fixed window admits around its edge`;
  }
  if (over.length > 0) {
    const orEdge = over.length <= 2 && fixedFits ? ', or of a fixed window whose edge lay inside' : '';
    return `more than the limit in ${over.length} of ${counted(challenged.length, 'burst')} (up to ${highest} admitted): the sign of a check-then-add race${orEdge}${orLargerBucket(evidence)}`;
  }
  const found = `${maxWithinWindow} within ${duration(limiter.windowMs)}`;
  // None of them went beyond the limit: one more would have been admitted in each.
  const isRefuted = challenged.some(({ limited: throttled, doubtful }) => throttled > 0 && doubtful === 0);
  if (isOneMore && maxWithinWindow === limit + 1 && !isRefuted) {
    return `one more than the limit: ${found}, and never more`;
  }
  if (limiter.kind !== 'fixed' && fixedFits && maxWithinWindow > limit) {
    return `${found}, as a fixed window of the same limit admits around its edges`;
  }
  return 'it admits more than its bound';
}

/** A bucket that is larger than declared is seldom full again before the next burst: what it lets through scatters. */
const orLargerBucket = ({ limiter }: LimiterEvidence): string =>
  modelOf(limiter).isBucket ? ', or of a larger bucket' : '';

/** A server of one process has no workers that each count by themselves. */
function stateApart(evidence: LimiterEvidence): { readonly state: string; readonly orLarger: string } {
  if (evidence.servingProcesses !== 1) return { state: 'state per worker', orLarger: orLargerBucket(evidence) };
  const larger = modelOf(evidence.limiter).isBucket ? 'bucket' : 'limit';
  return { state: 'state per thread or per instance', orLarger: `, or of a larger ${larger}` };
}

/** Of bursts that are cut, and all at the same number; null if they are cut at many. */
function nameOfCap(
  evidence: LimiterEvidence,
  capped: readonly IsolatedBurst[],
  { highest, isOneMore }: { readonly highest: number; readonly isOneMore: boolean },
): string | null {
  const { limiter } = evidence;
  const { isBucket, atOnce, mayHaveEdgesInside } = modelOf(limiter);
  const once = atOnce(limiter);
  const { state, orLarger } = stateApart(evidence);
  const cap = median(capped.map(({ admitted }) => admitted)) ?? 0;
  const factor = Math.round(cap / once);
  if (factor >= 2 && factor <= 16 && Math.abs(cap - factor * once) <= once * 0.1) {
    const race = keepsSteadily(evidence)
      ? ', or of a check-then-add race: a steady rate of twice the limit keeps it'
      : '';
    const mayDouble = mayHaveEdgesInside && factor >= 4 && factor % 2 === 0;
    // An edge lies in the one burst or the other, not in each of several.
    const edges = mayDouble && capped.length <= 2 ? ', and of fixed windows that double around their edges' : '';
    const times = once === limiter.limit ? 'the limit' : `the ${once} that it lets through at once`;
    return `${factor} × ${times}: the sign of ${state}${orLarger}${edges}${race}`;
  }
  const repeated = repeatedCap(capped, once);
  if (repeated === null || isOneMore) return null;
  return highest > repeated + 1
    ? `${repeated} at once instead of ${once}, repeatedly, and up to ${highest} over other connections: the sign of ${state}${orLarger}`
    : `${repeated} at once instead of ${once}, repeatedly: a larger ${isBucket ? 'bucket' : 'limit'}, or the sign of ${state} over unevenly shared connections`;
}

/**
 * Of bursts that a limit of one more explains. A burst on a key that was new may find less (governor grants one more only after a rest), and one
 * that is spread in time may have gained less than its span allows. Null if others had no more than the limit: what a race admits scatters.
 */
function nameOfOneMore(challenged: readonly IsolatedBurst[], limiter: DeclaredLimiter): string | null {
  const byOne = challenged.filter(({ admitted, spanMs }) => admitted === allowed(limiter, spanMs) + 1).length;
  if (byOne === 0) return null;
  const of = `in ${byOne} of ${counted(challenged.length, 'burst')}`;
  if (byOne >= 0.9 * challenged.length) return `always one more than the limit (${of})`;
  const { atOnce } = modelOf(limiter);
  const without = challenged.filter(({ admitted, doubtful }) => admitted + doubtful <= atOnce(limiter));
  const again = without.filter(({ isFirst }) => !isFirst).length;
  if (byOne < challenged.length / 2 || byOne < 0.9 * (byOne + again)) return null;
  const isOnNewKeys = without.length > again;
  return `one more than the limit (${of}; ${isOnNewKeys ? 'the others came first on their key' : 'the others were spread in time'}): a race is the less likely cause`;
}

/** As behind a race, which lets bursts through; or behind several workers, if few connections carry the steady rate. */
function keepsSteadily(evidence: LimiterEvidence): boolean {
  const worth = steadilyAdmitted(evidence);
  return worth !== null && worth <= 1.15;
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
export function nameOfThrottling(evidence: LimiterEvidence): string {
  const { limiter, bursts, wrongful, wrongfulAfterRefusals, wrongfulOnQuiet, quietSent, quietRecovered } = evidence;
  const throttled = counted(wrongful, 'request');
  const challenged = challengedBy(bursts, limiter).filter(({ doubtful }) => doubtful === 0);
  const highest = challenged.reduce((max, { admitted }) => Math.max(max, admitted), 0);
  const few = fewAtFirst(evidence, challenged);
  if (few !== null) {
    return `it begins with few: at most ${few} of ${limiter.limit} admitted in the first burst on a key, and ${evidence.fullestWindow} within ${duration(limiter.windowMs)} later, as of a bucket that is empty at first and fills up (${throttled} throttled although capacity was available)`;
  }
  if (challenged.length > 0 && highest < limiter.limit && limiter.burst === null) {
    return `stricter than declared: never more than ${highest} of ${limiter.limit} admitted (${throttled} throttled although capacity was available)`;
  }
  const below = `throttles below the limit: ${throttled} throttled although capacity was available`;
  if (evidence.pace !== null) return `${below}; ${paceInWords(evidence.pace, limiter)}`;
  if (wrongfulOnQuiet > quietSent / 5) {
    // Beside another's excess it has its share; it has none if its own requests keep the window from ending.
    return quietRecovered > 0
      ? `one webhook's excess blocks another (${throttled})`
      : `its window does not end while requests go on, and each below the limit may renew it (an expiry set at every request?): ${throttled} throttled although capacity was available`;
  }
  // What counts refusals never recovers from twice the limit; a longer window or a slower refill does.
  if (wrongfulAfterRefusals >= 0.9 * wrongful && (steadilyAdmitted(evidence) ?? 0) < 0.5) {
    return `it counts throttled requests against the client: ${throttled} throttled although capacity was available, all after earlier throttling`;
  }
  const blocks = 'it counts throttled requests against the client, or blocks it for a time after them';
  if ((steadilyAdmitted(evidence) ?? 1) <= hardlyAny)
    return `${below}; at twice the limit hardly any are admitted: ${blocks}`;
  if (endsForGood(evidence)) return `${below}; at twice the limit some are admitted at first, and then none: ${blocks}`;
  const rate = slowerRate(evidence);
  if (rate === null) return below;
  return `${below}; at twice the limit about ${rate} are admitted in ${duration(limiter.windowMs)}: its window is longer, or its refill slower`;
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

/**
 * How many each burst of a phase had admitted, if that is always the same: kept-alive connections may be shared out
 * unevenly, so that one worker gets fewer than its limit in every burst. What a race admits scatters. Null if it differs from
 * burst to burst.
 */
function repeatedCap(capped: readonly IsolatedBurst[], once: number): number | null {
  const phases = [...new Set(capped.map(({ phase }) => phase))];
  const byPhase = phases.map((phase) => capped.filter((burst) => burst.phase === phase));
  const [largest = []] = byPhase.sort((a, b) => b.length - a.length);
  const cap = median(largest.map(({ admitted }) => admitted));
  if (cap === null || largest.length < 3) return null;
  const scatter = cap >= 1.5 * once ? 1 : 0;
  const alike = largest.filter(({ admitted }) => Math.abs(admitted - cap) <= scatter).length;
  return alike >= 0.8 * largest.length ? cap : null;
}

/** Whether a limit of one more explains all that was seen. */
function isOneMoreEverywhere(
  over: readonly IsolatedBurst[],
  maxWithinWindow: number,
  limiter: DeclaredLimiter,
): boolean {
  const { limit, burst, windowMs } = limiter;
  const oneMore = { ...limiter, limit: limit + 1, burst: burst === null ? null : burst + 1 };
  return (
    maxWithinWindow <= maxAdmitted(oneMore, windowMs) &&
    over.every(
      ({ admitted, spanMs }) =>
        admitted <= (modelOf(limiter).mayHaveEdgesInside ? maxAdmitted(oneMore, spanMs) : allowed(limiter, spanMs) + 1),
    )
  );
}

/** Bursts shorter than a window that every limiter of the kind has to cut. */
function challengedBy(bursts: readonly IsolatedBurst[], limiter: DeclaredLimiter): readonly IsolatedBurst[] {
  return bursts.filter(({ attempts, spanMs }) => spanMs < limiter.windowMs && attempts > allowed(limiter, spanMs));
}

/** How many a burst shorter than a window may have admitted, if no edge of a fixed window lies inside. */
export function allowed(limiter: DeclaredLimiter, spanMs: number): number {
  const model = modelOf(limiter);
  return model.isBucket ? model.maxAdmitted(limiter, spanMs) : model.atOnce(limiter);
}
