import { max, min } from '../statistics.ts';
import type { K6Metric } from './k6-summary.ts';

type Metrics = ReadonlyMap<string, K6Metric>;

/**
 * The metrics of several k6 as those of one, and whether the whole keeps each threshold: each k6 judged its own part. What the sums
 * do not give (percentiles) is decided where all parts say the same, for the whole lies between them; else it stays out.
 */
export function mergedMetrics(parts: readonly Metrics[]): Metrics {
  const names = new Set(parts.flatMap((part) => [...part.keys()]));
  return new Map(
    [...names].flatMap((name): [string, K6Metric][] => {
      const all = parts.flatMap((part) => part.get(name) ?? []);
      const [first] = all;
      if (first === undefined) return [];
      const sampled = all.filter(hasSamples);
      const told = sampled.length > 0 ? sampled : all;
      const values = valuesOf(first.type, told);
      const expressions = new Set(all.flatMap(({ kept }) => Object.keys(kept)));
      const kept = [...expressions].flatMap((expression): [string, boolean][] => {
        const isKept = keptOf(expression, values, told);
        return isKept === null ? [] : [[expression, isKept]];
      });
      return [[name, { ...first, values, kept: Object.fromEntries(kept) }]];
    }),
  );
}

/** A counter that nothing was added to is 0. */
function hasSamples({ type, values }: K6Metric): boolean {
  if (type === 'rate') return (values.passes ?? 0) + (values.fails ?? 0) > 0;
  return type !== 'trend' || (values.count ?? 0) > 0;
}

function valuesOf(type: string, parts: readonly K6Metric[]): K6Metric['values'] {
  const sum = (name: string): number => parts.reduce((all, { values }) => all + (values[name] ?? 0), 0);
  const each = (name: string): readonly number[] => parts.flatMap(({ values }) => values[name] ?? []);
  if (parts.length === 1) return parts[0]?.values ?? {};
  if (type === 'rate') {
    const [passes, fails] = [sum('passes'), sum('fails')];
    return { passes, fails, ...(passes + fails === 0 ? {} : { rate: passes / (passes + fails) }) };
  }
  if (type === 'counter') return { count: sum('count') };
  if (type !== 'trend') return {};
  const count = sum('count');
  const weighted = parts.reduce((all, { values }) => all + (values.avg ?? 0) * (values.count ?? 0), 0);
  return count === 0
    ? { count }
    : { count, avg: weighted / count, min: min(each('min')) ?? 0, max: max(each('max')) ?? 0 };
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '===': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

function keptOf(expression: string, values: K6Metric['values'], parts: readonly K6Metric[]): boolean | null {
  const [, aggregation = '', operator = '', limit = ''] =
    /^\s*([a-z]+(?:\([\d.]+\))?)\s*([<>]=?|={2,3}|!=)\s*(-?[\d.]+)\s*$/.exec(expression) ?? [];
  const [first, ...others] = parts;
  if (others.length === 0) return first?.kept[expression] ?? null;
  const value = values[aggregation];
  const compare = comparisons[operator];
  if (value !== undefined && compare !== undefined) return compare(value, Number(limit));
  const said = new Set(parts.map(({ kept }) => kept[expression]));
  const [only] = said;
  // Of a counter each part's share says nothing of the sum.
  return said.size === 1 && only !== undefined && first?.type !== 'counter' ? only : null;
}
