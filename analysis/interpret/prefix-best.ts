/**
 * Answers, in logarithmic time: of the items whose key is at most a bound, the highest value of any but one item. The copies
 * of one signal can be a hundred thousand, so that comparing each with each does not end.
 */
export class PrefixBest {
  private readonly keys: Float64Array;
  /** By position in order of keys: the item with the highest value so far, and the next highest after it. */
  private readonly best: Int32Array;
  private readonly second: Int32Array;
  private readonly rank: (item: number) => number;

  constructor(items: readonly number[], keyOf: (item: number) => number, rank: (item: number) => number) {
    const sorted = items.toSorted((a, b) => keyOf(a) - keyOf(b));
    this.keys = Float64Array.from(sorted, keyOf);
    this.best = new Int32Array(sorted.length);
    this.second = new Int32Array(sorted.length);
    this.rank = rank;
    let [best, second] = [-1, -1];
    sorted.forEach((item, n) => {
      if (best === -1 || rank(item) > rank(best)) [best, second] = [item, best];
      else if (second === -1 || rank(item) > rank(second)) second = item;
      this.best[n] = best;
      this.second[n] = second;
    });
  }

  /** @returns the highest value, −∞ if there is no such item. */
  highest(maxKey: number, except = -1): number {
    let low = 0;
    let high = this.keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.keys[middle] ?? 0) <= maxKey) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return Number.NEGATIVE_INFINITY;
    const best = this.best[low - 1] ?? -1;
    const item = best === except ? (this.second[low - 1] ?? -1) : best;
    return item === -1 ? Number.NEGATIVE_INFINITY : this.rank(item);
  }
}
