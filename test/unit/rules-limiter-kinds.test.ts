import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { healthy, judged, profileOf } from '../fixtures/limiter-judgement.ts';
import { anyWeather, calm, defaultTraffic, lightTraffic } from '../fixtures/limiter-traffic.ts';
import {
  countsRefusals,
  healthyLimiters,
  healthyOf,
  penalized,
  perWorker,
  racy,
  type SimulatedLimiter,
  several,
} from '../fixtures/limiters.ts';
import { seeded } from '../fixtures/random.ts';
import { simulations } from '../fixtures/simulations.ts';
import { calmTrace, kinds, size, sliding, told, weatherTrace } from '../fixtures/undeclared-kinds.ts';

const { limit, windowMs } = size;

/** Traces a kind, and of all kinds in any weather. */
const traces = simulations(6);
const weatherTraces = simulations(200);

for (const kind of kinds) {
  test(`undeclared, ${kind.name}: named in ≥ 95% of ${traces} traces, accused in none`, (t) => {
    let named = 0;
    for (let seed = 1; seed <= traces; seed += 1) {
      const found = calmTrace(kind, seed);
      assert.ok(found.status !== 'fail', `seed ${seed}: ${told(found)}`);
      if (kind.says.test(told(found))) named += 1;
    }
    t.diagnostic(`named in ${named} of ${traces}`);
    assert.ok(named >= 0.95 * traces, `named in ${named} of ${traces}`);
  });
}

test(`each kind in any weather, undeclared or declared as sliding: accused in none of ${weatherTraces} traces`, (t) => {
  const statuses = new Map<string, number>();
  for (let seed = 1; seed <= weatherTraces; seed += 1) {
    const { found, told } = weatherTrace(seed);
    assert.match(found.status, /^(pass|inconclusive)$/, told);
    statuses.set(found.status, (statuses.get(found.status) ?? 0) + 1);
  }
  t.diagnostic(JSON.stringify(Object.fromEntries(statuses)));
});

test('undeclared: a Retry-After that its own admissions contradict is too long', () => {
  const found = judged(
    { profile: profileOf('unknown', lightTraffic), size: lightTraffic, seed: 1, weather: calm, isEven: true },
    () => sliding(lightTraffic.limit),
    () => 1_000_000,
  );
  assert.equal(found.status, 'warn', told(found));
  assert.match(found.summary, /Retry-After is wrong: up to 16\.67 min/);
});

test('declared sliding, weighted in truth: not accused, and told what to declare', () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const found = judged({ profile: profileOf('sliding', size), size, seed, weather: calm }, () =>
      healthy('weighted', size, seed * 50),
    );
    assert.equal(found.status, 'inconclusive', told(found));
    assert.match(found.summary, /fits a weighted two-window counter .*declare limiter.kind as "weighted"/);
  }
});

test('a fixed window declared as one that begins elsewhere: not accused, and told what to declare', () => {
  const swapped = [
    ['fixed', 'fixed-from-first-hit'],
    ['fixed-from-first-hit', 'fixed'],
  ] as const;
  for (const [declared, truth] of swapped) {
    const told: string[] = [];
    for (let seed = 1; seed <= 3; seed += 1) {
      const traffic = { profile: profileOf(declared, defaultTraffic), size: defaultTraffic, seed, weather: calm };
      const found = judged({ ...traffic, isEven: true }, () => healthy(truth, defaultTraffic, seed * 50));
      assert.notEqual(found.status, 'fail', `${truth} declared ${declared}, seed ${seed}: ${found.summary}`);
      told.push(found.summary);
      const twice = judged(traffic, () => healthyLimiters[truth](2 * limit, windowMs, 2 * limit, 370));
      assert.equal(twice.status, 'fail', twice.summary);
    }
    assert.match(told.join('\n'), new RegExp(`declare limiter.kind as "${truth}"`));
  }
});

test('a penalty time as long as the window: not accused, and told from a limiter that counts what it refuses', () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const traffic = { profile: profileOf('sliding', size), size, seed, weather: calm, isEven: true };
    const found = judged(traffic, () => penalized(sliding(limit), windowMs, false));
    assert.equal(found.status, 'inconclusive', `seed ${seed}: ${told(found)}`);
    assert.match(found.summary, /a penalty time of about 1000 ms/);
    assert.equal(judged(traffic, () => countsRefusals(limit, windowMs)).status, 'fail');
  }
});

const limits = (declared: Partial<DeclaredLimiter>): TargetProfile => {
  const profile = profileOf('sliding', size);
  return { ...profile, limiter: { ...profile.limiter, ...declared } as DeclaredLimiter };
};
const perMinute = { kind: 'sliding', limit: 40, windowMs: 60_000, burst: null, scope: 'webhook' } as const;

/** What is declared, and what is wrong with the server. */
const broken: readonly (readonly [string, TargetProfile, (random: () => number) => SimulatedLimiter, RegExp])[] = [
  [
    'weighted of one more',
    limits({ kind: 'weighted' }),
    () => healthyLimiters.weighted(limit + 1, windowMs, limit + 1, 370),
    /one more than the limit|more than its bound|check-then-add/,
  ],
  [
    'weighted, two workers',
    limits({ kind: 'weighted' }),
    (random) => perWorker(() => healthyLimiters.weighted(limit, windowMs, limit, 370), 2, random),
    /2 × the limit: the sign of state per worker/,
  ],
  [
    'a bucket twice as large as declared',
    limits({ kind: 'token-bucket', burst: 12 }),
    () => healthyLimiters['token-bucket'](limit, windowMs, 24, 370),
    /larger bucket/,
  ],
  [
    'weighted with a race',
    limits({ kind: 'weighted' }),
    () => racy(healthyLimiters.weighted(limit, windowMs, limit, 370), 0.6),
    /race|more than its bound|larger limit/,
  ],
  [
    'stepped of one more',
    limits({ kind: 'stepped-bucket', burst: limit }),
    () => healthyLimiters['stepped-bucket'](limit, windowMs, limit + 1, 370),
    /one more than the limit|more than its bound|check-then-add/,
  ],
  [
    'stepped, two workers',
    limits({ kind: 'stepped-bucket', burst: limit }),
    (random) => perWorker(() => healthyLimiters['stepped-bucket'](limit, windowMs, limit, 370), 2, random),
    /state per worker|more than its bound/,
  ],
  ['without its further limit', limits({ further: [perMinute] }), () => sliding(limit), /limit of 40 per 60 s/],
  [
    'a further limit of one more',
    limits({ further: [perMinute] }),
    () => several([sliding(limit), sliding(41, 60_000)], 'together'),
    /limit of 40 per 60 s/,
  ],
  [
    'a further limit per worker',
    limits({ further: [perMinute] }),
    (random) => several([sliding(limit), perWorker(() => sliding(40, 60_000), 2, random)], 'in turn'),
    /limit of 40 per 60 s/,
  ],
  ['without its penalty time', limits({ penaltyMs: 3000 }), () => sliding(limit), /penalty time/],
  [
    'a further limit that is stricter',
    limits({ further: [perMinute] }),
    () => several([sliding(limit), sliding(20, 60_000)], 'together'),
    /throttle|stricter|about 20/,
  ],
  ['counts refusals', limits({ further: [perMinute] }), () => countsRefusals(limit, windowMs), /throttle/],
];

test('each broken limiter of the new kinds is not passed, and what is proven fails by name', () => {
  for (const [name, profile, make, words] of broken) {
    for (let seed = 1; seed <= 2; seed += 1) {
      const isWeighted = profile.limiter.kind === 'weighted';
      const traffic = isWeighted ? { ...size, burstGap: 2.2 } : size;
      const found = judged({ profile, size: traffic, seed, weather: calm, isEven: true }, make);
      const isOther = /stricter$/.test(name);
      assert.equal(found.status, isOther ? 'inconclusive' : 'fail', `${name}, seed ${seed}: ${told(found)}`);
      assert.match(found.summary, words, name);
    }
  }
});

/** The healthy twins: one as declared of each. */
const twins: readonly DeclaredLimiter[] = [
  limits({ further: [perMinute] }),
  limits({ further: [{ ...perMinute, kind: 'fixed' }] }),
  limits({ further: [{ ...perMinute, kind: 'token-bucket', burst: 30 }] }),
  limits({ penaltyMs: 3000 }),
  limits({ penaltyMs: 3000, penaltyProlonged: true }),
  limits({ further: [{ ...perMinute, kind: 'concurrent', limit: 5, windowMs: 200 }] }),
].map(({ limiter }) => limiter as DeclaredLimiter);

test('their healthy twins pass, and are never accused in any weather', () => {
  for (const [n, limiter] of twins.entries()) {
    const profile = limits(limiter);
    for (let seed = 1; seed <= 4; seed += 1) {
      const random = seeded(seed * 17 + n);
      const weather = seed % 2 === 0 ? anyWeather(random, 8_000, seed % 4 === 0) : calm;
      const phaseMs = random() * windowMs;
      // As the plan does: a penalty time that each refusal begins anew ends only in a longer quiet.
      const traffic = limiter.penaltyProlonged === true ? { ...size, burstGap: 4.5 } : size;
      const found = judged({ profile, size: traffic, seed, weather }, () => healthyOf(limiter, phaseMs));
      const text = `${JSON.stringify(limiter)}, seed ${seed}: ${told(found)}`;
      if (weather === calm) assert.equal(found.status, 'pass', text);
      else assert.match(found.status, /^(pass|inconclusive)$/, text);
    }
  }
});
