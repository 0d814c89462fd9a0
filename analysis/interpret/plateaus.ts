/** The longest time in which every value lies above a limit, from the first such value to the last. */
export interface Plateau {
  readonly fromUs: number;
  readonly ms: number;
}

/** Finds the longest time above a limit in values that come in order of time. */
export class LongestAbove {
  readonly #limit: number;
  #sinceUs: number | null = null;
  longest: Plateau = { fromUs: 0, ms: 0 };

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @param value null: nothing is known, which ends a plateau. */
  add(atUs: number, value: number | null): void {
    this.#sinceUs = value === null || value <= this.#limit ? null : (this.#sinceUs ?? atUs);
    const fromUs = this.#sinceUs;
    if (fromUs !== null && (atUs - fromUs) / 1000 > this.longest.ms)
      this.longest = { fromUs, ms: (atUs - fromUs) / 1000 };
  }
}
