/** A sum, and where it is. */
export interface Maximum {
  readonly value: number;
  readonly at: number;
}

/**
 * The positions i of which the value, and the number of all counted from i on, have the largest sum; of several, the last one. Each node of the
 * tree knows how many are counted below it, and the largest sum by these alone.
 */
export class SuffixMaximum {
  private readonly leaves: number;
  private readonly counted: Int32Array;
  private readonly best: Float64Array;
  private readonly bestAt: Int32Array;
  private readonly values: Float64Array;

  constructor(values: Float64Array) {
    this.values = values;
    this.leaves = 2 ** Math.ceil(Math.log2(Math.max(1, values.length)));
    this.counted = new Int32Array(2 * this.leaves);
    this.best = new Float64Array(2 * this.leaves).fill(Number.NEGATIVE_INFINITY);
    this.bestAt = new Int32Array(2 * this.leaves);
  }

  /** Counts a position, once. One that is not counted begins nothing. */
  count(position: number): void {
    let node = this.leaves + position;
    this.counted[node] = 1;
    this.best[node] = (this.values[position] ?? 0) + 1;
    this.bestAt[node] = position;
    for (node >>= 1; node > 0; node >>= 1) {
      const [left, right] = [2 * node, 2 * node + 1];
      this.counted[node] = (this.counted[left] ?? 0) + (this.counted[right] ?? 0);
      const { value, at } = this.larger(right, { value: this.best[left] ?? 0, at: this.bestAt[left] ?? 0 });
      this.best[node] = value;
      this.bestAt[node] = at;
    }
  }

  /** The largest of all positions from `first` on; minus infinity if none of them is counted. */
  from(first: number): Maximum {
    if (first >= this.leaves) return { value: Number.NEGATIVE_INFINITY, at: first };
    let node = this.leaves + first;
    let found: Maximum = { value: this.best[node] ?? 0, at: this.bestAt[node] ?? 0 };
    for (; node > 1; node >>= 1) {
      if (node % 2 === 0) found = this.larger(node + 1, found);
    }
    return found;
  }

  /** What is the largest of a node and of what lies before it. */
  private larger(node: number, before: Maximum): Maximum {
    const value = before.value + (this.counted[node] ?? 0);
    const own = this.best[node] ?? 0;
    return own >= value ? { value: own, at: this.bestAt[node] ?? 0 } : { value, at: before.at };
  }
}
