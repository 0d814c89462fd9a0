/**
 * Effects that answers promised, as ranges of signal numbers: `[prefix, from, to, times]`, each of them so often. It tells one generator
 * what others were promised, and stays small however many signals there were: those of all generators are numbered in turn.
 */
export type PromisedRange = readonly [prefix: string, from: number, to: number, times: number];

/** More of them are not worth sending: read-back then waits for quiet. */
const maxRanges = 20_000;

/** A signal's name without what tells apart those that share an id: what is read back may name the id alone. */
function placeOf(id: string): { readonly prefix: string; readonly n: number } | null {
  const [, prefix, digits] = /^(.*?)(\d+)$/.exec(id.split('~', 1)[0] ?? '') ?? [];
  return prefix === undefined || digits === undefined ? null : { prefix, n: Number(digits) };
}

/** @returns null if they are too many, or a name has no number. */
export function promisedRanges(owed: Iterable<readonly [id: string, times: number]>): readonly PromisedRange[] | null {
  const byPrefix = new Map<string, Map<number, number>>();
  for (const [id, times] of owed) {
    if (times === 0) continue;
    const place = placeOf(id);
    if (place === null) return null;
    const counts = byPrefix.get(place.prefix) ?? new Map<number, number>();
    counts.set(place.n, (counts.get(place.n) ?? 0) + times);
    byPrefix.set(place.prefix, counts);
  }
  const ranges: [string, number, number, number][] = [];
  for (const [prefix, counts] of byPrefix) {
    for (const [n, times] of [...counts].sort(([a], [b]) => a - b)) {
      const last = ranges.at(-1);
      if (last !== undefined && last[0] === prefix && last[2] === n - 1 && last[3] === times) last[2] = n;
      else ranges.push([prefix, n, n, times]);
      if (ranges.length > maxRanges) return null;
    }
  }
  return ranges;
}

/** How many of the promised effects are not among those of these signals. */
export function missingOf(ranges: readonly PromisedRange[], ids: readonly string[]): number {
  const byPrefix = new Map<string, PromisedRange[]>();
  for (const range of ranges) {
    const known = byPrefix.get(range[0]);
    if (known === undefined) byPrefix.set(range[0], [range]);
    else known.push(range);
  }
  const seen = new Map<string, number>();
  let missing = ranges.reduce((sum, [, from, to, times]) => sum + (to - from + 1) * times, 0);
  for (const id of ids) {
    const place = placeOf(id);
    if (place === null) continue;
    const range = rangeWith(byPrefix.get(place.prefix) ?? [], place.n);
    if (range === null) continue;
    const key = `${place.prefix}${place.n}`;
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    if (before < range[3]) missing -= 1;
  }
  return missing;
}

/** Of ranges in order. */
function rangeWith(ranges: readonly PromisedRange[], n: number): PromisedRange | null {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle];
    if (range === undefined) return null;
    if (n < range[1]) high = middle - 1;
    else if (n > range[2]) low = middle + 1;
    else return range;
  }
  return null;
}
