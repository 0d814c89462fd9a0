/**
 * A probe may run in every fourth sample only. The line then goes on from value to value: samples between two values that are
 * about as far apart as values usually are become undefined, which draws on; anything longer stays null, a gap in the line.
 */
export function bridged(values: readonly (number | null)[]): readonly (number | null | undefined)[] {
  const places = values.flatMap((value, n) => (value === null ? [] : [n]));
  const strides = places.slice(1).map((place, n) => place - (places[n] ?? place));
  const usual = [...strides].sort((a, b) => a - b)[Math.floor(strides.length / 2)] ?? 1;
  const result: (number | null | undefined)[] = [...values];
  strides.forEach((stride, n) => {
    if (stride < 2 * usual) result.fill(undefined, (places[n] ?? 0) + 1, (places[n] ?? 0) + stride);
  });
  return result;
}

/** Where a value stands between two gaps: no line reaches it, so it needs a dot of its own. */
export function isolated(values: readonly (number | null | undefined)[]): number[] {
  const known = values.flatMap((value, place) => (value === undefined ? [] : [{ value, place }]));
  return known.flatMap(({ value, place }, n) => {
    const alone = (known[n - 1]?.value ?? null) === null && (known[n + 1]?.value ?? null) === null;
    return value !== null && alone ? [place] : [];
  });
}
