export interface Staircase {
  /** Values on its last level. */
  readonly onLast: number;
  /** Change per value on the levels, by least squares. */
  readonly paceOnLevels: number;
  /** What it leaves unexplained, as a share of what the best straight line does. */
  readonly misfit: number;
}

/** Sums over the first values, from which those of any part follow at once. */
interface Sums {
  readonly y: readonly number[];
  readonly yy: readonly number[];
  readonly xy: readonly number[];
}

interface Part {
  readonly squares: number;
  readonly xy: number;
  readonly xx: number;
}

/** The staircase of three levels at most that is nearest to the values, which are three at least. */
export function nearestStaircase(values: readonly number[]): Staircase {
  const sums = sumsOf(values);
  const n = values.length;
  const whole = partOf(sums, 0, n);
  const lineSquares = whole.squares - whole.xy ** 2 / whole.xx;
  let [best, onLast]: [readonly Part[], number] = [[whole], n];
  let least = whole.squares;
  for (let second = 1; second < n; second += 1) {
    const first = partOf(sums, 0, second);
    for (let third = second; third < n; third += 1) {
      const middle = partOf(sums, second, third);
      const last = partOf(sums, third, n);
      const squares = first.squares + middle.squares + last.squares;
      if (squares < least) [least, best, onLast] = [squares, [first, middle, last], n - third];
    }
  }
  const [xy, xx] = [best.reduce((sum, part) => sum + part.xy, 0), best.reduce((sum, part) => sum + part.xx, 0)];
  return {
    onLast,
    paceOnLevels: xx > 0 ? xy / xx : 0,
    misfit: lineSquares > 0 ? least / lineSquares : Number.POSITIVE_INFINITY,
  };
}

function sumsOf(values: readonly number[]): Sums {
  const sums = { y: [0], yy: [0], xy: [0] };
  // Near zero the squares of large values keep their last digits.
  const base = values[0] ?? 0;
  values.forEach((value, x) => {
    const y = value - base;
    sums.y.push((sums.y[x] ?? 0) + y);
    sums.yy.push((sums.yy[x] ?? 0) + y * y);
    sums.xy.push((sums.xy[x] ?? 0) + x * y);
  });
  return sums;
}

/** Squares about the mean, and what a slope is made of; `to` is not in it. */
function partOf(sums: Sums, from: number, to: number): Part {
  const n = to - from;
  if (n === 0) return { squares: 0, xy: 0, xx: 0 };
  const of = (list: readonly number[]): number => (list[to] ?? 0) - (list[from] ?? 0);
  const y = of(sums.y);
  return {
    squares: Math.max(0, of(sums.yy) - (y * y) / n),
    xy: of(sums.xy) - ((from + to - 1) / 2) * y,
    xx: (n * (n * n - 1)) / 12,
  };
}
