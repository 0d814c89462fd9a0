/**
 * The minimum that a bucket can hold, whichever of the requests that can have been counted were. Each is charged at its end:
 * a decision that came earlier left more time to refill.
 */
export class BucketMinimum {
  /**
   * What came before this no longer matters: a bucket that was empty then has reached the same level. With a size of 2 refilled
   * 2 a second, one request every half second keeps a full bucket between 1 and 2, and one that a step of the clock robbed of 1
   * between 0 and 1, for ever. The two meet only where both are full or both are empty.
   */
  knownSinceUs = Number.NEGATIVE_INFINITY;
  /** How many were charged so far. */
  charged = 0;
  private level: number;
  /** The level of a bucket that was empty at `emptyAtUs`. */
  private fromEmpty: number;
  private emptyAtUs = Number.NEGATIVE_INFINITY;
  private atUs = Number.NEGATIVE_INFINITY;

  private readonly ends: Float64Array;
  private readonly size: number;
  private readonly perUs: number;
  private readonly empty: number;

  /**
   * @param ends sorted ends of all that can have been counted, in microseconds.
   * @param perUs what it refills per microsecond.
   * @param empty the level of a bucket that holds nothing: below 0 by what others can take from it at once.
   */
  constructor(ends: Float64Array, size: number, perUs: number, empty = 0) {
    this.ends = ends;
    this.size = size;
    this.perUs = perUs;
    this.empty = empty;
    this.level = size;
    this.fromEmpty = empty;
  }

  /** The level at a time, times ascending; those that ended later are not yet charged. */
  at(us: number): number {
    for (; this.charged < this.ends.length && (this.ends[this.charged] ?? 0) < us; this.charged += 1) {
      this.refill(this.ends[this.charged] ?? 0);
      this.level = Math.max(this.empty, this.level - 1);
      this.fromEmpty = Math.max(this.empty, this.fromEmpty - 1);
      this.meet();
    }
    this.refill(us);
    return this.level;
  }

  private refill(us: number): void {
    const more = this.perUs * (us - this.atUs);
    this.level = Math.min(this.size, this.level + more);
    this.fromEmpty = Math.min(this.size, this.fromEmpty + more);
    this.atUs = us;
    this.meet();
  }

  private meet(): void {
    if (this.fromEmpty < this.level) return;
    this.knownSinceUs = this.level === this.empty ? this.atUs : this.emptyAtUs;
    this.fromEmpty = this.empty;
    this.emptyAtUs = this.atUs;
  }
}

/**
 * The same beside `asked` paths that the monitor asks once a second each, and no ledger has: in any T seconds each takes T + 2 at most. Null
 * if they can take all of it.
 */
export function polledMinimum(ends: Float64Array, size: number, perUs: number, asked: number): BucketMinimum | null {
  const [left, leftPerUs] = [size - 2 * asked, perUs - asked / 1e6];
  return left < 1 || leftPerUs <= 0 ? null : new BucketMinimum(ends, left, leftPerUs, -2 * asked);
}

/**
 * The maximum that a bucket can hold, by the requests that were surely counted, in order of their ends. Each is charged at the
 * first instant at which it or a later one can have been decided: a bucket charged earlier is full for a shorter time.
 */
export class BucketMaximum {
  /** What came before this no longer matters: the bucket was taken as full here, and can hold no more. */
  knownSinceUs = Number.NEGATIVE_INFINITY;
  private charged = 0;
  private level: number;
  private atUs = Number.NEGATIVE_INFINITY;

  private readonly ends: Float64Array;
  private readonly firstSends: Float64Array;
  private readonly size: number;
  private readonly perUs: number;

  /**
   * @param requests by their ends, ascending, in microseconds.
   * @param perUs what it refills per microsecond.
   */
  constructor(requests: { readonly sends: Float64Array; readonly ends: Float64Array }, size: number, perUs: number) {
    this.ends = requests.ends;
    this.firstSends = requests.sends.slice();
    for (let n = this.ends.length - 2; n >= 0; n -= 1) {
      this.firstSends[n] = Math.min(this.firstSends[n] ?? 0, this.firstSends[n + 1] ?? 0);
    }
    this.size = size;
    this.perUs = perUs;
    this.level = size;
  }

  /** The level at `us`, where only those that ended by `endedUs` are charged; `endedUs` ascending. */
  at(us: number, endedUs: number): number {
    for (; this.charged < this.ends.length && (this.ends[this.charged] ?? 0) <= endedUs; this.charged += 1) {
      const atUs = this.firstSends[this.charged] ?? 0;
      const level = this.refilled(atUs);
      if (level === this.size) this.knownSinceUs = atUs;
      [this.level, this.atUs] = [Math.max(0, level - 1), atUs];
    }
    return this.refilled(us);
  }

  private refilled(us: number): number {
    return Math.min(this.size, this.level + this.perUs * (us - this.atUs));
  }
}
