import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { judged, profileOf } from '../fixtures/limiter-judgement.ts';
import { anyWeather, type TrafficSize } from '../fixtures/limiter-traffic.ts';
import { healthyLimiters, type SimulatedLimiter } from '../fixtures/limiters.ts';
import { seeded } from '../fixtures/random.ts';
import { simulations } from '../fixtures/simulations.ts';
import { kinds, told } from '../fixtures/undeclared-kinds.ts';

const size: TrafficSize = {
  ...{ limit: 10, windowMs: 1000, steadyMs: 4000 },
  ...{ boundaryWebhooks: 10, boundaries: 10, burstWebhooks: 10, bursts: 25 },
};
const { limit, windowMs } = size;
const profile = profileOf('sliding', size);

test('one more than the limit is no weighted counter, however long the ways are', () => {
  // Its ways are a third of the window.
  const short = { ...size, windowMs: 500 };
  for (let seed = 1; seed <= 10; seed += 1) {
    const weather = { wayMs: 150, stallAtMs: null, step: null, lost: 0 };
    const traffic = { profile: profileOf('sliding', short), size: short, seed, weather, isEven: true };
    const found = judged(traffic, () => healthyLimiters.sliding(limit + 1, short.windowMs, limit + 1, 0));
    assert.equal(found.status, 'fail', `seed ${seed}: ${told(found)}`);
    assert.match(found.summary, /one more than the limit/);
  }
});

function withCount(): SimulatedLimiter {
  let counter: SimulatedLimiter | null = null;
  return (wallMs, looks) => {
    counter ??= healthyLimiters.weighted(limit, windowMs, limit, windowMs - (wallMs % windowMs));
    return counter(wallMs, looks);
  };
}

type Draw = (random: () => number) => () => SimulatedLimiter;

const drawn = (name: string): Draw => {
  const kind = kinds.find((each) => each.name === name);
  if (kind === undefined) throw new Error(`no kind is called ${name}`);
  return (random) => kind.draw(random, limit);
};

const counters: Readonly<Record<string, Draw>> = {
  'on the clock': (random) => {
    const phaseMs = random() * windowMs;
    return () => healthyLimiters.weighted(limit, windowMs, limit, phaseMs);
  },
  'with the first request of a count': () => withCount,
  'with the first request after a rest': drawn('weighted from the first hit'),
};

const traces = simulations(10);

test(`of given webhooks nobody saw the first request: accused in none of ${traces} traces; one more than the limit is`, () => {
  const given: TargetProfile = { ...profile, provisioning: { kind: 'given' } };
  for (let seed = 1; seed <= traces; seed += 1) {
    const random = seeded(seed * 17);
    const weather = anyWeather(random, 7_000, false);
    const own = () => healthyLimiters.weighted(limit, windowMs, limit, random() * windowMs);
    const found = judged({ profile: given, size, seed, weather, isEven: true }, own);
    assert.notEqual(found.status, 'fail', `seed ${seed}, ${JSON.stringify(weather)}: ${told(found)}`);
    const calm = { wayMs: 5, stallAtMs: null, step: null, lost: 0 };
    const one = () => healthyLimiters.sliding(limit + 1, windowMs, limit + 1, 0);
    assert.equal(judged({ profile: given, size, seed, weather: calm, isEven: true }, one).status, 'fail');
  }
});

for (const [begins, draw] of Object.entries(counters)) {
  test(`a weighted counter whose windows begin ${begins}, declared as sliding: accused in none of ${traces} traces`, () => {
    for (let seed = 1; seed <= traces; seed += 1) {
      const random = seeded(seed * 31);
      const weather = anyWeather(random, 7_000, false);
      const found = judged({ profile, size, seed, weather, isEven: true }, draw(random));
      assert.notEqual(found.status, 'fail', `seed ${seed}, ${JSON.stringify(weather)}: ${told(found)}`);
    }
  });
}
