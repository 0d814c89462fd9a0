import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import type { LimiterKind } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { assertAdvice, toldOf } from '../fixtures/advice.ts';
import { judged, profileOf } from '../fixtures/limiter-judgement.ts';
import { calm, defaultTraffic } from '../fixtures/limiter-traffic.ts';
import { healthyLimiters, type SimulatedLimiter } from '../fixtures/limiters.ts';

const { limit, windowMs } = defaultTraffic;

/** A sorted set whose members are times in units of so long. */
function setOfTimes(unitMs: number): SimulatedLimiter {
  let members = new Set<number>();
  return (wallMs) => {
    const now = Math.floor(wallMs / unitMs) * unitMs;
    members = new Set([...members].filter((time) => time > now - windowMs));
    if (members.size >= limit) return { admitted: false };
    members.add(now);
    return { admitted: true };
  };
}

const found = (make: () => SimulatedLimiter, kind: LimiterKind): Judgement =>
  judged(
    { profile: profileOf(kind, defaultTraffic), size: defaultTraffic, seed: 2, weather: calm, isEven: true },
    make,
  );

/** @param told the advice that is meant. */
function assertTold(judgement: Judgement, told: RegExp): void {
  assert.equal(judgement.status, 'fail', judgement.summary);
  assert.match(
    toldOf(rateLimiter, judgement, { ...builtInProfiles.embedded, redis: 'unknown' }).join('\n'),
    told,
    judgement.summary,
  );
}

test('members of a sorted set that are equal are told of, where nothing is throttled and where a burst gets through', () => {
  const seconds = found(() => setOfTimes(1000), 'sliding');
  assert.match(seconds.summary, /no limiter: nothing was ever throttled/);
  assertTold(seconds, /counts that overwrite each other: members of a sorted set that are equal/);
  assertTold(
    found(() => setOfTimes(1), 'sliding'),
    /counts that overwrite each other/,
  );
  const healthy = found(() => healthyLimiters.sliding(limit, windowMs, limit, 0), 'sliding');
  assert.equal(healthy.status, 'pass', healthy.summary);
});

test('a bucket of one more is told of both causes: max_burst beyond the first, and count > limit', () => {
  const bucket = (burst: number): SimulatedLimiter => healthyLimiters['token-bucket'](limit, windowMs, burst, 0);
  const oneMore = found(() => bucket(limit + 1), 'token-bucket');
  assert.match(oneMore.summary, /always one more than the limit/);
  assertAdvice(rateLimiter, oneMore, { first: /count >= limit/ });
  assertTold(oneMore, /max_burst counts what comes beyond the first request/);
  assert.equal(found(() => bucket(limit), 'token-bucket').status, 'pass');
});

test('a Retry-After is told in seconds, as the header is', () => {
  const sliding = (): SimulatedLimiter => healthyLimiters.sliding(limit, windowMs, limit, 0);
  const traffic = { profile: profileOf('sliding', defaultTraffic), size: defaultTraffic, seed: 2, weather: calm };
  const zero = judged({ ...traffic, isEven: true }, sliding, () => 0);
  assert.equal(zero.status, 'warn', zero.summary);
  assert.match(zero.summary, /such as Retry-After of 0 s, but throttled again \d+ ms later/);
  assert.equal(judged({ ...traffic, isEven: true }, sliding).status, 'pass');
});
