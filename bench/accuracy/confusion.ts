import type { Judgement } from '../../analysis/rules/rule.ts';
import type { Truth } from './shape.ts';

/** `fail-or-garbage`: it fails, and names what else may explain it. */
export const verdicts = ['pass', 'inconclusive', 'fail-or-garbage', 'fail'] as const;
export type Verdict = (typeof verdicts)[number];

/** What a run deserves: for a leak, its size over the smallest one that the run itself says it could have seen. */
export const bands = ['clean', 'lazy', 'below ½', '½ to 1', '1 to 2', '2 to 4', 'above 4', 'unstated'] as const;
export type Band = (typeof bands)[number];

export type Counts = Partial<Record<Verdict, number>>;

/** Garbage, and keys that a promise keeps, are the explanations that the rule may give beside a leak. */
const namesAnother = /\b(?:garbage|keys)\b/;

export function verdictOf({ status, summary }: Pick<Judgement, 'status' | 'summary'>): Verdict {
  if (status === 'fail') return namesAnother.test(summary) ? 'fail-or-garbage' : 'fail';
  return status === 'pass' ? 'pass' : 'inconclusive';
}

export function bandOf(truth: Truth, bytesPerRequest: number, smallestVisible: number | null): Band {
  if (truth !== 'leak') return truth;
  if (smallestVisible === null) return 'unstated';
  const ratio = bytesPerRequest / smallestVisible;
  if (ratio < 0.5) return 'below ½';
  if (ratio < 1) return '½ to 1';
  if (ratio < 2) return '1 to 2';
  return ratio < 4 ? '2 to 4' : 'above 4';
}

/** Whether a verdict is not what its band deserves. Below twice the stated minimum a leak may be missed. */
export function isWrong(band: Band, verdict: Verdict): boolean {
  if (band === 'clean') return verdict === 'fail' || verdict === 'fail-or-garbage';
  if (band === 'lazy') return verdict === 'fail';
  if (band === '2 to 4' || band === 'above 4') return verdict === 'pass' || verdict === 'inconclusive';
  return false;
}

export const sumOf = (counts: Counts): number => verdicts.reduce((sum, verdict) => sum + (counts[verdict] ?? 0), 0);

export function added(all: readonly Counts[]): Counts {
  return Object.fromEntries(
    verdicts.map((verdict) => [verdict, all.reduce((sum, counts) => sum + (counts[verdict] ?? 0), 0)]),
  );
}

/** How many runs were accused: as a leak alone, or with another explanation beside it. */
export const accused = (counts: Counts): number => (counts.fail ?? 0) + (counts['fail-or-garbage'] ?? 0);
