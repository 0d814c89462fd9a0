import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { IdempotencyKeys } from '../target/store/idempotency-keys.ts';
import { SlidingWindow } from '../target/store/sliding-window.ts';

const limit = 3;
const windowMs = 100;
const ttlMs = 100;
const steps = fc.array(fc.record({ gapMs: fc.integer({ min: 0, max: 60 }), key: fc.nat(4) }), { maxLength: 200 });

test('the window admits exactly where fewer than the limit were admitted in the window before', () => {
  fc.assert(
    fc.property(steps, (gaps) => {
      const window = new SlidingWindow(limit, windowMs);
      const admitted: number[] = [];
      let nowMs = 0;
      for (const { gapMs } of gaps) {
        nowMs += gapMs;
        const recent = admitted.filter((atMs) => nowMs - atMs < windowMs);
        const waitMs = window.admit('id', nowMs);
        if (recent.length < limit) {
          assert.equal(waitMs, null);
          admitted.push(nowMs);
        } else {
          assert.equal(waitMs, Math.min(...recent) + windowMs - nowMs);
        }
      }
    }),
    { seed: 1 },
  );
});

test('a withdrawn admission leaves its place', () => {
  const window = new SlidingWindow(2, windowMs);
  assert.deepEqual([window.admit('a', 0), window.admit('b', 10), window.admit('c', 20)], [null, null, 80]);
  window.withdraw('a');
  window.withdraw('unknown');
  assert.deepEqual([window.admit('d', 30), window.admit('e', 40)], [null, 70]);
});

test('a key is found until the TTL since it was first seen has passed', () => {
  fc.assert(
    fc.property(steps, (sightings) => {
      const keys = new IdempotencyKeys(ttlMs);
      const firstAtMs = new Map<number, number>();
      let nowMs = 0;
      for (const { gapMs, key } of sightings) {
        nowMs += gapMs;
        const firstMs = firstAtMs.get(key);
        const expected = firstMs !== undefined && nowMs - firstMs < ttlMs ? `${firstMs}` : null;
        assert.equal(keys.find(`${key}`, nowMs), expected);
        if (expected !== null) continue;
        keys.remember(`${key}`, `${nowMs}`, nowMs);
        firstAtMs.set(key, nowMs);
      }
    }),
    { seed: 1 },
  );
});

test('a key is forgotten only under the id that holds it', () => {
  const keys = new IdempotencyKeys(ttlMs);
  keys.remember('key', 'holder', 0);
  keys.forget('key', 'other');
  assert.equal(keys.find('key', 1), 'holder');
  keys.forget('key', 'holder');
  assert.equal(keys.find('key', 1), null);
});
