import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JudgedPart } from '../../analysis/rules/rule.ts';
import { judged, profileOf } from '../fixtures/limiter-judgement.ts';
import { calm, lightTraffic } from '../fixtures/limiter-traffic.ts';
import { perWorker, type SimulatedLimiter } from '../fixtures/limiters.ts';
import { type Style, styles, telling, tellingLimiters } from '../fixtures/telling-limiters.ts';

const size = { ...lightTraffic, steadyMs: 8000 };
const numbers = { n: size.limit, windowMs: size.windowMs, phaseMs: 370 };
const honest = styles.find(({ name }) => name === 'draft 7');
assert.ok(honest !== undefined);

const alwaysFull: Style = {
  name: 'always full',
  headers: () => ({ RateLimit: `limit=${size.limit}, remaining=${size.limit}, reset=1`, 'Retry-After': '1' }),
};

const says = (style: Style): SimulatedLimiter => telling(tellingLimiters.sliding(numbers), numbers, style);

function quotaPart(make: (random: () => number) => SimulatedLimiter): JudgedPart {
  const traffic = { profile: profileOf('sliding', size), size, seed: 1, weather: calm, isEven: true };
  const part = judged(traffic, make).parts?.find(({ summary }) => /RateLimit/.test(summary));
  assert.ok(part !== undefined);
  return part;
}

test('what each of several counts says of itself is no wrong header: the limit is what is broken', () => {
  const { status, summary } = quotaPart((random) => perWorker(() => says(honest), 2, random));
  assert.match(summary, /more remains than does in .*; the limit is not kept, which may be why: make it hold, and run/);
  assert.equal(status, 'inconclusive', summary);
});

test('of one count that is kept, what is said wrongly is a warning, and what is right is none', () => {
  assert.equal(quotaPart(() => says(honest)).status, 'pass');
  const { status, summary } = quotaPart(() => says(alwaysFull));
  assert.equal(status, 'warn', summary);
  assert.doesNotMatch(summary, /not kept/);
});
