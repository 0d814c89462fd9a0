import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { judged, judgedHeaders, profileOf } from '../fixtures/limiter-judgement.ts';
import { anyWeather, calm, lightTraffic, type Weather } from '../fixtures/limiter-traffic.ts';
import { seeded } from '../fixtures/random.ts';
import { simulations } from '../fixtures/simulations.ts';
import { type Style, styles, telling, tellingLimiters, tellingPenalty } from '../fixtures/telling-limiters.ts';

const traffic = { ...lightTraffic, steadyMs: 8000 };
const size = { n: traffic.limit, windowMs: traffic.windowMs, phaseMs: 370 };
const penaltyMs = 1500;

/** Words of a warning about headers. */
const accusation = /Retry-After is (?!well-formed)|RateLimit headers (are|say|tell)/;

interface Given {
  readonly declared?: Partial<DeclaredLimiter>;
  readonly seed?: number;
  readonly weather?: Weather;
}

/** What is found of headers in a style, of a sliding window with the penalty time that is declared. */
function foundIn(style: Style, { declared = {}, seed = 1, weather = calm }: Given = {}): string {
  const sliding = profileOf('sliding', traffic);
  assert.ok(sliding.limiter.kind !== 'none');
  const profile: TargetProfile = { ...sliding, limiter: { ...sliding.limiter, ...declared } };
  const { penaltyMs: lastsMs, penaltyProlonged = false } = declared;
  return judgedHeaders({ profile, size: traffic, seed, weather }, () => {
    const limiter = tellingLimiters.sliding(size);
    return telling(lastsMs === undefined ? limiter : tellingPenalty(limiter, lastsMs, penaltyProlonged), size, style);
  });
}

const seconds = (ms: number): number => Math.ceil(ms / 1000);
const retry = (admitted: boolean, ms: number) => (admitted ? {} : { 'Retry-After': String(Math.max(1, seconds(ms))) });

test('what is said of several limits that no policy names is held against none', () => {
  for (const policy of [{}, { 'RateLimit-Policy': `"daily";q=1000;w=86400, "burst";q=${size.n};w=1` }]) {
    const found = foundIn({
      name: 'two limits',
      headers: ({ admitted, remaining, resetMs }) => ({
        ...retry(admitted, resetMs),
        ...policy,
        RateLimit: `"per second";r=${remaining};t=${seconds(resetMs)}, "per day";r=950;t=50000`,
      }),
    });
    assert.doesNotMatch(found, accusation);
    assert.match(
      found,
      /RateLimit \(drafts 8 to 10\): well-formed in (\d+) of \1 answers; not compared in \1: they tell of several limits, and no RateLimit-Policy says by name which/,
    );
  }
});

test('what is said of one of several declared limits is not compared, and the report says so', () => {
  const [honest] = styles;
  assert.ok(honest !== undefined);
  const further: DeclaredLimiter['further'] = [
    { kind: 'sliding', limit: 100_000, windowMs: 3_600_000, burst: null, scope: 'webhook' },
  ];
  assert.match(
    foundIn(honest, { declared: { further } }),
    /well-formed in (\d+) of \1 answers; not compared in \1: another limit may refuse/,
  );
});

test('a wait that fits as milliseconds alone is read so, and one that fits in no unit is too long', () => {
  const saying = (reset: (ms: number) => number): Style => ({
    name: 'a wait',
    headers: ({ admitted, remaining, resetMs }) => ({
      ...retry(admitted, resetMs),
      'X-RateLimit-Limit': String(size.n),
      'X-RateLimit-Remaining': String(remaining),
      'X-RateLimit-Reset': String(Math.ceil(reset(resetMs))),
    }),
  });
  const right = foundIn(saying((ms) => ms));
  assert.doesNotMatch(right, accusation);
  assert.match(right, /not contradicted in (\d+) of \1 answers; "X-.*X-RateLimit-Reset: \d+" looks like milliseconds/);
  assert.match(foundIn(saying((ms) => ms + 60_000)), /too long a reset/);
  assert.match(foundIn(saying(() => 5)), /too short a reset/);
});

// SIMULATIONS=10000 makes more.
test('with a penalty time declared, healthy headers of every style are compared and not accused', () => {
  const random = seeded(11);
  const traces = simulations(60);
  for (let trace = 0; trace < traces; trace += 1) {
    const style = styles[trace % styles.length];
    assert.ok(style !== undefined);
    const weather = trace < styles.length ? calm : anyWeather(random, 9000, true);
    const declared = { penaltyMs, penaltyProlonged: random() < 0.5 };
    const found = foundIn(style, { declared, weather, seed: trace + 1 });
    assert.doesNotMatch(
      found,
      accusation,
      `trace ${trace}: ${style.name}, ${JSON.stringify({ ...declared, weather })}`,
    );
    assert.match(found, /Rate-?Limit.*: well-formed and not contradicted in \d+ of \d+ answers/, style.name);
  }
});

test('with a penalty time declared, headers that promise what it breaks are found', () => {
  const spoiled: Style = {
    name: 'always full, and at once',
    headers: ({ admitted, resetMs }) => ({
      ...retry(admitted, resetMs),
      'RateLimit-Limit': String(size.n),
      'RateLimit-Remaining': admitted ? String(size.n) : '0',
      'RateLimit-Reset': admitted ? '1' : '0',
    }),
  };
  const found = foundIn(spoiled, { declared: { penaltyMs } });
  assert.match(found, /more remains than does/);
  assert.match(found, /too short a reset/);
});

test('in a penalty time the reset of a quota that is not spent is no promise', () => {
  const ofQuota: Style = {
    name: 'of the quota alone',
    headers: ({ admitted, remaining, resetMs }) => ({
      ...retry(admitted, resetMs),
      'X-RateLimit-Remaining': String(admitted ? remaining : 1),
      'X-RateLimit-Reset': '1',
    }),
  };
  assert.doesNotMatch(foundIn(ofQuota, { declared: { penaltyMs } }), accusation);
});

test('a penalty time that explains the run and that nobody declared holds no header against its answers', () => {
  const declared = profileOf('sliding', traffic);
  const ofWindow: Style = {
    name: 'of the window alone',
    headers: ({ admitted, remaining, resetMs }) => ({
      ...retry(admitted, resetMs),
      'RateLimit-Limit': String(size.n),
      'RateLimit-Remaining': String(remaining),
      'RateLimit-Reset': '1',
    }),
  };
  const { summary, parts = [] } = judged(
    { profile: declared, size: traffic, seed: 1, weather: calm, isEven: true },
    () => telling(tellingPenalty(tellingLimiters.sliding(size), 3000, false), size, ofWindow),
  );
  assert.match(summary, /a penalty time of about 3000 ms/);
  assert.match(parts.map((part) => part.summary).join('\n'), /not compared in \d+: its penalty time is not declared/);
  assert.doesNotMatch(parts.map((part) => part.summary).join('\n'), accusation);
});
