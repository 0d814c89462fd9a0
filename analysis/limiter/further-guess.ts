import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { countBelow } from '../statistics.ts';
import { wouldExplainChance } from './chance.ts';
import type { Counts } from './kind.ts';
import {
  type Candidate,
  countedBefore,
  type Explanation,
  fewestOf,
  firstFit,
  fullestOf,
  type Question,
  type Wrongful,
  wrongfulOf,
} from './question.ts';

// Further limits, of windows and of requests worked on at once, as guesses: whether all fits is seen afterwards.

/**
 * A further limit may have any window and size: the sizes that fit in each window, for a run that is shorter than a window tells it
 * from no longer one. What would fit refusals at random as well says nothing. The longest window stands for all.
 */
export function furtherFit(question: Question): readonly Explanation[] {
  const fits = [...furtherFits(question)];
  const [longest] = [...fits].sort((a, b) => b.windowMs - a.windowMs);
  if (longest === undefined) return [];
  const explains = (counts: Counts): boolean => furtherFits({ ...question, counts }).next().done !== true;
  if (wouldExplainChance(question.counts, explains)) return [];
  const sizes = fits.slice(0, maxFurtherNamed).map(sizeInWords);
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

/** Windows of further limits, as people set them, most usual first. */
export const furtherWindowsMs = [60_000, 10_000, 3_600_000, 30_000, 300_000, 86_400_000];

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

export function sizeInWords({ limit, windowMs }: Pick<FurtherFit, 'limit' | 'windowMs'>): string {
  const known: Readonly<Record<number, string>> = { 60000: 'minute', 3600000: 'hour', 86400000: 'day' };
  return `${limit} per ${known[windowMs] ?? `${windowMs / 1000} s`}`;
}

/** How soon an admission must follow a refusal to show that a place became free, in windows. */
const soon = 0.25;
const minSoonAdmitted = 3;

/** A request is worked on for no longer than this, where nobody declares how long. */
export const longestWorkMs = 10_000;

/** A stricter limiter never admits N. */
export const isStricter = ({ counts, profile, limiter }: Question): boolean =>
  counts.every((count) => fullestOf(count, profile, limiter.windowMs) < limiter.limit);

export const concurrentLimit: Candidate = (question) => {
  const { limiter } = question;
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
  // A stricter limiter frees nothing so soon.
  if (!Number.isFinite(fewest) || fewest < 1 || (freed < minSoonAdmitted && isStricter(question))) return [];
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
