import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { duration } from '../../contract/report/figures.ts';
import type { Measure } from '../../contract/report/report.ts';
import type { Run } from '../interpret/run.ts';
import type { Contradictions } from '../limiter/contradictions.ts';
import { type LimiterFault, type NamedFault, named } from '../limiter/named-fault.ts';
import { isChallenging, isProven, type Seen } from '../limiter/seen.ts';
import { counted } from '../words.ts';
import { count } from './measure.ts';
import type { JudgedPart } from './rule.ts';

type Headers = Pick<Seen, 'even' | 'retryAfter' | 'quotas'>;

/** What a probe or the headers say, and what that warns of. */
export interface LimiterPart extends JudgedPart {
  readonly faults?: readonly LimiterFault[];
}

/**
 * What the headers of answers are found to be, a line each; none where nothing is promised and nothing is said.
 * @param isBroken the limiter surely admits too many: of counts that are kept apart, each tells the truth of its own, and the next may refuse.
 */
export function headerParts(
  run: Run,
  limiter: DeclaredLimiter,
  seen: Headers,
  isBroken = false,
): readonly LimiterPart[] {
  const scenario = run.scenarios.find(({ name }) => isChallenging(name))?.name;
  if (scenario === undefined) return [];
  const parts = [retryAfterPart(limiter, seen, isBroken), quotaPart(limiter, seen, isBroken)];
  return parts.flatMap((part) => (part === null ? [] : [{ scenario, ...part }]));
}

export function headerMeasures({ retryAfter, quotas }: Headers): readonly Measure[] {
  return [
    count('retry-after-missing', retryAfter.missing),
    count('retry-after-malformed', retryAfter.malformed.count),
    count('retry-after-too-short', retryAfter.tooShort.count),
    count('retry-after-too-long', retryAfter.tooLong.count),
    ...(quotas.told === 0 ? [] : quotaMeasures(quotas)),
  ];
}

function quotaMeasures(quotas: Headers['quotas']): readonly Measure[] {
  return [
    count('rate-limit-headers', quotas.told),
    count('rate-limit-headers-malformed', quotas.malformed.count),
    count('remaining-too-high', quotas.tooMany.count),
    count('remaining-too-low', quotas.tooFew.count),
    count('reset-too-short', quotas.tooSoon.count),
    count('reset-too-long', quotas.tooLate.count),
  ];
}

/** The first of what the ledger contradicts. */
export function headerEvidence(seen: Headers): readonly string[] {
  const { retryAfter, quotas } = seen;
  return [retryAfter.tooShort, quotas.tooMany, quotas.tooFew, quotas.tooSoon, quotas.tooLate]
    .filter((contradictions) => isProven(contradictions, seen))
    .flatMap(({ texts }) => texts.slice(0, 3));
}

type Part = Omit<LimiterPart, 'scenario'>;

/** Said of promises that another count may have broken. */
const orApart = 'the limit is not kept, which may be why: make it hold, and run again';

/** What is wrong with some headers, in words and by fault. @param open what may be wrong only because the limit is not kept. */
function warningOf(wrong: readonly NamedFault[], open: readonly NamedFault[]): Part | null {
  if (wrong.length + open.length === 0) return null;
  return {
    status: wrong.length > 0 ? 'warn' : 'inconclusive',
    summary: [...wrong.map(({ words }) => words), ...open.map(({ words }) => `${words}; ${orApart}`)].join('; '),
    faults: [...new Set([...wrong, ...open].flatMap(({ faults }) => faults))],
  };
}

function retryAfterPart(limiter: DeclaredLimiter, seen: Headers, isBroken: boolean): Part | null {
  const { refusals, missing, unread, malformed, tooShort, tooLong, longestMs, asMilliseconds } = seen.retryAfter;
  if (refusals === 0 || (!limiter.retryAfter && missing === refusals)) return null;
  const of = `of ${counted(refusals, 'throttled request')}`;
  const tooShortWords = isProven(tooShort, seen)
    ? [
        named(
          `Retry-After is ${isBroken ? '' : 'wrong: '}too short in ${tooShort.count} ${of}, such as ${tooShort.texts[0]}`,
          'Retry-After',
        ),
      ]
    : [];
  const wrong = [
    ...(missing > 0 && limiter.retryAfter
      ? [named(`Retry-After is missing in ${missing} ${of}`, 'Retry-After missing')]
      : []),
    ...(malformed.count > 0
      ? [
          named(
            `Retry-After is malformed in ${malformed.count} ${of}: ${malformed.texts.join(', ')}; RFC 9110, 10.2.3 asks for whole seconds or an HTTP date`,
            'Retry-After',
          ),
        ]
      : []),
    ...(isBroken ? [] : tooShortWords),
    ...(isProven(tooLong, seen)
      ? [
          named(
            `Retry-After is wrong: up to ${duration(longestMs)} in ${tooLong.count} ${of}, for a window of ${duration(limiter.windowMs)}${asMilliseconds.texts.map((text) => `; ${text}`).join('')}`,
            'Retry-After',
          ),
        ]
      : []),
  ];
  const warning = warningOf(wrong, isBroken ? tooShortWords : []);
  if (warning !== null) return warning;
  const read = refusals - missing - unread;
  const left = unread > 0 ? `; ${unread} could not be held against a Date, or were not kept` : '';
  return { status: 'pass', summary: `Retry-After is well-formed and not contradicted in ${read} ${of}${left}` };
}

function quotaPart(limiter: DeclaredLimiter, seen: Headers, isBroken: boolean): Part | null {
  const { quotas } = seen;
  const isPromised = limiter.rateLimitHeaders;
  if (quotas.answers === 0 || (quotas.told === 0 && !isPromised)) return null;
  const missing = quotas.answers - quotas.told - quotas.unread;
  const of = `of ${counted(quotas.answers, 'answer')}`;
  const { wrong: otherLimits, second } = quotas.otherLimits(limiter);
  const proven = (contradictions: Contradictions, text: string, fault: LimiterFault): readonly NamedFault[] =>
    isProven(contradictions, seen)
      ? [named(`${text} in ${contradictions.count} ${of}, such as ${contradictions.texts[0]}`, fault)]
      : [];
  const promised = [
    ...proven(quotas.tooMany, 'RateLimit headers say that more remains than does', 'RateLimit remaining'),
    ...proven(quotas.tooSoon, 'RateLimit headers say too short a reset', 'RateLimit reset'),
  ];
  const wrong = [
    ...(isPromised && missing > 0
      ? [named(`RateLimit headers are missing in ${missing} ${of}`, 'RateLimit headers missing')]
      : []),
    ...(quotas.malformed.count > 0
      ? [
          named(
            `RateLimit headers are malformed in ${quotas.malformed.count} places: ${quotas.malformed.texts.join(', ')}`,
            'RateLimit headers malformed',
          ),
        ]
      : []),
    ...(otherLimits.length > 0
      ? [named(`RateLimit headers tell of another limit than ${limiter.limit}: "${otherLimits[0]}"`, 'RateLimit limit')]
      : []),
    ...(isBroken ? [] : promised),
    ...proven(quotas.tooFew, 'RateLimit headers say that less remains than does', 'RateLimit remaining'),
    ...proven(quotas.tooLate, 'RateLimit headers say too long a reset', 'RateLimit reset'),
  ];
  const warning = warningOf(wrong, isBroken ? promised : []);
  if (warning !== null) return warning;
  const further = second.length > 0 ? [`"${second[0]}" tells of a further limit, which was not looked at`] : [];
  return {
    status: 'pass',
    summary: [comparedWords(quotas, of), ...quotas.asMilliseconds.texts, ...further].join('; '),
  };
}

/** In how many answers what they say was held against the ledger, and why it was not in the others. */
function comparedWords({ families, told, uncompared }: Headers['quotas'], of: string): string {
  const compared = told - [...uncompared.values()].reduce((sum, n) => sum + n, 0);
  const form = compared > 0 ? `well-formed and not contradicted in ${compared} ${of}` : `well-formed in ${told} ${of}`;
  const left = [...uncompared].map(([reason, n]) => `not compared in ${n}: ${reason}`);
  return [`${[...families].join(' and ')}: ${form}`, ...left].join('; ');
}
