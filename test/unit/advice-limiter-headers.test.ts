import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeaderSet } from '../../analysis/journal/header-sets.ts';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { assertAdvice, toldOf } from '../fixtures/advice.ts';
import { judged, profileOf } from '../fixtures/limiter-judgement.ts';
import { calm, lightTraffic } from '../fixtures/limiter-traffic.ts';
import { type Style, styles, type Told, telling, tellingLimiters } from '../fixtures/telling-limiters.ts';

const traffic = { ...lightTraffic, steadyMs: 8000 };
const n = traffic.limit;
const size = { n, windowMs: traffic.windowMs, phaseMs: 370 };

/** Headers in the form of draft 7, changed by what is wrong with them. */
function found(
  change: (all: HeaderSet, told: Told) => HeaderSet,
  declared: Partial<DeclaredLimiter> = {},
  name = 'draft 7',
): Judgement {
  const style = styles.find((one) => one.name === name);
  assert.ok(style !== undefined);
  const changed: Style = { name, headers: (told, ...rest) => change(style.headers(told, ...rest), told) };
  const profile = profileOf('sliding', traffic);
  const { limiter } = profile;
  assert.ok(limiter.kind !== 'none');
  return judged(
    {
      ...{ profile: { ...profile, limiter: { ...limiter, ...declared } } },
      ...{ size: traffic, seed: 1, weather: calm, isEven: true },
    },
    () => telling(tellingLimiters.sliding(size), size, changed),
  );
}

const onRefusal =
  (headers: HeaderSet) =>
  (all: HeaderSet, { admitted }: Told): HeaderSet =>
    admitted ? all : { ...all, ...headers };

test('what is wrong with headers decides which advice is said, and no other is', () => {
  const cases: readonly (readonly [string, Judgement, RegExp, RegExp])[] = [
    [
      'no Retry-After',
      found(({ 'Retry-After': _, ...all }) => all),
      /^Retry-After: send it with each refusal/,
      /RateLimit|rounded/,
    ],
    [
      'Retry-After of no number',
      found(onRefusal({ 'Retry-After': 'soon' })),
      /^Retry-After: the seconds until .* rounded up, or an HTTP date/,
      /RateLimit|send it/,
    ],
    [
      'Retry-After in milliseconds',
      found(onRefusal({ 'Retry-After': '1000' })),
      /^Retry-After: the seconds until/,
      /RateLimit|send it/,
    ],
    [
      'promised, and missing',
      found(({ RateLimit: _, 'RateLimit-Policy': __, ...all }) => all, { rateLimitHeaders: true }),
      /^RateLimit headers: send them with each answer/,
      /Retry-After|atomic|reset/,
    ],
    [
      'malformed',
      found((all) => ({ ...all, 'X-RateLimit-Remaining': 'undefined' }), {}, 'X-RateLimit with a wait'),
      /^RateLimit headers: whole numbers/,
      /Retry-After|atomic|send them/,
    ],
    [
      'another limit',
      found((all) => ({ ...all, 'X-RateLimit-Limit': String(2 * n) }), {}, 'X-RateLimit with a wait'),
      /^RateLimit headers: tell the limit that decides on this route/,
      /Retry-After|atomic|reset|draft/,
    ],
    [
      'always full',
      found((all) => ({ ...all, RateLimit: `limit=${n}, remaining=${n}, reset=1` })),
      /^RateLimit headers: what remains is worked out in the same atomic step/,
      /Retry-After|reset|draft|route/,
    ],
    [
      'an hour too late',
      found((all, { remaining }) => ({ ...all, RateLimit: `limit=${n}, remaining=${remaining}, reset=3600` })),
      /^RateLimit headers: the reset is when more is admitted again/,
      /Retry-After|atomic|draft|route/,
    ],
    [
      'now',
      found((all, { remaining }) => ({ ...all, RateLimit: `limit=${n}, remaining=${remaining}, reset=0` })),
      /^RateLimit headers: the reset is when more is admitted again/,
      /Retry-After|atomic|draft|route/,
    ],
  ];
  for (const [name, judgement, first, never] of cases) {
    assert.equal(judgement.status, 'warn', `${name}: ${judgement.summary}`);
    assertAdvice(rateLimiter, judgement, { first, never });
  }
  assert.deepEqual(
    toldOf(
      rateLimiter,
      found((all) => all),
    ),
    [],
  );
});

test('of several wrong headers each has its advice', () => {
  const full = (all: HeaderSet): HeaderSet => ({ ...all, RateLimit: `limit=${n}, remaining=${n}, reset=3600` });
  const both = found((all, told) => full(onRefusal({ 'Retry-After': '1000' })(all, told)));
  assert.deepEqual(
    toldOf(rateLimiter, both).map((line) => line.slice(0, 28)),
    ['Retry-After: the seconds unt', 'RateLimit headers: what rema', 'RateLimit headers: the reset'],
  );
});
