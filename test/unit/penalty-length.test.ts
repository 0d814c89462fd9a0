import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import type { Sizes } from '../../contract/plan/sizes.ts';
import type { DeclaredLimiter, LimiterKind } from '../../contract/profile/profile.ts';
import { assertAdvice } from '../fixtures/advice.ts';
import { judged as judgedTraffic } from '../fixtures/limiter-judgement.ts';
import { calm, defaultTraffic } from '../fixtures/limiter-traffic.ts';
import {
  type HealthyKind,
  healthyLimiters,
  healthyOf,
  penalized,
  type SimulatedLimiter,
} from '../fixtures/limiters.ts';
import { simulatedRun } from '../fixtures/simulated-run.ts';
import { limitedBy, sizesWith } from './plan-cases.ts';

// A run of rate-limit as it is planned, against limiters that block for another time than is declared. Polls are 50 ms apart.

const declaredMs = 3000;
const defaultSizes = sizesWith();
/** So short that little is left to tell kinds apart. */
const shortSizes = sizesWith({ RATE_LIMIT_BURSTS: '10', RATE_LIMIT_OFFSETS: '5', RATE_LIMIT_PROBE_SECONDS: '3' });

interface Given {
  readonly declared?: Partial<DeclaredLimiter>;
  readonly seed?: number;
  readonly sizes?: Sizes;
  readonly givenWebhooks?: number;
  readonly retryAfter?: (ms: number) => number;
}

function judged(
  make: () => SimulatedLimiter,
  { declared = {}, seed = 3, sizes = defaultSizes, givenWebhooks = 0, retryAfter = (ms) => ms }: Given = {},
): Judgement {
  const base = limitedBy({ penaltyMs: declaredMs, ...declared });
  const monitoring = { health: null, redis: null, database: null, metrics: null, collect: null };
  const makeLimiter = (): SimulatedLimiter => {
    const limiter = make();
    return (wallMs, looks) => {
      const { retryAfterMs, ...answer } = limiter(wallMs, looks);
      return retryAfterMs === undefined ? answer : { ...answer, retryAfterMs: retryAfter(retryAfterMs) };
    };
  };
  const run = simulatedRun(['rate-limit'], {
    ...{ profile: { ...base, monitoring }, sizes, givenWebhooks, seed, makeLimiter },
  });
  return rateLimiter.judge({ ...run, manifest: { ...run.manifest, clockMovedUs: 0 } });
}

const limiterOf = (kind: HealthyKind = 'sliding', limit = 10): SimulatedLimiter =>
  healthyLimiters[kind](limit, 1000, limit, 370);
const blocking = (ms: number, kind: HealthyKind = 'sliding'): SimulatedLimiter => penalized(limiterOf(kind), ms, false);
const prolonged = (ms: number): SimulatedLimiter => penalized(limiterOf(), ms, true);

const told =
  /its penalty time is (longer|shorter) than declared: it blocks for (\d+) to (\d+) ms from the first refusal on; 3000 ms are declared \(\d+ requests? (throttled when|admitted before) it was over\)$/;

/** Two polls are so far apart, and an answer takes some milliseconds. */
const maxUnknownMs = 100;

function assertMeasured(found: Judgement, actualMs: number): void {
  assert.equal(found.status, 'fail', found.summary);
  const [, word, from, to] = told.exec(found.summary) ?? [];
  assert.equal(word, actualMs > declaredMs ? 'longer' : 'shorter', found.summary);
  assert.ok(Number(from) <= actualMs && actualMs <= Number(to), found.summary);
  assert.ok(Number(to) - Number(from) <= maxUnknownMs, found.summary);
  const measure = found.measures?.find(({ name }) => name === 'penalty-time');
  assert.deepEqual([measure?.low, measure?.high, measure?.threshold], [Number(from), Number(to), declaredMs]);
}

const kinds: readonly (HealthyKind & LimiterKind)[] = [
  'sliding',
  'fixed',
  'fixed-from-first-hit',
  'token-bucket',
  'weighted',
];

test('a block that lasts longer or shorter than declared is a fault, told with its measured length', () => {
  for (const [seed, actualMs] of [1500, 2600, 3400, 4500].entries()) {
    const found = judged(() => blocking(actualMs), { seed });
    assertMeasured(found, actualMs);
  }
  for (const kind of kinds) {
    const declared = { kind, burst: kind === 'token-bucket' ? 10 : null };
    const found = judged(() => blocking(4500, kind), { declared });
    assertMeasured(found, 4500);
  }
});

/** Keeps its penalty time by a clock of whole seconds, or of other ticks: until that of the refusal and so many, or through it. */
function blockingByTicks(ticks: number, { isThrough = false, tickMs = 1000 } = {}): SimulatedLimiter {
  const inner = limiterOf();
  let untilTick = Number.NEGATIVE_INFINITY;
  const refusal = (tick: number) => {
    const leftMs = (untilTick + (isThrough ? 1 : 0) - tick) * tickMs;
    return { admitted: false, retryAfterMs: Math.ceil(leftMs / 1000) * 1000 };
  };
  return (wallMs, looks = false) => {
    const tick = Math.floor(wallMs / tickMs);
    if (isThrough ? tick <= untilTick : tick < untilTick) return refusal(tick);
    const answer = inner(wallMs, looks);
    if (answer.admitted || looks) return answer;
    untilTick = tick + ticks;
    return refusal(tick);
  };
}

test('a block by a clock of whole seconds may be up to a second shorter, or longer, than declared', () => {
  for (const isThrough of [false, true]) {
    for (let seed = 1; seed <= 4; seed += 1) {
      for (const givenWebhooks of [0, 30]) {
        const found = judged(() => blockingByTicks(3, { isThrough }), { seed, givenWebhooks });
        assert.equal(found.status, 'pass', `${isThrough}, seed ${seed}: ${found.summary}`);
      }
    }
  }
});

test('beyond that it is strict: another length by such a clock, coarser ticks, fractions of a second', () => {
  const wrong: Readonly<Record<string, () => Judgement>> = {
    'two seconds, or less': () => judged(() => blockingByTicks(2)),
    'four seconds, or more': () => judged(() => blockingByTicks(4, { isThrough: true })),
    'five seconds': () => judged(() => blockingByTicks(5)),
    'ticks of 1.5 s': () => judged(() => blockingByTicks(2, { tickMs: 1500 })),
    'a promise in fractions': () => judged(() => blockingByTicks(3), { retryAfter: (ms) => ms - 400 }),
  };
  for (const [name, judge] of Object.entries(wrong)) assert.equal(judge().status, 'fail', name);
});

test('so it is on given webhooks, where a block may have begun before the run, and one that is as long as declared passes', () => {
  for (const actualMs of [2000, 4500]) {
    const found = judged(() => blocking(actualMs), { givenWebhooks: 30 });
    assertMeasured(found, actualMs);
  }
  assert.equal(judged(() => blocking(declaredMs), { givenWebhooks: 30 }).status, 'pass');
});

test('where another kind would explain it as well, both are told', () => {
  const declared = { kind: 'fixed-from-first-hit', penaltyMs: 1500 } as const;
  const found = judged(() => blocking(2000, 'fixed-from-first-hit'), {
    declared,
    sizes: shortSizes,
    givenWebhooks: 30,
  });
  assert.equal(found.status, 'inconclusive', found.summary);
  assert.match(
    found.summary,
    /fits a weighted two-window counter of .*; or the declared limiter with a penalty time of 19\d\d to 20\d\d ms: if that is meant/,
  );
});

test('the advice on it is on the length, and on nothing that counts', () => {
  for (const actualMs of [1500, 4500]) {
    assertAdvice(
      rateLimiter,
      judged(() => blocking(actualMs)),
      {
        first: /^the penalty time: is it as long as limiter\.penaltyMs says, in the same unit/,
        never: /atomic|shared counts|limit, window and burst|key that|expiry/,
      },
    );
  }
});

test('healthy twins: a block as long as declared passes, and so does what milliseconds leave open', () => {
  for (const actualMs of [2999, 3000, 3010]) {
    for (let seed = 1; seed <= 3; seed += 1) {
      const found = judged(() => blocking(actualMs), { seed });
      assert.equal(found.status, 'pass', `${actualMs} ms: ${found.summary}`);
    }
  }
  for (const kind of kinds) {
    const found = judged(() => blocking(declaredMs, kind), {
      declared: { kind, burst: kind === 'token-bucket' ? 10 : null },
    });
    assert.equal(found.status, 'pass', `${kind}: ${found.summary}`);
  }
  for (const penaltyMs of [300, 1000, 1500]) {
    // The count may outlast the block.
    const found = judged(() => blocking(penaltyMs), { declared: { penaltyMs }, retryAfter: () => 2000 });
    assert.equal(found.status, 'pass', `${penaltyMs} ms: ${found.summary}`);
  }
});

test('a block that each refusal begins anew passes where it is declared so; where it is not, what to declare is told', () => {
  const declared = judged(() => prolonged(declaredMs), { declared: { penaltyProlonged: true } });
  assert.equal(declared.status, 'pass', declared.summary);
  for (const penaltyProlonged of [undefined, false]) {
    const found = judged(() => prolonged(declaredMs), {
      declared: penaltyProlonged === undefined ? {} : { penaltyProlonged },
    });
    assert.equal(found.status, 'inconclusive', found.summary);
    assert.match(
      found.summary,
      /fits a penalty time of 3000 ms that each refusal begins anew: declare limiter\.penaltyProlonged$/,
    );
  }
  const longer = judged(() => prolonged(2 * declaredMs), { declared: { penaltyProlonged: true } });
  assert.equal(longer.status, 'fail', longer.summary);
});

test('a penalty time hides no stricter limit', () => {
  const stricter = judged(() => penalized(limiterOf('sliding', 9), declaredMs, false));
  assert.equal(stricter.status, 'fail', stricter.summary);
  assert.match(stricter.summary, /stricter than declared: never more than 9 of 10 admitted/);
});

test('Retry-After that promises another time than the block lasts is a warning', () => {
  const declared = { penaltyMs: 4500 };
  const promised = judged(() => blocking(4500), { declared, retryAfter: () => 3000 });
  assert.equal(promised.status, 'warn', promised.summary);
  assert.match(promised.summary, /Retry-After is wrong: too short in \d+ of \d+ throttled requests, such as .* of 3 s/);
  const long = judged(() => blocking(3000), { retryAfter: () => 12_000 });
  assert.equal(long.status, 'warn', long.summary);
  assert.match(long.summary, /Retry-After is wrong: up to 12 s in/);
  assert.equal(judged(() => blocking(4500), { declared }).status, 'pass');
});

test('an undeclared block is told as before', () => {
  const base = judged(() => blocking(4500), { declared: { penaltyMs: undefined } });
  assert.equal(base.status, 'inconclusive', base.summary);
  assert.match(base.summary, /a penalty time of about \d+ ms .*: declare it as limiter\.penaltyMs/);
});

test('a step of the clock that nobody watched explains a block that is prolonged on and on', () => {
  const size = { ...defaultTraffic, burstGap: 6 };
  const profile = limitedBy({ kind: 'stepped-bucket', burst: 10, penaltyMs: 1000, penaltyProlonged: true });
  const { limiter } = profile;
  if (limiter.kind === 'none') throw new Error('there is no limiter');
  for (let seed = 1; seed <= 3; seed += 1) {
    const weather = { ...calm, step: { atMs: 2400 + 20 * seed, byMs: -1600 } };
    const found = judgedTraffic({ profile, size, seed, weather }, () => healthyOf(limiter, 83 * seed));
    assert.notEqual(found.status, 'fail', `seed ${seed}: ${found.summary}`);
  }
});
