import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { mustBeAdmitted } from '../interpret/expected-outcome.ts';
import { countBelow } from '../interpret/kinds/model.ts';
import { decidedByUs, mayTakePlace, usesQuota } from '../interpret/quota-use.ts';
import { fullestWithin } from './bounds.ts';
import { largerGuesses, steppedGuesses } from './bucket-guess.ts';
import { wouldExplainChance } from './chance.ts';
import { hasCommonOffset } from './common-offset.ts';
import { Contradictions } from './contradictions.ts';
import { longestWaitMs } from './headers/longest-wait.ts';
import { longestPromiseMs } from './headers/retry-after.ts';
import { type BothContradictions, type Counts, contradictionsOf, segmentsAWindow } from './kind.ts';
import { penaltyGuesses } from './penalty-guess.ts';

/** A documented kind of limiter that explains all that contradicts the declared one. */
export interface Explanation {
  readonly limiter: DeclaredLimiter;
  /** What it fits, and how to declare that. */
  readonly words: string;
  /** It is of N per W, as declared, and its kind is declared as unknown. */
  readonly isAsDeclared?: boolean;
}

/** What is looked for: all counts of a run, and the limiter that the profile declares. */
export interface Question {
  readonly counts: Counts;
  readonly profile: TargetProfile;
  readonly limiter: DeclaredLimiter;
  /** The server's clock is known not to have stepped. */
  readonly isEven: boolean;
  /** How often the declared one was contradicted. */
  readonly contradictions: number;
}

/**
 * The documented kinds that leave nothing contradicted: neither one request admitted too many nor one refused wrongly, in any
 * scenario, but what a single step of a clock that nobody watched explains. Null if there is none: then the limiter is broken,
 * or of a kind that nobody documents. Of several the one that may ask for the longest wait stands for all. A weighted counter
 * has no limit beside the declared one, and is preferred unless a Retry-After tells of a longer wait.
 */
export function explanationOf(question: Question): Explanation | null {
  const waitMs = ({ limiter }: Explanation): number => longestWaitMs(limiter, false);
  const counter = fitsOf(weightedCounter, question);
  const [simplest] = counter;
  if (simplest !== undefined && longestPromiseMs(question.counts) <= waitMs(simplest)) return simplest;
  const others = [slidingWindow, steppedBucket, largerBucket, penalty, refusingCounter, concurrentLimit];
  const fitting = [
    ...counter,
    ...others.flatMap((candidate) => fitsOf(candidate, question)),
    ...segmentedFit(question),
    ...furtherFit(question),
  ];
  const [longest] = [...fitting].sort((a, b) => waitMs(b) - waitMs(a));
  if (longest === undefined) return null;
  return {
    limiter: longest.limiter,
    words: fitting.map(({ words }) => words).join('; or '),
    isAsDeclared: fitting.every(({ isAsDeclared }) => isAsDeclared === true),
  };
}

/** A window in segments; bursts that lie at few places of the segments leave several numbers of them possible. */
function segmentedFit(question: Question): readonly Explanation[] {
  const { limiter, contradictions } = question;
  if (!windowKinds.includes(limiter.kind) || limiter.segments !== undefined || contradictions < minContradictions)
    return [];
  const fits = segmentsAWindow.flatMap((segments) =>
    firstFit([{ limiter: { ...limiter, kind: 'sliding' as const, segments } }], question),
  );
  const [finest] = fits;
  if (finest === undefined) return [];
  const numbers = fits.map((fit) => fit.limiter.segments).join(' or ');
  const words = `a sliding window of ${limiter.limit} per ${limiter.windowMs} ms in ${numbers} segments: declare limiter.kind as "sliding" and limiter.segments`;
  return [{ limiter: finest.limiter, words, isAsDeclared: limiter.kind === 'unknown' }];
}

/**
 * A further limit may have any window and size: the sizes that fit in each window, for a run that is shorter than a window tells it
 * from no longer one. What would fit refusals at random as well says nothing. The longest window stands for all.
 */
function furtherFit(question: Question): readonly Explanation[] {
  const fits = [...furtherFits(question)];
  const [longest] = [...fits].sort((a, b) => b.windowMs - a.windowMs);
  if (longest === undefined) return [];
  const explains = (counts: Counts): boolean => furtherFits({ ...question, counts }).next().done !== true;
  if (wouldExplainChance(question.counts, explains)) return [];
  const sizes = fits.slice(0, maxFurtherNamed).map(({ limit, windowMs }) => `${limit} per ${inWords(windowMs)}`);
  const words = `a further limit of about ${sizes.join(', or ')}: declare it in limiter.further`;
  return [{ limiter: longest.limiter, words }];
}

const maxFurtherNamed = 3;

interface FurtherFit {
  readonly limiter: DeclaredLimiter;
  readonly limit: number;
  readonly windowMs: number;
}

/** By window the further limit that leaves nothing contradicted, if there is one. */
function* furtherFits(question: Question): Generator<FurtherFit> {
  const wrongful = wrongfulOf(question);
  if (wrongful.length === 0) return;
  for (const windowMs of furtherWindowsMs) yield* firstFit(furtherLimits(question, wrongful, windowMs), question);
}

function firstFit<T extends Pick<Explanation, 'limiter'>>(
  explanations: Iterable<T>,
  { counts, profile, isEven }: Question,
): readonly T[] {
  const isRefuted = ({ excess, wrongful }: BothContradictions): boolean => {
    const both = new Contradictions();
    both.addAll(excess);
    both.addAll(wrongful);
    return isEven ? both.count > 0 : both.proven;
  };
  for (const explanation of explanations) {
    if (!isRefuted(contradictionsOf(counts, profile, explanation.limiter, isRefuted))) return [explanation];
  }
  return [];
}

type Candidate = (question: Question) => Iterable<Explanation>;

const windowKinds: readonly string[] = ['sliding', 'fixed', 'fixed-from-first-hit', 'unknown'];

/** What was declared weighted and is exact. */
const slidingWindow: Candidate = ({ limiter }) =>
  limiter.kind === 'weighted'
    ? [
        {
          limiter: { ...limiter, kind: 'sliding' },
          words: `a sliding window of ${limiter.limit} per ${limiter.windowMs} ms: declare limiter.kind as "sliding"`,
        },
      ]
    : [];

/** Shorter than this, in windows, is a single burst. */
const burstWindows = 0.05;
const minContradictions = 3;

/**
 * A weighted counter differs from a window again and again. A single burst of one too many could have an edge of its windows inside,
 * and is the sign of a race.
 */
const weightedCounter: Candidate = ({ counts, profile, limiter, contradictions }) => {
  if (!windowKinds.includes(limiter.kind)) return [];
  const isBurst = counts.some((count) => fullestOf(count, profile, burstWindows * limiter.windowMs) > limiter.limit);
  if (isBurst && contradictions < minContradictions) return [];
  return [
    {
      limiter: { ...limiter, kind: 'weighted' },
      isAsDeclared: limiter.kind === 'unknown',
      words: `a weighted two-window counter of ${limiter.limit} per ${limiter.windowMs} ms: declare limiter.kind as "weighted"`,
    },
  ];
};

/** As Upstash with its cache. A penalty time of up to two windows may look alike: then both are named. */
const refusingCounter: Candidate = ({ limiter, contradictions }) =>
  [...windowKinds, 'weighted'].includes(limiter.kind) && contradictions >= minContradictions
    ? [
        {
          limiter: { ...limiter, kind: 'weighted', refusesToEnd: true },
          words: `a weighted two-window counter of ${limiter.limit} per ${limiter.windowMs} ms that, once it has refused, refuses all to the end of the window: declare limiter.kind as "weighted" and limiter.refusesToEnd`,
        },
      ]
    : [];

/** What of a candidate fits. Of the counters that are looked for here, all windows must begin by one rule; a step of the clock would break it. */
function fitsOf(candidate: Candidate, question: Question): readonly Explanation[] {
  const fits = firstFit(candidate(question), question);
  if (!question.isEven || (candidate !== weightedCounter && candidate !== refusingCounter)) return fits;
  return fits.filter(({ limiter }) => hasCommonOffset(question.counts, question.profile, limiter));
}

/** How many of a count were surely admitted within the fullest span of so long. */
function fullestOf({ ledger, indices }: Counts[number], profile: TargetProfile, spanMs: number): number {
  const admitted = indices.filter((at) => usesQuota(ledger, at, profile) === 'yes');
  return fullestWithin(ledger, admitted, spanMs);
}

const steppedBucket: Candidate = (question) => {
  const { counts, profile, limiter, contradictions } = question;
  if (contradictions < minContradictions) return [];
  return steppedGuesses(counts, profile, limiter, wrongfulOf(question).length > 0).map((guess) => ({
    limiter: guess,
    words: `a bucket of ${guess.burst} that gains ${guess.limit} at once each ${guess.windowMs} ms: declare limiter.kind as "stepped-bucket"`,
  }));
};

const largerBucket: Candidate = ({ counts, profile, limiter }) =>
  largerGuesses(counts, profile, limiter).map((guess) => ({
    limiter: guess,
    words: `a bucket of ${guess.burst} that gains ${guess.limit} per ${guess.windowMs} ms: declare limiter.kind as "token-bucket" and its limiter.burst`,
  }));

const penalty: Candidate = ({ counts, limiter }) =>
  penaltyGuesses(counts, limiter).map(({ penaltyMs, penaltyProlonged }) => ({
    limiter: { ...limiter, penaltyMs, ...(penaltyProlonged ? { penaltyProlonged } : {}) },
    words: `a penalty time of about ${penaltyMs} ms after a request beyond the limit${penaltyProlonged ? ', which each refusal begins anew' : ''}: declare it as limiter.penaltyMs`,
  }));

/** Windows of further limits, as people set them, most usual first. */
const furtherWindowsMs = [60_000, 10_000, 3_600_000, 30_000, 300_000, 86_400_000];

/** A request refused although each declared limit had room for it. */
interface Wrongful {
  readonly sendUs: number;
  readonly endUs: number;
  /** Of its count: what can have been counted. */
  readonly sends: Float64Array;
  readonly ends: Float64Array;
}

function wrongfulOf({ counts, profile }: Question): readonly Wrongful[] {
  return counts.flatMap((count) => {
    const { ledger, indices } = count;
    const expected = count.expected();
    const refused = indices.filter((at, n) => ledger.outcomeOf(at) === 'limited' && mustBeAdmitted(expected[n] ?? 0));
    if (refused.length === 0) return [];
    const counted = indices.filter((at) => mayTakePlace(ledger, at, profile));
    const sends = Float64Array.from(counted, (at) => ledger.sendUs(at)).sort();
    const ends = Float64Array.from(counted, (at) => decidedByUs(ledger, at)).sort();
    return Array.from(refused, (at) => ({ sendUs: ledger.sendUs(at), endUs: ledger.endUs(at), sends, ends }));
  });
}

/** The fewest of what was counted before refusals; a step of the server's clock may be the reason of some of them. */
function fewestOf({ isEven }: Question, counted: readonly number[]): number {
  const sorted = [...counted].sort((a, b) => a - b);
  return sorted[isEven ? 0 : Math.floor(sorted.length / 10)] ?? Number.POSITIVE_INFINITY;
}

/** How many can have been counted in the time before. */
const countedBefore = ({ sendUs, endUs, sends, ends }: Wrongful, spanMs: number): number =>
  countBelow(sends, endUs) - countBelow(ends, sendUs - spanMs * 1000);

function furtherLimits(question: Question, wrongful: readonly Wrongful[], windowMs: number): readonly FurtherFit[] {
  const { counts, profile, limiter } = question;
  if (windowMs < 2 * limiter.windowMs) return [];
  const fewest = fewestOf(
    question,
    wrongful.map((each) => countedBefore(each, windowMs)),
  );
  const fullest = counts.reduce((max, count) => Math.max(max, fullestOf(count, profile, windowMs)), 0);
  const slides = fullest <= fewest;
  const limit = slides ? fullest : fewest;
  // A longer limit of no more than the short one would be the only one that shows.
  if (limit <= limiter.limit || 2 * limit < fullest) return [];
  const kinds = slides ? (['sliding', 'weighted'] as const) : (['fixed', 'fixed-from-first-hit', 'weighted'] as const);
  return kinds.map((kind) => {
    const further = { kind, limit, windowMs, burst: null, scope: limiter.scope };
    return { limiter: { ...limiter, further: [...(limiter.further ?? []), further] }, limit, windowMs };
  });
}

function inWords(ms: number): string {
  const known: Readonly<Record<number, string>> = { 60000: 'minute', 3600000: 'hour', 86400000: 'day' };
  return known[ms] ?? `${ms / 1000} s`;
}

/** How soon an admission must follow a refusal to show that a place became free, in windows. */
const soon = 0.25;
const minSoonAdmitted = 3;

/** A request is worked on for no longer than this, where nobody declares how long. */
const longestWorkMs = 10_000;

const concurrentLimit: Candidate = (question) => {
  const { counts, profile, limiter } = question;
  const wrongful = wrongfulOf(question);
  const fewest = fewestOf(
    question,
    wrongful.map(({ sendUs, endUs, sends, ends }) => countBelow(sends, endUs) - countBelow(ends, sendUs)),
  );
  const soonUs = soon * limiter.windowMs * 1000;
  const freed = wrongful.filter(({ endUs, sends }) => {
    const next = sends[countBelow(sends, endUs)];
    return next !== undefined && next < endUs + soonUs;
  }).length;
  // A stricter limiter frees nothing so soon, and never admits N.
  const isStricter = (): boolean =>
    counts.every((count) => fullestOf(count, profile, limiter.windowMs) < limiter.limit);
  if (!Number.isFinite(fewest) || fewest < 1 || (freed < minSoonAdmitted && isStricter())) return [];
  const further = {
    kind: 'concurrent' as const,
    limit: fewest,
    windowMs: longestWorkMs,
    burst: null,
    scope: limiter.scope,
  };
  return [
    {
      limiter: { ...limiter, further: [...(limiter.further ?? []), further] },
      words: `a further limit of about ${fewest} requests worked on at once: declare it in limiter.further as "concurrent"`,
    },
  ];
};
