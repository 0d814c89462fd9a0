/**
 * The minimum that a bucket can hold, whichever of the requests that can have been counted were. Each is charged at its end:
 * a decision that came earlier left more time to refill.
 */
export class BucketFloor {
  /** From here on the level follows from what was seen; before, it was full, or could not be less. */
  knownSinceUs = Number.NEGATIVE_INFINITY;
  /** How many were charged so far. */
  charged = 0;
  private level: number;
  private atUs = Number.NEGATIVE_INFINITY;

  private readonly ends: Float64Array;
  private readonly size: number;
  private readonly perUs: number;

  /**
   * @param ends sorted ends of all that can have been counted, in microseconds.
   * @param perUs what it refills per microsecond.
   */
  constructor(ends: Float64Array, size: number, perUs: number) {
    this.ends = ends;
    this.size = size;
    this.perUs = perUs;
    this.level = size;
  }

  /** The level at a time, times ascending; those that ended later are not yet charged. */
  at(us: number): number {
    for (; this.charged < this.ends.length && (this.ends[this.charged] ?? 0) < us; this.charged += 1) {
      this.level = this.refilled(this.ends[this.charged] ?? 0) - 1;
      if (this.level < 0) [this.level, this.knownSinceUs] = [0, this.atUs];
    }
    return this.refilled(us);
  }

  private refilled(us: number): number {
    this.level += this.perUs * (us - this.atUs);
    this.atUs = us;
    if (this.level >= this.size) [this.level, this.knownSinceUs] = [this.size, us];
    return this.level;
  }
}
