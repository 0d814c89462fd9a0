/** Paired measuring on a noisy machine: blocks of A B B A cancel a drift that is steady within a block. */

export interface PairedRatio {
  readonly blocks: number;
  /** Geometric mean of B over A. */
  readonly ratio: number;
  /** 95% interval of that mean, from Student's t on the logarithms. */
  readonly low: number;
  readonly high: number;
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/** Two-sided 95% quantiles of Student's t by degrees of freedom 1 … 30. */
const t95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Mean and its 95% interval from Student's t. */
export function meanOf(values: readonly number[]): Estimate {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = (t95[Math.min(n - 1, t95.length) - 1] ?? 1.96) * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half };
}

export function ratioOf(a: readonly number[], b: readonly number[]): PairedRatio {
  const { mean, low, high } = meanOf(a.map((value, n) => Math.log((b[n] ?? Number.NaN) / value)));
  return { blocks: a.length, ratio: Math.exp(mean), low: Math.exp(low), high: Math.exp(high), a, b };
}

/**
 * For many values, of which some met what others do on the machine: the median of the means of every two (Hodges and Lehmann), and its 95%
 * interval by Wilcoxon's signed ranks, which hold for twelve values or more. M. Hollander, D. A. Wolfe, Nonparametric Statistical Methods,
 * 3.1 to 3.3.
 */
export function steadyMeanOf(values: readonly number[]): Estimate {
  const means = values.flatMap((one, n) => values.slice(n).map((other) => (one + other) / 2)).toSorted((x, y) => x - y);
  const n = values.length;
  const deviation = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24);
  const left = Math.max(0, Math.floor(means.length / 2 - 1.96 * deviation) - 1);
  const at = (index: number): number => means[index] ?? Number.NaN;
  const middle = means.length >> 1;
  const mean = means.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { mean, low: at(left), high: at(means.length - 1 - left) };
}

/** The same of ratios. */
export function steadyRatioOf(a: readonly number[], b: readonly number[]): Omit<PairedRatio, 'blocks' | 'a' | 'b'> {
  const { mean, low, high } = steadyMeanOf(a.map((value, n) => Math.log((b[n] ?? Number.NaN) / value)));
  return { ratio: Math.exp(mean), low: Math.exp(low), high: Math.exp(high) };
}

/**
 * Runs A B B A `blocks` times, after one A and one B that do not count.
 * @param measureA and measureB give the figure of one run.
 */
export async function abba(
  blocks: number,
  measureA: () => Promise<number>,
  measureB: () => Promise<number>,
  say: (line: string) => void,
): Promise<PairedRatio> {
  await measureA();
  await measureB();
  const a: number[] = [];
  const b: number[] = [];
  for (let block = 1; block <= blocks; block += 1) {
    const a1 = await measureA();
    const b1 = await measureB();
    const b2 = await measureB();
    const a2 = await measureA();
    a.push((a1 + a2) / 2);
    b.push((b1 + b2) / 2);
    say(`block ${block} of ${blocks}: ${((b1 + b2) / (a1 + a2)).toFixed(4)}`);
  }
  return ratioOf(a, b);
}

/** `met`, `not met`, or `unresolved` where the interval holds both sides of the bar. */
export function against(low: number, high: number, most: number): 'met' | 'not met' | 'unresolved' {
  if (high <= most) return 'met';
  return low > most ? 'not met' : 'unresolved';
}
