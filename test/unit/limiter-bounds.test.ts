import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Ledger } from '../../analysis/journal/ledger.ts';
import { fullestWithin, maxAdmitted, possiblyWithin, surelyWithin } from '../../analysis/limiter/bounds.ts';
import { conformanceOf } from '../../analysis/limiter/conformance.ts';
import { isolatedBursts } from '../../analysis/limiter/isolated-bursts.ts';
import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { type HealthyKind, healthyKinds, healthyLimiters } from '../fixtures/limiters.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf } from '../fixtures/run.ts';

const limit = 10;
const windowMs = 1000;

function declared(kind: HealthyKind, burst = limit): DeclaredLimiter {
  return { kind, limit, windowMs, burst, scope: 'webhook', retryAfter: true, rateLimitHeaders: false };
}

function all(ledger: Ledger): Uint32Array {
  return Uint32Array.from({ length: ledger.length }, (_, at) => at);
}

function timesOf(ledger: Ledger): { readonly sends: Float64Array; readonly ends: Float64Array } {
  return {
    sends: Float64Array.from(all(ledger), (at) => ledger.sendUs(at)).sort(),
    ends: Float64Array.from(all(ledger), (at) => ledger.endUs(at)).sort(),
  };
}

const anyRequests = fc.array(
  fc.record({ atMs: fc.integer({ min: 0, max: 4000 }), tookMs: fc.integer({ min: 0, max: 900 }) }),
  {
    minLength: 1,
    maxLength: 40,
  },
);

function made(requests: readonly { readonly atMs: number; readonly tookMs: number }[]): Ledger {
  return ledgerOf(
    [...requests].sort((a, b) => a.atMs - b.atMs).map((request) => ({ ...request, outcome: 'accepted' as const })),
  );
}

test('property: L and U are what counting by hand gives', () => {
  fc.assert(
    fc.property(anyRequests, fc.integer({ min: 3, max: 3000 }), (requests, spanMs) => {
      const ledger = made(requests);
      let surely = 0;
      let possibly = 0;
      for (const { atMs: fromMs } of requests) {
        const inside = requests.filter(({ atMs, tookMs }) => atMs >= fromMs && atMs + tookMs < fromMs + spanMs - 2);
        surely = Math.max(surely, inside.length);
      }
      for (const { atMs, tookMs } of requests) {
        const fromMs = atMs + tookMs;
        const touching = requests.filter(
          (other) => other.atMs <= fromMs + spanMs + 2 && other.atMs + other.tookMs >= fromMs,
        );
        possibly = Math.max(possibly, touching.length);
      }
      assert.equal(fullestWithin(ledger, all(ledger), spanMs), surely);
      const { sends, ends } = timesOf(ledger);
      assert.equal(possiblyWithin(sends, ends, spanMs), possibly);
      for (const { count } of surelyWithin(ledger, all(ledger), spanMs, { above: 3 })) assert.ok(count > 3);
    }),
    { numRuns: 1000 },
  );
});

test('property: no limiter of a kind ever admits more than its bound within any span', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...healthyKinds),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.double({ min: 1, max: 6000, noNaN: true }),
      (kind, burst, seed, spanMs) => {
        const random = seeded(seed);
        const limiter = declared(kind, burst);
        const ask = healthyLimiters[kind](limit, windowMs, burst, random() * windowMs);
        const times = Array.from({ length: 200 }, () => random() * (random() < 0.5 ? 6000 : 900)).sort((a, b) => a - b);
        const admitted = times.filter((atMs) => ask(atMs).admitted);
        for (const fromMs of admitted) {
          const count = admitted.filter((atMs) => atMs >= fromMs && atMs < fromMs + spanMs).length;
          assert.ok(count <= maxAdmitted(limiter, spanMs), `${kind} of ${burst}: ${count} within ${spanMs} ms`);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test('the bounds are reached: a fixed window admits 2N around its edge, one from the first hit 2N − 1', () => {
  assert.equal(maxAdmitted(declared('sliding'), 1000), 10);
  assert.equal(maxAdmitted(declared('sliding'), 1001), 20);
  assert.equal(maxAdmitted(declared('fixed'), 1000), 20);
  assert.equal(maxAdmitted(declared('fixed-from-first-hit'), 1000), 19);
  assert.equal(maxAdmitted(declared('token-bucket', 5), 1000), 15);
  assert.equal(maxAdmitted(declared('delaying', 5), 1000), 16);
  const ask = healthyLimiters['fixed-from-first-hit'](limit, windowMs, limit, 0);
  const times = [0, ...Array.from({ length: 9 }, (_, n) => 990 + n), ...Array.from({ length: 20 }, (_, n) => 1000 + n)];
  const admitted = times.filter((atMs) => ask(atMs).admitted);
  assert.equal(admitted.filter((atMs) => atMs >= 990 && atMs < 1990).length, 19);
});

test('a hundred thousand admissions are bounded without a square of them', () => {
  const random = seeded(11);
  const ledger = ledgerOf(
    Array.from({ length: 100_000 }, (_, n) => ({
      atMs: n * 2,
      tookMs: random() * 50,
      outcome: 'accepted' as const,
      signal: `q-${n}`,
    })),
  );
  const { sends, ends } = timesOf(ledger);
  // 500 a second were sent, and a second's span holds those that also ended in it.
  const surely = fullestWithin(ledger, all(ledger), 1000);
  assert.ok(surely > 470 && surely < 500, `${surely}`);
  const possibly = possiblyWithin(sends, ends, 1000);
  assert.ok(possibly > 500 && possibly < 530, `${possibly}`);
});

test('bursts are told apart by a window of quiet', () => {
  const ledger = ledgerOf([
    ...Array.from({ length: 12 }, (_, n) => ({
      atMs: n * 10,
      outcome: n < 10 ? ('accepted' as const) : ('limited' as const),
    })),
    ...Array.from({ length: 30 }, (_, n) => ({ atMs: 3000 + n * 100, outcome: 'accepted' as const })),
    { atMs: 9000, outcome: 'timeout' as const },
  ]);
  const uses = (at: number): 'yes' | 'maybe' | 'no' => {
    const outcome = ledger.outcomeOf(at);
    return outcome === 'accepted' ? 'yes' : outcome === 'timeout' ? 'maybe' : 'no';
  };
  assert.deepEqual(
    isolatedBursts(ledger, all(ledger), windowMs, uses).map(({ attempts, admitted, doubtful, limited }) => [
      attempts,
      admitted,
      doubtful,
      limited,
    ]),
    [
      [12, 10, 0, 2],
      [30, 30, 0, 0],
      [1, 0, 1, 0],
    ],
  );
});

test('a bucket of many a second on a clock that runs fast by 200 ppm keeps its bound over half a minute', () => {
  for (const kind of ['token-bucket', 'leaky-bucket'] as const) {
    const [many, rate] = [1000, 1 + 2e-4];
    const limiter = healthyLimiters[kind](many, windowMs, many, 0);
    const ledger = ledgerOf(
      Array.from({ length: 2 * many * 40 }, (_, n) => {
        const atMs = n / 2.03;
        const outcome = limiter((atMs + 0.5) * rate).admitted ? ('accepted' as const) : ('limited' as const);
        return { atMs, tookMs: 1, outcome, signal: `s-${n}` };
      }),
    );
    const declaredMany = { ...declared(kind, many), limit: many };
    const { excess, wrongful } = conformanceOf({
      ledger,
      indices: all(ledger),
      profile: builtInProfiles.embedded,
      limiter: declaredMany,
      place: '',
      startedAtUs: 0,
    });
    assert.deepEqual([excess.texts, wrongful.count], [[], 0], kind);
  }
});
