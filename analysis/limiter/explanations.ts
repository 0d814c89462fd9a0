import { duration } from '../../contract/report/figures.ts';
import { doublesFrom } from './bounds.ts';
import { largerGuesses, steppedGuesses } from './bucket-guess.ts';
import { clientLimits } from './client-guess.ts';
import { coarseClock } from './coarse-clock.ts';
import { hasCommonOffset } from './common-offset.ts';
import { concurrentLimit, furtherFit } from './further-guess.ts';
import { longestWaitMs } from './headers/longest-wait.ts';
import { longestPromiseMs } from './headers/retry-after.ts';
import { segmentsAWindow } from './kind.ts';
import { type PenaltyGuess, penaltyGuesses } from './penalty-guess.ts';
import {
  type Candidate,
  type Explanation,
  firstFit,
  fullestOf,
  minContradictions,
  type Question,
  wrongfulOf,
} from './question.ts';
import { isSurelyPace, paceInWords, type SlowerPace } from './slower-pace.ts';
import { uncountedRepeatsFit } from './uncounted-repeats.ts';

/**
 * The documented kinds that leave nothing contradicted: neither one request admitted too many nor one refused wrongly, in any
 * scenario, but what a single step of a clock that nobody watched explains. Null if there is none: then the limiter is broken,
 * or of a kind that nobody documents. Of several the one that may ask for the longest wait stands for all. A weighted counter
 * has no limit beside the declared one, and is preferred unless a Retry-After tells of a longer wait.
 * @param pace at which the declared limiter would have done all that was seen: it is named beside what fits as well, and where it is sure
 * no further limit is looked for.
 */
export function explanationOf(question: Question, pace: SlowerPace | null): Explanation | null {
  const waitMs = ({ limiter }: Explanation): number => longestWaitMs(limiter, false);
  const counter = fitsOf(weightedCounter, question);
  const uncounted = uncountedRepeatsFit(question);
  const [simplest] = counter;
  if (simplest !== undefined && uncounted.length === 0 && longestPromiseMs(question.counts) <= waitMs(simplest))
    return simplest;
  const others = [
    coarseClock,
    slidingWindow,
    otherFixedWindow,
    steppedBucket,
    largerBucket,
    penalty,
    prolongedPenalty,
    refusingCounter,
    concurrentLimit,
  ];
  const isPace = pace !== null && isSurelyPace(pace);
  const ofOneCount = [
    ...uncounted,
    ...counter,
    ...others.flatMap((candidate) => fitsOf(candidate, question)),
    ...segmentedFit(question),
    ...(isPace ? [] : furtherFit(question)),
  ];
  const fitting = ofOneCount.length > 0 || isPace ? ofOneCount : clientLimits(question);
  const [longest] = [...fitting].sort((a, b) => waitMs(b) - waitMs(a));
  if (longest === undefined) return null;
  return {
    ...longest,
    words: [
      ...fitting.map(({ words }) => words),
      ...(pace === null ? [] : [`the declared limiter at another pace: ${paceInWords(pace, question.limiter)}`]),
    ].join('; or '),
    isAsDeclared: fitting.every(({ isAsDeclared }) => isAsDeclared === true),
  };
}

/** Shorter than this, in windows, is no longer than the finest segment that is looked for. */
const segmentWindows = 0.1;

/**
 * A window in segments; bursts that lie at few places of the segments leave several numbers of them possible. What shows only once or twice
 * may be one, too, unless it is a single burst of one too many, which is the sign of a race.
 */
function segmentedFit(question: Question): readonly Explanation[] {
  const { limiter, contradictions } = question;
  if (!windowKinds.includes(limiter.kind) || limiter.segments !== undefined) return [];
  if (contradictions < minContradictions && isBurstBeyond(question, segmentWindows)) return [];
  const fits = segmentsAWindow.flatMap((segments) =>
    firstFit([{ limiter: { ...limiter, kind: 'sliding' as const, segments } }], question),
  );
  const [finest] = fits;
  if (finest === undefined) return [];
  const numbers = fits.map((fit) => fit.limiter.segments).join(' or ');
  const words = `a sliding window of ${limiter.limit} per ${duration(limiter.windowMs)} in ${numbers} segments: declare limiter.kind as "sliding" and limiter.segments`;
  return [{ limiter: finest.limiter, words, isAsDeclared: limiter.kind === 'unknown' }];
}

/** Whether some count had more than the limit within so many windows. */
function isBurstBeyond({ counts, profile, limiter }: Question, windows: number): boolean {
  return counts.some((count) => fullestOf(count, profile, windows * limiter.windowMs) > limiter.limit);
}

const windowKinds: readonly string[] = ['sliding', 'fixed', 'fixed-from-first-hit', 'unknown'];

/** What was declared weighted and is exact. */
const slidingWindow: Candidate = ({ limiter }) =>
  limiter.kind === 'weighted'
    ? [
        {
          limiter: { ...limiter, kind: 'sliding' },
          words: `a sliding window of ${limiter.limit} per ${duration(limiter.windowMs)}: declare limiter.kind as "sliding"`,
        },
      ]
    : [];

/** Both are called fixed windows: one has its edges on the clock, the other begins with the first request. */
const otherFixedWindow: Candidate = ({ counts, profile, limiter, contradictions }) => {
  const other = { fixed: 'fixed-from-first-hit', 'fixed-from-first-hit': 'fixed' } as const;
  if (limiter.kind !== 'fixed' && limiter.kind !== 'fixed-from-first-hit') return [];
  // A single burst of one too many is the sign of a race, though it has room for an edge.
  const doubles = counts.some((count) => fullestOf(count, profile, limiter.windowMs) >= doublesFrom * limiter.limit);
  if (contradictions < 2 && !doubles) return [];
  const kind = other[limiter.kind];
  const begins = kind === 'fixed' ? 'whose edges lie on the clock' : 'that begins with the first request';
  return [
    {
      limiter: { ...limiter, kind },
      words: `a window of ${limiter.limit} per ${duration(limiter.windowMs)} ${begins}: declare limiter.kind as "${kind}"`,
    },
  ];
};

/** Shorter than this, in windows, is a single burst. */
const burstWindows = 0.05;

/**
 * A weighted counter differs from a window again and again. A single burst of one too many could have an edge of its windows inside,
 * and is the sign of a race.
 */
const weightedCounter: Candidate = (question) => {
  const { limiter, contradictions } = question;
  if (!windowKinds.includes(limiter.kind)) return [];
  if (contradictions < minContradictions && isBurstBeyond(question, burstWindows)) return [];
  return [
    {
      limiter: { ...limiter, kind: 'weighted' },
      isAsDeclared: limiter.kind === 'unknown',
      words: `a weighted two-window counter of ${limiter.limit} per ${duration(limiter.windowMs)}: declare limiter.kind as "weighted"`,
    },
  ];
};

/** As Upstash with its cache. A penalty time of up to two windows may look alike: then both are named, but where one is declared. */
const refusingCounter: Candidate = ({ limiter, contradictions }) =>
  [...windowKinds, 'weighted'].includes(limiter.kind) &&
  contradictions >= minContradictions &&
  limiter.penaltyMs === undefined
    ? [
        {
          limiter: { ...limiter, kind: 'weighted', refusesToEnd: true },
          words: `a weighted two-window counter of ${limiter.limit} per ${duration(limiter.windowMs)} that, once it has refused, refuses all to the end of the window: declare limiter.kind as "weighted" and limiter.refusesToEnd`,
        },
      ]
    : [];

/** What of a candidate fits. Of the counters that are looked for here, all windows must begin by one rule; a step of the clock would break it. */
function fitsOf(candidate: Candidate, question: Question): readonly Explanation[] {
  // What one step of the clock explains needs no tick as well: a tick must explain all that it is named for.
  const asked = candidate === coarseClock ? { ...question, isEven: true } : question;
  const fits = firstFit(candidate(question), asked);
  if (!question.isEven || (candidate !== weightedCounter && candidate !== refusingCounter)) return fits;
  return fits.filter(({ limiter }) => hasCommonOffset(question.counts, question.profile, limiter));
}

const steppedBucket: Candidate = (question) => {
  const { counts, profile, limiter, contradictions } = question;
  if (contradictions < minContradictions) return [];
  return steppedGuesses(counts, profile, limiter, wrongfulOf(question).length > 0).map((guess) => ({
    limiter: guess,
    words: `a bucket of ${guess.burst} that gains ${guess.limit} at once each ${duration(guess.windowMs)}: declare limiter.kind as "stepped-bucket"`,
  }));
};

const largerBucket: Candidate = ({ counts, profile, limiter }) =>
  largerGuesses(counts, profile, limiter).map((guess) => ({
    limiter: guess,
    words: `a bucket of ${guess.burst} that gains ${guess.limit} per ${duration(guess.windowMs)}: declare limiter.kind as "token-bucket" and its limiter.burst`,
  }));

const penalty: Candidate = ({ counts, limiter }) =>
  penaltyGuesses(counts, limiter).map((guess) => {
    const { penaltyMs, penaltyProlonged } = guess;
    return {
      limiter: { ...limiter, penaltyMs, ...(penaltyProlonged ? { penaltyProlonged } : {}) },
      words: penaltyInWords(guess),
    };
  });

/** Whoever asks again before it is over waits longer than is declared. */
const prolongedPenalty: Candidate = ({ limiter }) =>
  limiter.penaltyMs === undefined || limiter.penaltyProlonged === true
    ? []
    : [
        {
          limiter: { ...limiter, penaltyProlonged: true },
          words: `a penalty time of ${duration(limiter.penaltyMs)} that each refusal begins anew: declare limiter.penaltyProlonged`,
        },
      ];

function penaltyInWords({ penaltyMs, minMs, maxMs, penaltyProlonged }: PenaltyGuess): string {
  const after = `after a request beyond the limit${penaltyProlonged ? ', which each refusal begins anew' : ''}`;
  if (!Number.isFinite(maxMs))
    return `a penalty time of at least ${Math.ceil(minMs)} ms ${after}, whose end was not seen: if one is meant, declare it as limiter.penaltyMs`;
  const bounds = `${Math.floor(minMs)} to ${Math.ceil(maxMs)} ms by what was admitted after refusals`;
  return `a penalty time of about ${penaltyMs} ms (${bounds}) ${after}: declare it as limiter.penaltyMs`;
}
