/**
 * A long series as few points as a plot can show: each point stands for as many neighbors as needed, and shows the highest of
 * them. For plots alone: verdicts are made from every value.
 */
export class Thinned {
  readonly length: number;
  private readonly perPoint: number;

  /** @param count how many values there are. */
  constructor(count: number, maxPoints: number) {
    this.perPoint = Math.max(1, Math.ceil(count / maxPoints));
    this.length = Math.ceil(count / this.perPoint);
  }

  /** The point that shows the n-th value. */
  pointOf(n: number): number {
    return Math.floor(n / this.perPoint);
  }

  /** The values that one point stands for. */
  get values(): number {
    return this.perPoint;
  }

  line(): (number | null)[] {
    return new Array<number | null>(this.length).fill(null);
  }

  /** Shows the n-th value unless its point shows a higher one. */
  put(line: (number | null)[], n: number, value: number | null): void {
    const point = this.pointOf(n);
    const shown = line[point] ?? null;
    if (value !== null && (shown === null || value > shown)) line[point] = value;
  }
}
