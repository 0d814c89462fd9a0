import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { assertAdvice, toldOf } from '../fixtures/advice.ts';
import { emptyAtFirst } from '../fixtures/library-limiters.ts';
import { judged, profileOf } from '../fixtures/limiter-judgement.ts';
import { calm, defaultTraffic } from '../fixtures/limiter-traffic.ts';
import {
  healthyLimiters,
  healthyOf,
  penalized,
  perWorker,
  type SimulatedLimiter,
  several,
} from '../fixtures/limiters.ts';

const { limit, windowMs } = defaultTraffic;
const sliding = (n: number, ms = windowMs): SimulatedLimiter => healthyLimiters.sliding(n, ms, n, 0);
const perMinute = { kind: 'sliding', limit: 40, windowMs: 60_000, burst: null, scope: 'webhook' } as const;

function declare(changes: Partial<DeclaredLimiter>): DeclaredLimiter {
  const { limiter } = profileOf(changes.kind ?? 'sliding', defaultTraffic);
  assert.ok(limiter.kind !== 'none');
  return { ...limiter, ...changes };
}

type Make = (random: () => number, webhook: number) => SimulatedLimiter;

function found(limiter: DeclaredLimiter, make: Make): Judgement {
  const profile = { ...profileOf(limiter.kind, defaultTraffic), limiter };
  return judged({ profile, size: defaultTraffic, seed: 2, weather: calm, isEven: true }, make);
}

const twoWindows = declare({ further: [perMinute] });
const withPenalty = declare({ penaltyMs: 3000 });
const bucket = declare({ kind: 'token-bucket' });
const anyExcess = /shared counts|atomic|switched on|lost counters|comparison|further|penalty|errors of/;

interface Case {
  readonly name: string;
  readonly limiter: DeclaredLimiter;
  readonly make: Make;
  readonly first: RegExp;
  readonly never: RegExp;
}

/** One count for the two of these, where each should have its own. */
function sharedBy(webhooks: readonly number[]): Make {
  const shared = sliding(limit);
  return (_random, webhook) => (webhooks.includes(webhook) ? shared : sliding(limit));
}

const cases: readonly Case[] = [
  {
    name: 'without its further limit',
    limiter: twoWindows,
    make: () => sliding(limit),
    first: /^the further limit: is it switched on/,
    never: /atomic|shared|errors of|comparison|shorter window/,
  },
  {
    name: 'a further limit of one more',
    limiter: twoWindows,
    make: () => several([sliding(limit), sliding(41, 60_000)], 'together'),
    first: /^the further limit: is it switched on/,
    never: /atomic|shared|errors of|comparison|shorter window/,
  },
  {
    name: 'a further limit per worker',
    limiter: twoWindows,
    make: (random) => several([sliding(limit), perWorker(() => sliding(40, 60_000), 2, random)], 'in turn'),
    first: /^the further limit: is it switched on/,
    never: /atomic|errors of|comparison|shorter window/,
  },
  {
    name: 'without its first limit',
    limiter: twoWindows,
    make: () => sliding(40, 60_000),
    first: /^the limit of the shorter window: is it switched on/,
    never: /atomic|shared|errors of|comparison|further/,
  },
  {
    name: 'without its penalty time',
    limiter: withPenalty,
    make: () => sliding(limit),
    first: /^the penalty time: is it kept where all workers see it/,
    never: /atomic|shared counts|errors of|comparison/,
  },
  {
    name: 'a penalty time that is too short',
    limiter: withPenalty,
    make: () => penalized(sliding(limit), 1500, false),
    first: /^the penalty time/,
    never: /atomic|shared counts|errors of|comparison/,
  },
  {
    name: 'an empty bucket',
    limiter: bucket,
    make: () => emptyAtFirst(),
    first: /^a new bucket: it should begin full/,
    never: anyExcess,
  },
  {
    name: 'a slower refill',
    limiter: bucket,
    make: () => healthyLimiters['token-bucket'](limit, 1.33 * windowMs, limit, 0),
    first: /^the pace: is the window, or the time in which a token is gained/,
    never: anyExcess,
  },
  {
    name: 'a longer window',
    limiter: declare({}),
    make: () => sliding(limit, 1.5 * windowMs),
    first: /^the pace: is the window/,
    never: anyExcess,
  },
  {
    name: 'one count for a noisy webhook and a quiet one',
    limiter: declare({}),
    make: sharedBy([4, 5]),
    first: /^the key of the limiter: does it hold the webhook/,
    never: anyExcess,
  },
];

for (const { name, limiter, make, first, never } of cases) {
  test(`the advice speaks of the fault: ${name}`, () => {
    const judgement = found(limiter, make);
    assert.equal(judgement.status, 'fail', judgement.summary);
    assertAdvice(rateLimiter, judgement, { first, never });
    const healthy = found(limiter, () => healthyOf(limiter, 370));
    assert.equal(healthy.status, 'pass', healthy.summary);
    assert.deepEqual(toldOf(rateLimiter, healthy), []);
  });
}

test('of two limits of which neither refuses both are told, the limiter first', () => {
  const judgement = found(twoWindows, () => () => ({ admitted: true }));
  assertAdvice(rateLimiter, judgement, {
    first: /^is the limiter switched on for this route/,
    never: /shorter window/,
  });
  assert.match(toldOf(rateLimiter, judgement).join('\n'), /^the further limit/m);
});
