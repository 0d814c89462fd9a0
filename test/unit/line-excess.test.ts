import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { endOrder } from '../../analysis/limiter/bounds.ts';
import { surelyAboveLine } from '../../analysis/limiter/line-excess.ts';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { roles } from '../../contract/plan/roles.ts';
import { profileOf } from '../fixtures/limiter-judgement.ts';
import { anyWeather, calm, lightTraffic, recorded, type Weather } from '../fixtures/limiter-traffic.ts';
import { healthyLimiters, type SimulatedLimiter } from '../fixtures/limiters.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, runOf } from '../fixtures/run.ts';

const windowMs = 1000;
type Bucket = 'token-bucket' | 'leaky-bucket' | 'delaying';

const bucketOf = (kind: Bucket, limit: number, burst: number): SimulatedLimiter =>
  healthyLimiters[kind](limit, windowMs, burst, 0);

/** A server that reads its clock in whole milliseconds. */
const rounding =
  (limiter: SimulatedLimiter): SimulatedLimiter =>
  (wallMs, looks) =>
    limiter(Math.floor(wallMs), looks);

interface Given {
  readonly kind: Bucket;
  readonly limit: number;
  readonly seed: number;
  readonly weather?: Weather;
  readonly isEven?: boolean;
}

/** Three bursts of twice the limit, each in 20 ms, with a steady rate of the limit between them. */
function judgedBursts(
  { kind, limit, seed, weather = calm, isEven = true }: Given,
  limiter: SimulatedLimiter,
): Judgement {
  const random = seeded(seed);
  const phase = roles['limiter.bursts'].name;
  const at = [1000, 3500, 6000].flatMap((fromMs) => [
    ...Array.from({ length: 2 * limit }, () => fromMs + random() * 20),
    ...Array.from({ length: limit }, (_, n) => fromMs + 100 + (n * windowMs) / limit),
  ]);
  const sent = at.sort((a, b) => a - b).map((atMs) => ({ atMs, webhook: 0, phase }));
  const ledger = ledgerOf(recorded(sent, () => limiter, { random, weather }));
  const profile = profileOf(kind, { ...lightTraffic, limit, windowMs });
  const run = runOf([{ name: 'rate-limit', ledger }], { profile });
  return rateLimiter.judge(isEven ? { ...run, manifest: { ...run.manifest, clockMovedUs: 0 } } : run);
}

test('property: what lies above a line is what trying every span gives, and its stretches do not overlap', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 30 })), {
        minLength: 1,
        maxLength: 40,
      }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 60 }),
      (requests, from, slopePer1000) => {
        const ledger = ledgerOf(
          requests
            .sort((a, b) => a[0] - b[0])
            .map(([atMs, tookMs]) => ({ atMs, tookMs, outcome: 'accepted' as const })),
        );
        const all = Uint32Array.from({ length: ledger.length }, (_, n) => n);
        const sends = Float64Array.from(all, (n) => ledger.sendUs(n));
        const ends = Float64Array.from(all, (n) => ledger.endUs(n));
        const line = { from, slope: slopePer1000 / 1_000_000 };
        const within = (fromUs: number, toUs: number): number =>
          all.filter((n) => (sends[n] ?? 0) >= fromUs && (ends[n] ?? 0) <= toUs).length;
        const isAbove = (fromUs: number, toUs: number): boolean =>
          within(fromUs, toUs) > from + line.slope * (toUs - fromUs) + 1e-6;
        const found = surelyAboveLine({ sends, ends, byEnd: endOrder(ledger, all) }, line, from);
        const exists = sends.some((fromUs) => ends.some((toUs) => toUs >= fromUs && isAbove(fromUs, toUs)));
        assert.equal(found.length > 0, exists);
        found.forEach(({ count, fromUs, toUs }, n) => {
          assert.equal(count, within(fromUs, toUs));
          assert.ok(isAbove(fromUs, toUs));
          assert.ok(fromUs > (found[n - 1]?.toUs ?? Number.NEGATIVE_INFINITY));
        });
      },
    ),
    { numRuns: 1000 },
  );
});

test('a bucket of one token too many shows at 100 a second, and at 1000 one of what a clock may round, and one', () => {
  for (const [limit, more] of [
    [100, 1],
    [1000, 4],
  ] as const) {
    for (const kind of ['token-bucket', 'leaky-bucket'] as const) {
      const { status, summary } = judgedBursts({ kind, limit, seed: 3 }, bucketOf(kind, limit, limit + more));
      assert.equal(status, 'fail', `${kind} of ${limit + more}: ${summary}`);
    }
  }
});

test('a healthy bucket of 100 or 1000 a second is not accused, whatever the weather, nor is one that rounds to milliseconds', () => {
  for (const limit of [100, 1000]) {
    for (let seed = 1; seed <= 4_000 / limit; seed += 1) {
      const kind = (['token-bucket', 'leaky-bucket', 'delaying'] as const)[seed % 3] ?? 'token-bucket';
      const weather = anyWeather(seeded(seed * 53), 7000, seed % 2 === 0);
      const healthy = bucketOf(kind, limit, limit);
      const given = { kind, limit, seed, weather, isEven: weather.step === null };
      const { status, summary, evidence } = judgedBursts(given, seed % 4 < 2 ? healthy : rounding(healthy));
      const told = `${kind}, seed ${seed}, ${JSON.stringify(weather)}: ${summary}\n${evidence?.join('\n')}`;
      assert.match(status, /^(pass|inconclusive)$/, told);
    }
  }
});
