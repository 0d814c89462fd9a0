import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { roles } from '../../contract/plan/roles.ts';
import { profileOf } from '../fixtures/limiter-judgement.ts';
import { calm, defaultTraffic, rateLimitTraffic, recorded } from '../fixtures/limiter-traffic.ts';
import {
  blocksSome,
  concurrentLimiter,
  countsRefusals,
  healthyLimiters,
  type SimulatedLimiter,
  several,
} from '../fixtures/limiters.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, runOf } from '../fixtures/run.ts';

// A limit of the client beside the one that each webhook has, which nobody declared.

const size = { ...defaultTraffic, steadyMs: 6000, boundaries: 10 };
const { limit, windowMs } = size;
const profile = profileOf('sliding', size);

type Make = (random: () => number, webhook: number) => SimulatedLimiter;
type Sent = ReturnType<typeof rateLimitTraffic>;

function judged(seed: number, make: Make, change: (sent: Sent) => Sent = (sent) => sent, wayMs = 1): Judgement {
  const random = seeded(seed);
  const limiters = new Map<number, SimulatedLimiter>();
  const limiterOf = ({ webhook }: { readonly webhook: number }): SimulatedLimiter => {
    const limiter = limiters.get(webhook) ?? make(random, webhook);
    limiters.set(webhook, limiter);
    return limiter;
  };
  const sent = change(rateLimitTraffic(size, random));
  const requests = recorded(sent, limiterOf, { random, weather: { ...calm, wayMs } });
  const run = runOf([{ name: 'rate-limit', ledger: ledgerOf(requests) }], { profile });
  return rateLimiter.judge({ ...run, manifest: { ...run.manifest, clockMovedUs: 0 } });
}

const sliding = (n: number): SimulatedLimiter => healthyLimiters.sliding(n, windowMs, n, 0);
const beside =
  (shared: SimulatedLimiter): Make =>
  () =>
    several([sliding(limit), shared], 'together');

test('a limit of a client beside 10 per second of each webhook: not accused, and told what to declare', () => {
  // The first three are full to the end of the run, the last one admits again.
  const cases = [
    ['sliding', 100, 60_000, /about 100 per minute/],
    ['fixed', 100, 60_000, /about 100 per minute/],
    ['fixed-from-first-hit', 100, 60_000, /about 100 per minute/],
    ['sliding', 133, 10_000, /about 133 per 10 s/],
  ] as const;
  for (const [kind, n, perMs, size] of cases) {
    for (let seed = 1; seed <= 2; seed += 1) {
      const { status, summary } = judged(seed, beside(healthyLimiters[kind](n, perMs, n, 0)));
      assert.equal(status, 'inconclusive', `${kind}, seed ${seed}: ${summary}`);
      assert.match(
        summary,
        /a further limit of .* for all webhooks together: declare it in limiter.further with scope "client"/,
      );
      assert.match(summary, size);
    }
  }
});

/** Bursts come on two webhooks at once. */
const inPairs = (sent: Sent): Sent =>
  sent.map((one) =>
    one.phase === roles['limiter.bursts'].name ? { ...one, atMs: one.atMs - (one.webhook % 2 === 0 ? 130 : 0) } : one,
  );

test('so many worked on at once for all webhooks: not accused, and told what to declare', () => {
  for (let seed = 1; seed <= 3; seed += 1) {
    const { status, summary } = judged(seed, beside(concurrentLimiter(14, 50)), inPairs);
    assert.equal(status, 'inconclusive', `seed ${seed}: ${summary}`);
    assert.match(
      summary,
      /about 1\d requests worked on at once \("concurrent"\), of all webhooks together: declare it in limiter.further with scope "client"/,
    );
  }
});

test('what no limit of the client explains fails as before', () => {
  const shared = (n: number): Make => {
    const one = sliding(n);
    return () => one;
  };
  const cases: readonly (readonly [string, () => Make])[] = [
    ['one count for all webhooks', () => shared(limit)],
    ['one larger count for all webhooks', () => shared(3 * limit)],
    ['blocks 5 %', () => (random) => blocksSome(sliding(limit), 0.05, random)],
    ['counts refusals', () => () => countsRefusals(limit, windowMs)],
    ['one less', () => () => sliding(limit - 1)],
  ];
  for (const [name, make] of cases) {
    for (const wayMs of [1, 30]) {
      for (let seed = 1; seed <= 2; seed += 1) {
        const { status, summary } = judged(seed, make(), inPairs, wayMs);
        assert.equal(status, 'fail', `${name}, ways of ${wayMs} ms, seed ${seed}: ${summary}`);
      }
    }
  }
});
