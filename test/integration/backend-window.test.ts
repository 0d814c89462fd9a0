import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { IdempotencyKeys } from '../../backend/store/idempotency-keys.ts';
import { limiterKind } from '../../backend/store/limiters/kinds.ts';
import type { Limiter, LimiterName } from '../../backend/store/limiters/limiter.ts';
import { seed } from '../fixtures/seed.ts';

const size = { limit: 3, windowMs: 120, burst: 5 };
const { limit, windowMs, burst } = size;
const ttlMs = 100;

const steps = fc.array(fc.record({ gapMs: fc.integer({ min: 0, max: 60 }), key: fc.nat(4) }), { maxLength: 200 });

function admit(limiter: Limiter, id: string, nowMs: number): number | null {
  const waitMs = limiter.check(nowMs);
  if (waitMs === null) limiter.add(id, nowMs);
  return waitMs;
}

/** Milliseconds to wait at `nowMs` after those admissions, 0 where there is room: each kind by its definition. */
const models: Readonly<Record<Exclude<LimiterName, 'none'>, (admitted: readonly number[], nowMs: number) => number>> = {
  sliding(admitted, nowMs) {
    const recent = admitted.filter((atMs) => nowMs - atMs < windowMs);
    return recent.length < limit ? 0 : Math.min(...recent) + windowMs - nowMs;
  },
  fixed(admitted, nowMs) {
    const startMs = Math.floor(nowMs / windowMs) * windowMs;
    return admitted.filter((atMs) => atMs >= startMs).length < limit ? 0 : startMs + windowMs - nowMs;
  },
  'fixed-from-first-hit'(admitted, nowMs) {
    let startMs = Number.NEGATIVE_INFINITY;
    for (const atMs of admitted) if (atMs >= startMs + windowMs) startMs = atMs;
    if (nowMs >= startMs + windowMs) return 0;
    return admitted.filter((atMs) => atMs >= startMs).length < limit ? 0 : startMs + windowMs - nowMs;
  },
  weighted(admitted, nowMs) {
    const startMs = Math.floor(nowMs / windowMs) * windowMs;
    const current = admitted.filter((atMs) => atMs >= startMs).length;
    const previous = admitted.filter((atMs) => atMs >= startMs - windowMs).length - current;
    const leftMs = startMs + windowMs - nowMs;
    if (Math.floor((previous * leftMs) / windowMs) + current < limit) return 0;
    // A moment after the share that is too much.
    return (current < limit ? leftMs - (windowMs * (limit - current)) / previous : leftMs) + 0.001;
  },
  'stepped-bucket'(admitted, nowMs) {
    let [tokens, step] = [burst, 0];
    const gain = (atMs: number): void => {
      const now = Math.floor(atMs / windowMs);
      tokens = Math.min(burst, tokens + (now - step) * limit);
      step = now;
    };
    for (const atMs of admitted) {
      gain(atMs);
      tokens -= 1;
    }
    gain(nowMs);
    return tokens >= 1 ? 0 : (step + 1) * windowMs - nowMs;
  },
  'token-bucket': bucketModel,
  'leaky-bucket': bucketModel,
};

function bucketModel(admitted: readonly number[], nowMs: number): number {
  let [level, lastMs] = [0, 0];
  for (const atMs of admitted) {
    level = Math.max(0, level - ((atMs - lastMs) * limit) / windowMs) + 1;
    lastMs = atMs;
  }
  level = Math.max(0, level - ((nowMs - lastMs) * limit) / windowMs);
  return level + 1 <= burst + 1e-9 ? 0 : ((level + 1 - burst) * windowMs) / limit;
}

for (const [name, model] of Object.entries(models)) {
  test(`${name} admits exactly where its definition has room, and says how long to wait`, () => {
    fc.assert(
      fc.property(steps, (gaps) => {
        // 40 ms a token, 20 and 40 of its multiples among the gaps: no rounding decides.
        const limiter = limiterKind[name as keyof typeof models].create(size);
        const admitted: number[] = [];
        let nowMs = 0;
        for (const { gapMs } of gaps) {
          nowMs += gapMs;
          const expectedMs = model(admitted, nowMs);
          const waitMs = admit(limiter, `${admitted.length}`, nowMs) ?? 0;
          assert.ok(Math.abs(waitMs - expectedMs) < 1e-6, `waits ${waitMs} instead of ${expectedMs} ms at ${nowMs}`);
          if (waitMs === 0) admitted.push(nowMs);
        }
      }),
      { seed },
    );
  });

  test(`${name}: a withdrawn admission leaves its place, an unknown one nothing`, () => {
    const limiter = limiterKind[name as keyof typeof models].create(size);
    const places = name.endsWith('bucket') ? burst : limit;
    for (let n = 0; n < places; n += 1) assert.equal(admit(limiter, `${n}`, 0), null);
    assert.notEqual(limiter.check(1), null);
    limiter.withdraw('unknown', false);
    assert.notEqual(limiter.check(1), null);
    limiter.withdraw('1', true);
    assert.equal(admit(limiter, 'next', 2), null);
    assert.notEqual(limiter.check(3), null);
  });
}

test('a fixed window admits twice its limit across an edge, a sliding one does not', () => {
  const times = [110, 111, 112, 120, 121, 122];
  const admittedBy = (name: LimiterName) => {
    const limiter = limiterKind[name].create(size);
    return times.filter((atMs) => admit(limiter, `${atMs}`, atMs) === null).length;
  };
  assert.deepEqual(
    [admittedBy('fixed'), admittedBy('sliding'), admittedBy('fixed-from-first-hit'), admittedBy('none')],
    [6, 3, 3, 6],
  );
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
    { seed },
  );
});

test('a key is forgotten only under the id that holds it', () => {
  const keys = new IdempotencyKeys(ttlMs);
  keys.remember('key', 'holder', 0);
  assert.equal(keys.forget('key', 'other'), false);
  assert.equal(keys.find('key', 1), 'holder');
  assert.equal(keys.forget('key', 'holder'), true);
  assert.equal(keys.find('key', 1), null);
});
