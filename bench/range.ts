export interface Range {
  readonly min: number;
  readonly max: number;
}

/** The smallest and the largest of some figures. */
export function rangeOf(values: readonly number[]): Range {
  return values.reduce<Range>(({ min, max }, value) => ({ min: Math.min(min, value), max: Math.max(max, value) }), {
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
  });
}

export const inWords = ({ min, max }: Range): string => `${min.toFixed(1)}–${max.toFixed(1)}`;
