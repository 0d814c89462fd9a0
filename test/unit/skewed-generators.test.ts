import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveReplays } from '../../analysis/interpret/replays.ts';
import type { Ledger } from '../../analysis/journal/ledger.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { wilson } from '../../analysis/statistics.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { healthy, judged, profileOf } from '../fixtures/limiter-judgement.ts';
import { anyWeather, lightTraffic } from '../fixtures/limiter-traffic.ts';
import { healthyKinds } from '../fixtures/limiters.ts';
import { seeded } from '../fixtures/random.ts';
import { runOf } from '../fixtures/run.ts';
import { madeTtlMs, type SignalFaults, SignalServer } from '../fixtures/signal-server.ts';
import { simulations } from '../fixtures/simulations.ts';
import { asSeveralNoted, type Correction, skewedGenerators } from '../fixtures/skewed-generators.ts';

// Two to four generators, clocks up to 500 ms apart that drift by up to 100 ppm, measured before and after with errors of up to 0.1 to
// 50 ms, which the measurement states. A healthy server is never accused.

const runs = simulations(30);

type How = Correction | 'one clock';

/** By several generators, as read by their clocks; or by one that keeps the run's. */
function several(random: () => number, lengthMs: number, correction: How): (ledger: Ledger) => Ledger {
  const generators = skewedGenerators({ random, lengthMs });
  const isBySignal = random() < 0.5;
  if (correction === 'one clock') return (ledger) => ledger;
  return (ledger) => asSeveralNoted(ledger, { random, generators, correction, isBySignal });
}

/** State per worker admits a multiple of the limit. */
const thrice = { ...lightTraffic, limit: lightTraffic.limit * 3 };

function limiterJudged(
  seed: number,
  correction: How,
  size = lightTraffic,
): { readonly kind: string; readonly judgement: Judgement } {
  const kind = healthyKinds[seed % healthyKinds.length] ?? 'sliding';
  const random = seeded(seed * 31);
  const weather = { ...anyWeather(random, 7000, true), step: null };
  const asNoted = several(random, 15_000, correction);
  const phaseMs = random() * 1000;
  const declared = seed % 7 === 0 && kind !== 'delaying' ? 'unknown' : kind;
  const traffic = { profile: profileOf(declared, lightTraffic), size: lightTraffic, seed, weather, asNoted };
  return { kind, judgement: judged(traffic, () => healthy(kind, size, phaseMs)) };
}

/** As in rules-exactly-once-faults.test.ts, in little. */
function idempotencyJudged(seed: number, correction: How, faults: SignalFaults = {}): Judgement {
  const random = seeded(seed * 17);
  const isRead = random() < 0.8;
  const isRefreshing = random() < 0.2;
  const answers = random() < 0.7 ? 'status' : 'replay';
  const server = new SignalServer(random, {
    jitterMs: random() < 0.3 ? 60 : 5,
    timeoutRate: random() < 0.3 ? 0.03 : 0,
    repeatRefreshes: isRefreshing,
    answers,
  });
  const isConcurrent = seed % 4 === 0;
  if (isConcurrent) server.concurrency(2, 4);
  else {
    server.gaps(3);
    server.together(2, 5);
    server.refresh(3);
    server.unlike(3);
    server.changedPayload(2);
  }
  const { embedded, fastapi } = builtInProfiles;
  const profile: TargetProfile = {
    ...embedded,
    answers: answers === 'replay' ? fastapi.answers : embedded.answers,
    readback: isRead ? embedded.readback : { kind: 'none' },
    idempotency: {
      ...{ kind: 'ttl', ttlMs: madeTtlMs, fields: ['signal_id', 'ticker'], order: 'before-limiter' },
      repeatRefreshes: isRefreshing,
    },
  };
  const noted = several(random, 15_000, correction)(server.ledger(faults, isRead));
  const name = isConcurrent ? 'concurrency' : 'idempotency';
  return exactlyOnce.judge(runOf([{ name, ledger: resolveReplays(noted, profile) }], { profile }));
}

const counted = (judgements: readonly Judgement[]): string =>
  ['pass', 'warn', 'fail', 'inconclusive']
    .map((status) => `${judgements.filter((one) => one.status === status).length} ${status}`)
    .join(', ');

const seeds = Array.from({ length: runs }, (_, n) => n + 1);

function neverAccused(judgement: Judgement, what: string): void {
  assert.match(
    judgement.status,
    /^(pass|inconclusive)$/,
    `${what}: ${judgement.summary}\n${judgement.evidence?.join('\n')}`,
  );
}

test(`no limiter of ${runs} healthy ones is accused`, (t) => {
  const all = seeds.map((seed) => limiterJudged(seed, 'measured'));
  for (const [n, { kind, judgement }] of all.entries()) neverAccused(judgement, `${kind}, seed ${n + 1}`);
  t.diagnostic(counted(all.map(({ judgement }) => judgement)));
});

test(`no idempotency of ${runs} healthy ones is accused`, (t) => {
  const all = seeds.map((seed) => idempotencyJudged(seed, 'measured'));
  for (const [n, judgement] of all.entries()) neverAccused(judgement, `seed ${n + 1}`);
  t.diagnostic(counted(all));
});

test('taken as noted, the same requests accuse many of them', (t) => {
  const few = seeds.slice(0, 20);
  const limiters = few.map((seed) => limiterJudged(seed, 'as noted').judgement);
  const keys = few.map((seed) => idempotencyJudged(seed, 'as noted'));
  t.diagnostic(`${counted(limiters)}; ${counted(keys)}`);
  assert.ok(limiters.filter(({ status }) => status === 'fail').length >= 5);
  assert.ok(keys.filter(({ status }) => status === 'fail').length >= 3);
});

test('where nobody measured the clocks, nothing that depends on them is decided', () => {
  for (const seed of seeds.slice(0, 10)) {
    assert.equal(limiterJudged(seed, 'unknown').judgement.status, 'inconclusive', `seed ${seed}`);
    neverAccused(idempotencyJudged(seed, 'unknown'), `seed ${seed}`);
  }
});

/** Each is well above what the clocks leave open, but for those that 50 ms may hide. */
const faults: readonly (readonly [name: string, min: number, judge: (seed: number, how: How) => Judgement])[] = [
  ['thrice the limit', 0.9, (seed, how) => limiterJudged(seed, how, thrice).judgement],
  ['no idempotency', 0.9, (seed, how) => idempotencyJudged(4 * seed + 1, how, { ttlFactor: 0 })],
  ['TTL of half', 0.9, (seed, how) => idempotencyJudged(4 * seed + 1, how, { ttlFactor: 0.5 })],
  ['TTL 10% short', 0.4, (seed, how) => idempotencyJudged(4 * seed + 1, how, { ttlFactor: 0.9 })],
  ['lost after a 200', 0.4, (seed, how) => idempotencyJudged(4 * seed + 1, how, { lostRate: 0.1 })],
];

test('faults above what the clocks leave open are found by several generators as by one', (t) => {
  const few = seeds.slice(0, Math.max(10, Math.floor(seeds.length / 5)));
  for (const [name, min, judge] of faults) {
    const [one, many] = (['one clock', 'measured'] as const).map((how) =>
      few.filter((seed) => judge(seed, how).status === 'fail'),
    );
    const share = (found: readonly number[] = []): string => {
      const { low, high } = wilson(found.length, few.length);
      return `${found.length} of ${few.length} (${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)}%)`;
    };
    t.diagnostic(`${name}: one clock ${share(one)}, several ${share(many)}`);
    assert.ok((many?.length ?? 0) >= min * (one?.length ?? 0), name);
    assert.ok((one?.length ?? 0) > 0, name);
  }
});
