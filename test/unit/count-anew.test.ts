import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { blockDuration } from '../fixtures/library-limiters.ts';
import { judged, profileOf } from '../fixtures/limiter-judgement.ts';
import { calm, defaultTraffic, type Weather } from '../fixtures/limiter-traffic.ts';
import {
  checkThenAdd,
  healthyLimiters,
  losesCounts,
  penalized,
  perWorker,
  type SimulatedLimiter,
} from '../fixtures/limiters.ts';

const { limit, windowMs } = defaultTraffic;
const sliding = (ms = windowMs): SimulatedLimiter => healthyLimiters.sliding(limit, ms, limit, 0);
const slow: Weather = { ...calm, wayMs: 5 };

interface Given {
  readonly penaltyMs?: number;
  readonly weather?: Weather;
  readonly seed?: number;
}

function found(
  { penaltyMs, weather = calm, seed = 1 }: Given,
  make: (random: () => number) => SimulatedLimiter,
): Judgement {
  const profile = profileOf('sliding', defaultTraffic);
  const { limiter } = profile;
  if (limiter.kind === 'none') throw new Error('there is no limiter');
  const declared = penaltyMs === undefined ? limiter : { ...limiter, penaltyMs };
  return judged(
    { profile: { ...profile, limiter: declared }, size: defaultTraffic, seed, weather, isEven: true },
    make,
  );
}

test('a count that begins anew after a block is named so, and no race, nor a larger limit', () => {
  for (const weather of [calm, slow]) {
    for (const blockMs of [100, 200, 350]) {
      for (let seed = 1; seed <= 2; seed += 1) {
        const given = { weather, seed };
        const declared = found({ ...given, penaltyMs: blockMs }, () => blockDuration(blockMs));
        assert.equal(declared.status, 'fail', declared.summary);
        assert.match(declared.summary, /the count begins anew when the penalty time of \d+ ms ends, which is shorter/);
        const undeclared = found(given, () => blockDuration(blockMs));
        assert.equal(undeclared.status, 'fail', undeclared.summary);
        assert.match(undeclared.summary, /the count begins anew about .* ms after a refusal, before the window has/);
        for (const { summary, advice } of [declared, undeclared]) {
          assert.doesNotMatch(summary, /at once|race|worker/);
          assert.match(String(advice?.[0]), /^the block after a refusal/);
        }
      }
    }
  }
});

test('a penalty that leaves what was counted passes; what admits too many at once, or beside refusals, is named as before', () => {
  assert.equal(found({ penaltyMs: 200 }, () => penalized(sliding(), 200, false)).status, 'pass');
  const others: readonly ((random: () => number) => SimulatedLimiter)[] = [
    () => checkThenAdd(limit, windowMs, 0.3),
    (random) => perWorker(() => sliding(), 2, random),
    (random) => perWorker(() => sliding(), 3, random),
    () => healthyLimiters.fixed(limit, windowMs, limit, 370),
    () => healthyLimiters.sliding(limit + 1, windowMs, limit, 0),
    () => losesCounts(() => losesCounts(() => sliding(), 4137), 8685),
  ];
  for (const weather of [calm, slow]) {
    for (const [at, make] of others.entries()) {
      for (let seed = 1; seed <= 2; seed += 1) {
        const { status, summary } = found({ weather, seed }, make);
        if (weather === calm) assert.equal(status, 'fail', `${at}: ${summary}`);
        assert.doesNotMatch(summary, /anew/, `${at}: ${summary}`);
      }
    }
  }
});

test('a shorter window is told of beside a block', () => {
  const { status, summary } = found({}, () => sliding(0.7 * windowMs));
  assert.equal(status, 'fail', summary);
  assert.match(summary, /window is shorter|admits more than its bound/);
});
