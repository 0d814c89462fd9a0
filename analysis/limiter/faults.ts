import type { DeclaredLimit } from '../../contract/profile/declared-limits.ts';
import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { duration } from '../../contract/report/figures.ts';
import { modelOf } from '../interpret/kinds/models.ts';
import { toleranceUs } from '../interpret/tolerance.ts';
import { median } from '../statistics.ts';
import { counted } from '../words.ts';
import { doublesFrom, maxAdmitted } from './bounds.ts';
import type { CountAnew } from './count-anew.ts';
import { isServedBySeveral, keepsSteadily, orLargerBucket, stateApart } from './counts-apart.ts';
import type { IsolatedBurst } from './isolated-bursts.ts';
import { allowed, challengedBy, type LimiterEvidence } from './limiter-evidence.ts';
import { type LimiterFault, type NamedFault, named } from './named-fault.ts';
import { nameOfRepeated, repeatedCap } from './repeated-cap.ts';
import { nameOfAnyExcess, nameOfVanished } from './surplus-names.ts';

/** A name for what admits too many; the bound alone decided that it does. */
export function nameOfExcess(evidence: LimiterEvidence): NamedFault {
  const { limiter, bursts, limited, maxWithinWindow, fixedFits } = evidence;
  const { limit } = limiter;
  if (limited === 0) return nameOfNone(evidence);
  if (evidence.furtherAlone !== null) return nameOfFurtherAlone(evidence, evidence.furtherAlone);
  if (evidence.anew !== null && !fixedFits) return nameOfAnew(evidence, evidence.anew);
  const challenged = challengedBy(bursts, limiter).filter((burst) => isKnown(burst, limiter));
  const over = challenged.filter(({ admitted, spanMs }) => admitted > allowed(limiter, spanMs));
  const kept = challenged.length - over.length;
  const open = over.filter(
    ({ limited: throttled, attempts }) => throttled === 0 && attempts > 2 * modelOf(limiter).atOnce(limiter),
  );
  if (open.length > 0 && open.length >= over.length / 2 && kept > 0) {
    const where = `in ${open.length} of ${counted(challenged.length, 'burst')} beyond the limit nothing was throttled`;
    return named(`fails open: ${where}`, 'fails open');
  }
  const capped = over.filter(({ limited: throttled }) => throttled > 0);
  const highest = over.reduce((max, { admitted }) => Math.max(max, admitted), 0);
  const isOneMore = isOneMoreEverywhere(over, maxWithinWindow, limiter);
  const oneMore = isOneMore ? nameOfOneMore(challenged, limiter) : null;
  if (over.length > challenged.length / 2) {
    const ofCap = nameOfCap(evidence, capped, { highest, isOneMore, oneMore });
    if (ofCap !== null) return ofCap;
    if (capped.length < over.length / 2) {
      const times = Math.floor(highest / limit);
      return keepsSteadily(evidence)
        ? named(
            `up to ${times} × the limit at once, though a steady rate of twice the limit keeps it: the sign of a check-then-add race`,
            'check-then-add race',
          )
        : named(
            `it admits ${times} × the limit or more: few bursts were large enough to exhaust it`,
            ...severalTimes(evidence),
          );
    }
  }
  if (oneMore !== null) return oneMore;
  const vanished = nameOfVanished(evidence);
  if (vanished !== null) return vanished;
  if (limiter.kind !== 'fixed' && fixedFits && maxWithinWindow >= doublesFrom * limit) {
    return named(
      `boundary double: ${maxWithinWindow} within ${duration(limiter.windowMs)}, as a fixed window admits around its edge`,
      'fixed window',
    );
  }
  if (over.length > 0) return nameOfSome(evidence, challenged, over);
  const found = `${maxWithinWindow} within ${duration(limiter.windowMs)}`;
  // None of them went beyond the limit: one more would have been admitted in each.
  const isRefuted = challenged.some(({ limited: throttled, doubtful }) => throttled > 0 && doubtful === 0);
  if (isOneMore && maxWithinWindow === limit + 1 && !isRefuted) {
    return named(`one more than the limit: ${found}, and never more`, 'one more', 'check-then-add race');
  }
  if (limiter.kind !== 'fixed' && fixedFits && maxWithinWindow > limit) {
    return named(`${found}, as a fixed window of the same limit admits around its edges`, 'fixed window');
  }
  return nameOfAnyExcess(evidence, severalTimes(evidence));
}

/** Of what got no answer, such as while workers crashed, nobody knows whether it kept the limit. */
const isKnown = ({ admitted, doubtful, spanMs }: IsolatedBurst, limiter: DeclaredLimiter): boolean =>
  admitted > allowed(limiter, spanMs) || admitted + doubtful <= allowed(limiter, spanMs);

const signs = { 'check-then-add race': 'a check-then-add race', 'state per worker': 'state per worker' } as const;

/** Of bursts of which some have more than the limit, and not always the same. */
function nameOfSome(
  evidence: LimiterEvidence,
  challenged: readonly IsolatedBurst[],
  over: readonly IsolatedBurst[],
): NamedFault {
  const { limiter, maxWithinWindow, fixedFits } = evidence;
  const { isBucket, atOnce } = modelOf(limiter);
  const highest = over.reduce((max, { admitted }) => Math.max(max, admitted), 0);
  const mayBeApart = isServedBySeveral(evidence, highest / atOnce(limiter)) && !keepsSteadily(evidence);
  // Where several serve, and most bursts had more, counts that are kept apart are likelier than a race, which the steady rate does not tell.
  const isApartFirst = mayBeApart && over.length > challenged.length / 2;
  const found: readonly (keyof typeof signs)[] = [
    'check-then-add race',
    ...(mayBeApart ? (['state per worker'] as const) : []),
  ];
  const likely = isApartFirst ? found.toReversed() : found;
  const orEdge = over.length <= 2 && fixedFits ? ', or of a fixed window whose edge lay inside' : '';
  const orLarger = orLargerBucket(evidence);
  const window = duration(limiter.windowMs);
  const [short, longer] =
    maxWithinWindow > highest && !isBucket
      ? [
          ` that were sent and answered within ${window}`,
          `, and up to ${maxWithinWindow} within ${window} of what lasted longer`,
        ]
      : ['', ''];
  return named(
    `more than the limit in ${over.length} of ${counted(challenged.length, 'burst')}${short} (up to ${highest} admitted)${longer}: the sign of ${likely.map((fault) => signs[fault]).join(', or of ')}${orEdge}${orLarger}`,
    ...likely,
    ...(orEdge === '' ? [] : (['fixed window'] as const)),
    ...(orLarger === '' ? [] : (['larger limit'] as const)),
  );
}

/** Workers that each count by themselves throttle nothing where none gets more than the limit. */
function nameOfNone({ limiter, maxWithinWindow, servingProcesses }: LimiterEvidence): NamedFault {
  const mayCountApart = servingProcesses !== null && servingProcesses > 1;
  return named(
    'no limiter: nothing was ever throttled',
    'no limiter',
    ...(mayCountApart && maxWithinWindow <= servingProcesses * limiter.limit ? (['state per worker'] as const) : []),
  );
}

/** What keeps a further limit, and not the one before it. */
function nameOfFurtherAlone({ limiter, maxWithinWindow }: LimiterEvidence, alone: DeclaredLimit): NamedFault {
  const [first, kept] = [limiter, alone].map(({ limit, windowMs }) => `${limit} per ${duration(windowMs)}`);
  return named(
    `the limit of ${first} is not kept: up to ${maxWithinWindow} within ${duration(limiter.windowMs)}; the limit of ${kept} alone explains all that was admitted and throttled`,
    'first limit',
  );
}

/** What admits its limit, refuses for a time, and admits its limit again within the window. */
function nameOfAnew({ limiter, maxWithinWindow }: LimiterEvidence, { minMs, maxMs }: CountAnew): NamedFault {
  const { limit, windowMs, penaltyMs } = limiter;
  const isPenalty =
    penaltyMs !== undefined && penaltyMs < windowMs && penaltyMs >= minMs - hairMs && penaltyMs <= maxMs + hairMs;
  const found = `up to ${maxWithinWindow} admitted within ${duration(windowMs)}, but never more than ${limit} before a refusal`;
  if (isPenalty) {
    return named(
      `the count begins anew when the penalty time of ${duration(penaltyMs)} ends, which is shorter than the window: ${found}`,
      'count begins anew',
    );
  }
  const [from, to] = [Math.round(minMs), Math.round(maxMs)];
  const after = from === to ? `${from} ms` : `${from} to ${to} ms`;
  return named(
    `the count begins anew about ${after} after a refusal, before the window has ended: ${found}; it blocks for less than a window, or its window is shorter than declared`,
    ...['count begins anew' as const, 'larger limit' as const],
  );
}

/** Clocks and answers differ by so much. */
const hairMs = 2 * (toleranceUs / 1000);

/** What lets a multiple of the limit through, and hides how often. */
const severalTimes = (evidence: LimiterEvidence): readonly LimiterFault[] => [
  stateApart(evidence).fault,
  'larger limit',
];

/** What is known of bursts that had more than the limit. */
interface OverBursts {
  readonly highest: number;
  /** A limit of one more explains all that was seen. */
  readonly isOneMore: boolean;
  /** What that is called; null if something else is likelier. */
  readonly oneMore: NamedFault | null;
}

/** Of bursts that are cut, and all at the same number; null if they are cut at many. */
function nameOfCap(
  evidence: LimiterEvidence,
  capped: readonly IsolatedBurst[],
  { highest, isOneMore, oneMore }: OverBursts,
): NamedFault | null {
  const { limiter } = evidence;
  const { atOnce, mayHaveEdgesInside } = modelOf(limiter);
  const once = atOnce(limiter);
  const { state, fault, orLarger } = stateApart(evidence);
  const cap = median(capped.map(({ admitted }) => admitted)) ?? 0;
  const factor = Math.round(cap / once);
  if (factor >= 2 && factor <= 16 && Math.abs(cap - factor * once) <= once * 0.1) {
    // One more than one is twice as many.
    const asOneMore = cap === once + 1 ? oneMore : null;
    if (asOneMore !== null && evidence.servingProcesses === 1) return asOneMore;
    const isFew = capped.length === 1 && isServedBySeveral(evidence, factor);
    const race = keepsSteadily(evidence)
      ? ', or of a check-then-add race: a steady rate of twice the limit keeps it'
      : isFew
        ? `, or of a check-then-add race: one burst cannot tell`
        : '';
    const mayDouble = mayHaveEdgesInside && factor >= 4 && factor % 2 === 0;
    // An edge lies in the one burst or the other, not in each of several.
    const edges = mayDouble && capped.length <= 2 ? ', and of fixed windows that double around their edges' : '';
    const times = once === limiter.limit ? 'the limit' : `the ${once} that it lets through at once`;
    const less = [
      ...(race === '' ? [] : (['check-then-add race'] as const)),
      ...(edges === '' ? [] : (['fixed window'] as const)),
    ];
    const multiple = `${factor} × ${times}: the sign of ${state}${orLarger}${edges}${race}`;
    const faults = [fault, ...less, 'larger limit' as const];
    if (asOneMore === null) return named(multiple, ...faults);
    return named(`${asOneMore.words}, or ${multiple}`, ...asOneMore.faults, ...faults);
  }
  const repeated = repeatedCap(capped, once);
  if (repeated === null || isOneMore) return null;
  return nameOfRepeated(evidence, capped, { repeated, highest });
}

/**
 * Of bursts that a limit of one more explains. A burst on a key that was new may find less (governor grants one more only after a rest), and one
 * that is spread in time may have gained less than its span allows. Null if others had no more than the limit: what a race admits scatters.
 */
function nameOfOneMore(challenged: readonly IsolatedBurst[], limiter: DeclaredLimiter): NamedFault | null {
  const byOne = challenged.filter(({ admitted, spanMs }) => admitted === allowed(limiter, spanMs) + 1).length;
  if (byOne === 0) return null;
  const of = `in ${byOne} of ${counted(challenged.length, 'burst')}`;
  if (byOne >= 0.9 * challenged.length) return named(`always one more than the limit (${of})`, 'one more');
  const { atOnce } = modelOf(limiter);
  const without = challenged.filter(({ admitted, doubtful }) => admitted + doubtful <= atOnce(limiter));
  const again = without.filter(({ isFirst }) => !isFirst).length;
  if (byOne < challenged.length / 2 || byOne < 0.9 * (byOne + again)) return null;
  const isOnNewKeys = without.length > again;
  return named(
    `one more than the limit (${of}; ${isOnNewKeys ? 'the others came first on their key' : 'the others were spread in time'}): a race is the less likely cause`,
    ...['one more' as const, 'check-then-add race' as const],
  );
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
