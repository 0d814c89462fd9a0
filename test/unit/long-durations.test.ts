import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paceInWords } from '../../analysis/limiter/slower-pace.ts';
import { keyLifeInWords } from '../../contract/profile/key-life.ts';
import { duration } from '../../contract/report/figures.ts';
import { profile } from './plan-cases.ts';

test('a length of time is told in a unit that can be read: ms below 10 s, s below 10 min, min below 10 h', () => {
  const told = [0, 250, 9999, 10_000, 12_345, 60_000, 599_000, 600_000, 994_000, 3_600_000, 86_400_000].map(duration);
  assert.deepEqual(told, [
    ...['0 ms', '250 ms', '9999 ms', '10 s', '12.35 s', '60 s', '599 s'],
    ...['10 min', '16.57 min', '60 min', '24 h'],
  ]);
});

test('a tolerance is told in the unit of its TTL', () => {
  assert.equal(keyLifeInWords({ ttlMs: 1000, toleranceMs: 400 }), '1000 ± 400 ms');
  assert.equal(keyLifeInWords({ ttlMs: 60_000, toleranceMs: 5000 }), '60 ± 5 s');
  assert.equal(keyLifeInWords({ ttlMs: 3_600_000 }), '60 min');
});

test('a longer window is told in the unit of the declared one', () => {
  const { limiter } = profile;
  assert.ok(limiter.kind !== 'none');
  const told = (windowMs: number): string =>
    paceInWords({ least: 1.25, most: 1.26 }, { ...limiter, kind: 'sliding', windowMs });
  assert.equal(told(1000), 'its window is longer than declared: about 1250 ms instead of 1000 ms');
  assert.equal(told(60_000), 'its window is longer than declared: about 75.3 s instead of 60 s');
});
