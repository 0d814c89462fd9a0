import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeaderSet } from '../../analysis/journal/header-sets.ts';
import { judged, judgedHeaders, profileOf } from '../fixtures/limiter-judgement.ts';
import { anyWeather, calm, lightTraffic, type Weather } from '../fixtures/limiter-traffic.ts';
import { seeded } from '../fixtures/random.ts';
import { simulations } from '../fixtures/simulations.ts';
import {
  type Style,
  styles,
  type TellingKind,
  type Told,
  telling,
  tellingLimiters,
} from '../fixtures/telling-limiters.ts';

/** Long enough that no single step of the clock explains what is wrong all the time. */
const traffic = { ...lightTraffic, steadyMs: 8000 };
const size = { n: traffic.limit, windowMs: traffic.windowMs, phaseMs: 370 };
const kinds = Object.keys(tellingLimiters) as readonly TellingKind[];

/** Words of a warning about headers; any other judgement of the limiter is not looked at here. */
const accusation = /Retry-After is (?!well-formed)|RateLimit headers (are|say|tell)/;

/** What is found of headers in a style, healthy or with what breaks it. */
function foundIn(
  kind: TellingKind | 'unknown',
  style: Style,
  { seed = 1, weather = calm }: { seed?: number; weather?: Weather } = {},
): string {
  return judgedHeaders({ profile: profileOf(kind, traffic), size: traffic, seed, weather }, (random) => {
    const phased = { ...size, phaseMs: Math.floor(random() * traffic.windowMs) };
    const make = tellingLimiters[kind === 'unknown' ? 'weighted' : kind];
    return telling(make(phased), phased, style);
  });
}

test('healthy headers of every style and kind are well-formed and not contradicted', () => {
  for (const kind of [...kinds, 'unknown'] as const) {
    for (const style of styles) {
      const text = foundIn(kind, style);
      assert.doesNotMatch(text, accusation, `${kind}, ${style.name}`);
      assert.match(
        text,
        /Rate-?Limit.*: well-formed and not contradicted in \d+ of \d+ answers/,
        `${kind}, ${style.name}`,
      );
      assert.match(text, /Retry-After is well-formed and not contradicted/, `${kind}, ${style.name}`);
    }
  }
});

// TRACES=10000 is what docs/evidence/limiter.md tells of.
test('whatever the way, the stalls and the clock do, healthy headers are not accused', () => {
  const random = seeded(2026);
  const traces = simulations(120);
  for (let trace = 0; trace < traces; trace += 1) {
    const kind = [...kinds, 'unknown' as const][trace % (kinds.length + 1)] ?? 'sliding';
    const style = styles[Math.floor(random() * styles.length)] ?? styles[0];
    assert.ok(style !== undefined);
    const weather = anyWeather(random, 9000, true);
    const text = foundIn(kind, style, { seed: trace + 1, weather });
    assert.doesNotMatch(text, accusation, `trace ${trace}: ${kind}, ${style.name}, ${JSON.stringify(weather)}`);
  }
});

/** A style whose answers are changed after the limiter. */
function broken(name: string, change: (headers: HeaderSet, told: Told) => HeaderSet): Style {
  const healthy = styles.find((style) => style.name === name);
  assert.ok(healthy !== undefined, name);
  return { name, headers: (told, of, wallMs) => change(healthy.headers(told, of, wallMs), told) };
}

const n = traffic.limit;
const legacy = 'X-RateLimit with a wait';
const legacyTime = 'X-RateLimit with a time, rounded up, and a Date of now';

/** As of a busy server that seldom renews its Date. */
function staleDate(lateMs: number): Style {
  const healthy = styles.find(({ name }) => name === legacyTime);
  assert.ok(healthy !== undefined);
  return {
    name: `a Date that is up to 5 s old, a reset ${lateMs} ms too late`,
    headers(told, of, wallMs) {
      const date = new Date(Math.floor(wallMs / 5000) * 5000).toUTCString();
      const all = healthy.headers(told, of, wallMs);
      return { ...all, 'X-RateLimit-Reset': String(Number(all['X-RateLimit-Reset']) + lateMs / 1000), Date: date };
    },
  };
}

test('a Date that is older than its answer makes no reset too long, and hides none that is', () => {
  for (const kind of ['sliding', 'fixed', 'token-bucket'] as const) {
    for (let seed = 1; seed <= 5; seed += 1) {
      assert.doesNotMatch(foundIn(kind, staleDate(0), { seed }), accusation, `${kind}, seed ${seed}`);
      const late = foundIn(kind, staleDate(6000), { seed });
      assert.match(late, /too long a reset in .*: a reset in [\d.]+ m?s by the server's Date/, `${kind}, seed ${seed}`);
    }
  }
});

const wrong: readonly (readonly [string, Style, RegExp])[] = [
  [
    'remaining is always full',
    broken('draft 7', (all) => ({ ...all, RateLimit: `limit=${n}, remaining=${n}, reset=1` })),
    /more remains than does/,
  ],
  [
    'remaining is always spent',
    broken('draft 7', (all) => ({ ...all, RateLimit: `limit=${n}, remaining=0, reset=1` })),
    /less remains than does/,
  ],
  [
    'remaining is before the request',
    broken(legacy, (all, { remaining, admitted }) => ({
      ...all,
      'X-RateLimit-Remaining': String(remaining + (admitted ? 1 : 0)),
    })),
    /more remains than does/,
  ],
  [
    'remaining is one too few',
    broken(legacy, (all, { remaining }) => ({ ...all, 'X-RateLimit-Remaining': String(Math.max(0, remaining - 1)) })),
    /less remains than does/,
  ],
  [
    'a refusal says that one remains',
    broken('draft 8', (all, { admitted }) => (admitted ? all : { ...all, RateLimit: `"${n}-in-1sec";r=1;t=1` })),
    /more remains than does/,
  ],
  ['the reset is always now', broken('draft 6', (all) => ({ ...all, 'RateLimit-Reset': '0' })), /too short a reset/],
  [
    'the reset is in milliseconds',
    broken('draft 6', (all) => ({ ...all, 'RateLimit-Reset': '1000' })),
    /too long a reset/,
  ],
  [
    'the reset of a draft is a time',
    broken('draft 6', (all) => ({ ...all, 'RateLimit-Reset': '1764075600' })),
    /malformed.*is a time/,
  ],
  [
    'the reset is an hour away',
    broken(legacyTime, (all) => ({ ...all, 'X-RateLimit-Reset': String(Number(all['X-RateLimit-Reset']) + 3600) })),
    /too long a reset/,
  ],
  [
    'the reset has passed',
    broken(legacyTime, (all) => ({ ...all, 'X-RateLimit-Reset': String(Number(all['X-RateLimit-Reset']) - 3600) })),
    /too short a reset/,
  ],
  [
    'the limit is twice as high',
    broken('draft 8', (_, { remaining }) => ({
      'RateLimit-Policy': `"a";q=${2 * n};w=1`,
      RateLimit: `"a";r=${remaining + n};t=1`,
    })),
    /another limit than 4/,
  ],
  [
    'the limit is twice as high, and has no window',
    broken(legacy, (all) => ({ ...all, 'X-RateLimit-Limit': String(2 * n) })),
    /another limit than 4/,
  ],
  [
    'what remains is no number',
    broken(legacy, (all) => ({ ...all, 'X-RateLimit-Remaining': 'undefined' })),
    /malformed.*is no whole number/,
  ],
  [
    'Retry-After is a time',
    broken(legacy, (all, { admitted }) => (admitted ? all : { ...all, 'Retry-After': '1764075600' })),
    /Retry-After is malformed in (\d+) of \1 throttled requests: "Retry-After: 1764075600" is a time, not seconds; RFC 9110/,
  ],
  [
    'Retry-After is in milliseconds',
    broken(legacy, (all, { admitted }) => (admitted ? all : { ...all, 'Retry-After': '1000' })),
    /Retry-After is wrong: up to 16\.67 min.*looks like milliseconds/,
  ],
  [
    'Retry-After is missing',
    broken(legacy, ({ 'Retry-After': _, ...all }) => all),
    /Retry-After is missing in (\d+) of \1/,
  ],
  [
    'Retry-After is a date long ago',
    broken(legacy, (all, { admitted }) =>
      admitted
        ? all
        : { ...all, 'Retry-After': 'Wed, 25 Nov 2020 12:00:00 GMT', Date: 'Wed, 25 Nov 2026 12:00:00 GMT' },
    ),
    /Retry-After is wrong: too short/,
  ],
];

for (const [name, style, words] of wrong) {
  test(`wrong headers are named: ${name}`, () => {
    assert.match(foundIn('sliding', style), words);
  });
}

test('a wrong header warns, and never fails', () => {
  const [, style] = wrong[0] ?? [];
  assert.ok(style !== undefined);
  const judgement = judged({ profile: profileOf('sliding', traffic), size: traffic, seed: 1, weather: calm }, () =>
    telling(tellingLimiters.sliding(size), size, style),
  );
  assert.equal(judgement.status, 'warn');
  assert.match(judgement.summary, /more remains than does/);
  assert.ok(judgement.measures?.some(({ name, value }) => name === 'remaining-too-high' && value > 0));
});

test('headers that are promised and missing are told apart from those that are not promised', () => {
  const none: Style = { name: 'none', headers: ({ admitted }) => (admitted ? {} : { 'Retry-After': '1' }) };
  assert.doesNotMatch(foundIn('sliding', none), /RateLimit/);
  const profile = profileOf('sliding', traffic);
  assert.ok(profile.limiter.kind !== 'none');
  const promising = { ...profile, limiter: { ...profile.limiter, rateLimitHeaders: true } };
  const found = judgedHeaders({ profile: promising, size: traffic, seed: 1, weather: calm }, () =>
    telling(tellingLimiters.sliding(size), size, none),
  );
  assert.match(found, /RateLimit headers are missing in (\d+) of \1 answers/);
});
