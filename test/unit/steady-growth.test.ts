import assert from 'node:assert/strict';
import { test } from 'node:test';
import { steadyGrowth } from '../../analysis/resources/steady-growth.ts';
import { seeded } from '../fixtures/random.ts';

type Random = () => number;
type Course = (n: number, random: Random) => readonly number[];

const seeds = 400;
const minGrowth = 20;
const between = (random: Random, from: number, to: number): number => from + (to - from) * random();
const along = (n: number, of: (at: number) => number): readonly number[] =>
  Array.from({ length: n }, (_, at) => of(at));

interface Found {
  readonly accused: number;
  readonly undecided: number;
}

/** The shares of seeds in which what is held grows steadily, and unevenly. */
function shares(course: Course, n: number, noise: number): Found {
  let [accused, undecided] = [0, 0];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const random = seeded(seed * 31 + n);
    const values = course(n, random).map((value) => Math.round(value + between(random, -noise, noise)));
    const growth = steadyGrowth(values);
    if (growth === null || growth.grown < minGrowth) continue;
    if (growth.isSteady) accused += 1;
    if (growth.isUneven) undecided += 1;
  }
  return { accused: accused / seeds, undecided: undecided / seeds };
}

/** One pool that fills within three values, from a share of the time on. */
const poolFrom =
  (from: number, to: number): Course =>
  (n, random) => {
    const [start, width, size] = [between(random, from, to) * n, between(random, 0.3, 3), between(random, 25, 150)];
    return along(n, (at) => 30 + size * Math.min(1, Math.max(0, (at - start) / width)));
  };

const pools: Readonly<Record<string, Course>> = {
  'fills early': poolFrom(0.1, 0.3),
  'fills in the middle': poolFrom(0.35, 0.6),
  'fills late': poolFrom(0.6, 0.75),
  'fills at the end': poolFrom(0.75, 1),
  'fills in two steps': (n, random) => {
    const steps = [between(random, 0.1, 0.6) * n, between(random, 0.4, 1) * n];
    const sizes = [between(random, 15, 60), between(random, 15, 60)];
    return along(n, (at) => steps.reduce((sum, step, k) => sum + (at >= step ? (sizes[k] ?? 0) : 0), 30));
  },
  'fills with the longest queue so far, under stalls': (n, random) => {
    let most = 8;
    return along(n, () => {
      most = Math.max(most, random() < 0.3 ? between(random, 0, 120) : between(random, 2, 12));
      return 30 + most;
    });
  },
};

for (const [name, course] of Object.entries(pools)) {
  test(`steady growth: a pool that ${name} does not grow steadily`, () => {
    for (const n of [8, 10, 18]) {
      for (const noise of [0, 2, 5]) {
        const { accused } = shares(course, n, noise);
        assert.ok(accused <= 0.04, `${n} values, noise ${noise}: ${accused} accused`);
      }
    }
  });
}

/** Detected before pools were told from leaks by their levels, in the same seeds: 0.98 to 1. */
const leaks: readonly (readonly [number, number])[] = [
  [35, 0],
  [35, 1],
  [50, 3],
  [60, 6],
  [100, 8],
  [400, 40],
];

test('steady growth: a leak of constant pace is one, in noise', () => {
  for (const n of [8, 10, 18]) {
    for (const [total, noise] of leaks) {
      const { accused } = shares((count) => along(count, (at) => 30 + (at * total) / (count - 1)), n, noise);
      assert.ok(accused >= 0.98, `${n} values, ${total} in all, noise ${noise}: ${accused} found`);
    }
  }
});

test('steady growth: a leak whose pace varies, or that pauses once, is one', () => {
  const varying: Course = (n, random) => {
    let held = 30;
    return along(n, () => {
      held += (between(random, 0.3, 1.7) * 100) / n;
      return held;
    });
  };
  const pausing: Course = (n, random) => {
    const pause = Math.floor(between(random, 1, n - 1));
    return along(n, (at) => 30 + (100 / n) * (at >= pause ? at - 1 : at));
  };
  for (const n of [8, 10, 18]) {
    assert.ok(shares(varying, n, 2).accused >= 0.97, `${n} values, varying`);
    assert.ok(shares(pausing, n, 2).accused >= 0.97, `${n} values, pausing`);
  }
});

test('steady growth: a leak beside a pool that fills at once is one', () => {
  const both: Course = (n, random) => {
    const [step, size] = [Math.floor(between(random, 2, n - 1)), between(random, 20, 50)];
    return along(n, (at) => 30 + (at * 80) / (n - 1) + (at >= step ? size : 0));
  };
  for (const n of [8, 10, 18]) {
    const { accused } = shares(both, n, 2);
    assert.ok(accused >= 0.85, `${n} values: ${accused} found`);
  }
});

test('steady growth: what was seen of pools is over, and what began late and goes on is uneven', () => {
  const course = (values: readonly number[]): readonly (boolean | undefined)[] => {
    const growth = steadyGrowth(values);
    return [growth?.isSteady, growth?.isUneven];
  };
  assert.deepEqual(course([34, 34, 34, 34, 34, 37, 65, 74, 77, 76]), [false, false], "redis-py's, on a full machine");
  assert.deepEqual(course([30, 31, 32, 33, 34, 35, 70, 70, 71, 71]), [false, false]);
  assert.deepEqual(course([30, 30, 31, 31, 31, 32, 60, 70, 70, 70]), [false, false]);
  assert.deepEqual(course([30, 30, 31, 30, 32, 40, 50, 60, 70, 80]), [false, true]);
  assert.deepEqual(course([30, 35, 40, 45, 50, 55, 60, 65, 70, 75]), [true, false]);
});

test('steady growth: no more has grown than its pace comes to', () => {
  const growth = steadyGrowth([30, 31, 31, 32, 33, 33, 34, 35, 60, 75]);
  assert.ok(growth !== null && growth.grown < minGrowth, String(growth?.grown));
  assert.equal(steadyGrowth([80, 70, 60, 50, 40, 30])?.grown, -30);
});
