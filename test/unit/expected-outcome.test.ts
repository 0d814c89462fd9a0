import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maxLevelOf, minLevelOf } from '../../analysis/interpret/bucket-levels.ts';
import { expectedOutcomes, mustBeAdmitted } from '../../analysis/interpret/expected-outcome.ts';
import { modelOf } from '../../analysis/interpret/kinds/models.ts';
import { may, toleranceUs } from '../../analysis/interpret/tolerance.ts';
import type { Ledger } from '../../analysis/journal/ledger.ts';
import { longestStepUs } from '../../analysis/limiter/contradictions.ts';
import { keyLifeOf } from '../../contract/profile/key-life.ts';
import type { LimiterKind, TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { type HealthyKind, healthyKinds, healthyLimiters, type SimulatedLimiter } from '../fixtures/limiters.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, type MadeRequest, startUs } from '../fixtures/run.ts';
import { seed } from '../fixtures/seed.ts';
import { simulations } from '../fixtures/simulations.ts';

/** Kinds that may refuse where one of an undeclared kind must admit: they are told by that. */
const tellsApart: readonly string[] = ['weighted', 'stepped-bucket'];

/** Simulated traces of healthy servers; none may contradict what is expected of it. */
const traces = simulations(2_000);

const windowMs = 1000;
type Idempotency = TargetProfile['idempotency'];
type Scope = 'webhook' | 'client' | 'global';

function profileOf(
  kind: LimiterKind | 'none',
  { limit, burst }: { readonly limit: number; readonly burst: number },
  idempotency: Idempotency,
  scope: Scope = 'webhook',
): TargetProfile {
  return {
    ...builtInProfiles.embedded,
    limiter:
      kind === 'none' ? { kind } : { kind, limit, windowMs, burst, scope, retryAfter: true, rateLimitHeaders: false },
    idempotency,
  };
}

interface Trace {
  readonly requests: readonly MadeRequest[];
  /** The instant of the server's clock step. */
  readonly stepMs: number | null;
}

/**
 * A healthy server of one count with an idempotency store, in random traffic: bursts and trickles of signals new and repeated,
 * ways of up to 200 ms, a stall of the generator of 2 s, answers lost, and where `withStep` the server's wall clock steps.
 */
function healthyTrace(profile: TargetProfile, kind: HealthyKind | 'none', seed: number, withStep: boolean): Trace {
  const random = seeded(seed);
  const { limiter, idempotency } = profile;
  const limit = limiter.kind === 'none' ? 0 : limiter.limit;
  const burst = limiter.kind === 'none' ? 0 : (limiter.burst ?? limit);
  const ask: SimulatedLimiter =
    kind === 'none' ? () => ({ admitted: true }) : healthyLimiters[kind](limit, windowMs, burst, random() * windowMs);
  const lengthMs = 1000 + random() * 5000;
  const wayMs = [0.3, 3, 30, 200][Math.floor(random() * 4)] ?? 1;
  const stallMs = random() < 0.3 ? random() * lengthMs : Number.POSITIVE_INFINITY;
  const stepMs = withStep ? random() * lengthMs : null;
  const stepByMs = (random() - 0.5) * 4000;
  const repeats = random() * 0.5;
  const held = (ms: number): number => (ms >= stallMs && ms < stallMs + 2000 ? stallMs + 2000 + random() * 2 : ms);
  const count = 5 + Math.floor(random() * 55);
  const burstAtMs = random() * lengthMs;
  const burstWebhooks = random();
  const sent = Array.from({ length: count }, (_, n) => {
    const atMs = random() < burstWebhooks ? burstAtMs + random() * 20 : random() * lengthMs;
    const sendMs = random() < 0.1 ? atMs : held(atMs);
    const signal = random() < repeats ? `s${seed}-${Math.floor(random() * 4)}` : `n${seed}-${n}`;
    return { sendMs, decidedMs: held(sendMs) + random() * wayMs, signal, webhook: n % 3 };
  });
  const store = new Map<string, number>();
  const { minMs, maxMs } = idempotency.kind === 'ttl' ? keyLifeOf(idempotency) : { minMs: 0, maxMs: 0 };
  const decisions = [...sent].sort((a, b) => a.decidedMs - b.decidedMs);
  const made = decisions.map(({ sendMs, decidedMs, signal, webhook }): MadeRequest => {
    // Idempotency stores expire by a clock that does not step; limiters read the wall clock.
    const wallMs = decidedMs + (stepMs !== null && decidedMs >= stepMs ? stepByMs : 0);
    const known = idempotency.kind === 'ttl' && decidedMs < (store.get(signal) ?? Number.NEGATIVE_INFINITY);
    const before = idempotency.kind === 'ttl' && idempotency.order === 'before-limiter';
    let outcome: MadeRequest['outcome'];
    let delayMs = 0;
    if (known && before) outcome = 'duplicate';
    else {
      const answer = ask(wallMs);
      delayMs = answer.delayMs ?? 0;
      outcome = !answer.admitted ? 'limited' : known ? 'duplicate' : 'accepted';
    }
    const refreshes = idempotency.kind === 'ttl' && idempotency.repeatRefreshes;
    if (outcome === 'accepted' || (outcome === 'duplicate' && refreshes))
      store.set(signal, decidedMs + minMs + random() * (maxMs - minMs));
    const endMs = held(decidedMs + delayMs + random() * wayMs);
    const lost = random() < 0.02;
    return {
      atMs: sendMs,
      tookMs: lost ? 10_000 : endMs - sendMs,
      outcome: lost ? 'timeout' : outcome,
      signal,
      webhook: profile.limiter.kind !== 'none' && profile.limiter.scope === 'webhook' ? 0 : webhook,
    };
  });
  return { requests: made.sort((a, b) => a.atMs - b.atMs), stepMs };
}

/** Requests whose outcome is not among those expected. */
function contradictions(ledger: Ledger, profile: TargetProfile): readonly number[] {
  const indices = Uint32Array.from({ length: ledger.length }, (_, at) => at);
  const expected = expectedOutcomes(profile, ledger, indices);
  return [...indices].filter((at) => {
    const outcome = ledger.outcomeOf(at);
    if (outcome !== 'accepted' && outcome !== 'duplicate' && outcome !== 'limited') return false;
    return ((expected[at] ?? 0) & may[outcome]) === 0;
  });
}

const anyIdempotency = fc.oneof(
  fc.constant<Idempotency>({ kind: 'none' }),
  fc
    .record({
      kind: fc.constant('ttl' as const),
      life: fc.constantFrom(
        { ttlMs: 300 },
        { ttlMs: 1000 },
        { ttlMs: 2500 },
        { ttlMs: 1000, toleranceMs: 300 },
        { ttlMs: 2500, toleranceMs: 2000 },
        { ttlMs: null },
      ),
      fields: fc.constant<string[]>(['signal_id']),
      order: fc.constantFrom('before-limiter' as const, 'after-limiter' as const),
      repeatRefreshes: fc.boolean(),
    })
    .map(({ life, ...rest }): Idempotency => ({ ...rest, ...life })),
);
interface Server {
  readonly kind: HealthyKind | 'none';
  readonly undeclared: boolean;
  readonly limit: number;
  readonly burst: number;
  readonly idempotency: Idempotency;
  readonly scope: Scope;
  readonly seed: number;
}
const anyServer: fc.Arbitrary<Server> = fc.record({
  kind: fc.constantFrom<HealthyKind | 'none'>(...healthyKinds, 'none'),
  undeclared: fc.boolean(),
  limit: fc.integer({ min: 1, max: 12 }),
  burst: fc.integer({ min: 1, max: 15 }),
  idempotency: anyIdempotency,
  scope: fc.constantFrom<Scope>('webhook', 'client', 'global'),
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
});

test(`property: no outcome of a healthy server is ruled out, in ${traces} traces`, (t) => {
  t.diagnostic(`seed ${seed}`);
  let decided = 0;
  fc.assert(
    fc.property(anyServer, ({ kind, undeclared, limit, burst, idempotency, scope, seed: traceSeed }) => {
      const real = profileOf(kind, { limit, burst }, idempotency, scope);
      const declared =
        undeclared && kind !== 'none' && !tellsApart.includes(kind)
          ? profileOf('unknown', { limit, burst }, idempotency, scope)
          : real;
      const ledger = ledgerOf(healthyTrace(real, kind, traceSeed, false).requests);
      assert.deepEqual(contradictions(ledger, declared), []);
      decided += 1;
    }),
    { numRuns: traces, seed },
  );
  assert.equal(decided, traces);
});

/**
 * For each request, the time before which a step of the server's clock no longer changes what is expected of it, in µs. A
 * window forgets after its length, a bucket when the robbed or favored one has reached the level of the other.
 */
function forgottenBefore(profile: TargetProfile, ledger: Ledger): readonly number[] {
  const indices = Uint32Array.from({ length: ledger.length }, (_, at) => at);
  const { limiter } = profile;
  if (limiter.kind === 'none') return [...indices].map(() => Number.POSITIVE_INFINITY);
  const min = minLevelOf(profile, limiter, ledger, indices);
  const max = maxLevelOf(profile, limiter, ledger, indices);
  return [...indices].map((at) => {
    const sendUs = ledger.sendUs(at);
    if (min === null) return sendUs - modelOf(limiter).memoryMs(limiter, 0) * 1000;
    assert.ok(min !== 'unknown');
    min.at(sendUs - toleranceUs);
    max.at(ledger.endUs(at), sendUs);
    return ledger.outcomeOf(at) === 'limited' ? min.knownSinceUs : max.knownSinceUs;
  });
}

/** Asserts that each contradiction lies around the step of the server's clock; returns how many there are. */
function stepExplains({ kind, limit, burst, idempotency, seed: traceSeed }: Server): number {
  const profile = profileOf(kind, { limit, burst }, idempotency);
  const { requests, stepMs } = healthyTrace(profile, kind, traceSeed, true);
  const ledger = ledgerOf(requests);
  const stepUs = startUs + (stepMs ?? 0) * 1000;
  const forgotten = forgottenBefore(profile, ledger);
  const found = contradictions(ledger, profile);
  for (const at of found) {
    assert.ok(ledger.endUs(at) >= stepUs, 'before the step');
    const sinceUs = (forgotten[at] ?? 0) - longestStepUs;
    assert.ok(stepUs >= sinceUs, `${(sinceUs - stepUs) / 1000} ms after the step was forgotten`);
  }
  return found.length;
}

test('property: where the server steps its clock, the step explains every contradiction', (t) => {
  t.diagnostic(`seed ${seed}`);
  let found = 0;
  fc.assert(
    fc.property(anyServer, (server) => {
      found += stepExplains(server);
    }),
    { numRuns: 2_000, seed },
  );
  assert.ok(found > 0);
});

test('a bucket that a step robbed, under a load as fast as its refill, lacks it long after the step', () => {
  const profile = profileOf('token-bucket', { limit: 2, burst: 2 }, { kind: 'none' });
  const [stepMs, gapMs, count] = [1100, 510, 20];
  const bucket = healthyLimiters['token-bucket'](2, windowMs, 2, 0);
  const ask = (atMs: number): MadeRequest => {
    const { admitted } = bucket(atMs < stepMs ? atMs : atMs - 1000);
    return { atMs, tookMs: 2, outcome: admitted ? 'accepted' : 'limited' };
  };
  const steady = Array.from({ length: count }, (_, n) => ask(n * gapMs));
  const ledger = ledgerOf([...steady, ask(count * gapMs), ask(count * gapMs + 1)]);
  const refused = contradictions(ledger, profile);
  assert.deepEqual(refused, [count + 1]);
  assert.ok((forgottenBefore(profile, ledger)[count + 1] ?? 0) <= startUs + stepMs * 1000);
});

const ttl: Idempotency = {
  kind: 'ttl',
  ttlMs: 1000,
  fields: ['signal_id'],
  order: 'before-limiter',
  repeatRefreshes: false,
};
const { accepted, duplicate, limited } = may;

/** Requests as [ms, outcome, signal?]; what the last of them may get. */
const cases: readonly (readonly [
  string,
  TargetProfile,
  readonly (readonly [number, MadeRequest['outcome'], string?])[],
  number,
])[] = [
  ['the first of all', profileOf('sliding', { limit: 2, burst: 2 }, ttl), [[0, 'accepted']], accepted],
  [
    'a third within the window',
    profileOf('sliding', { limit: 2, burst: 2 }, ttl),
    [
      [0, 'accepted'],
      [10, 'accepted'],
      [20, 'limited'],
    ],
    limited,
  ],
  [
    'at the edge of the window',
    profileOf('sliding', { limit: 2, burst: 2 }, ttl),
    [
      [0, 'accepted'],
      [10, 'accepted'],
      [1001, 'accepted'],
    ],
    accepted | limited,
  ],
  [
    'after the window',
    profileOf('sliding', { limit: 2, burst: 2 }, ttl),
    [
      [0, 'accepted'],
      [10, 'accepted'],
      [1010, 'accepted'],
    ],
    accepted,
  ],
  [
    'a third, windows with edges',
    profileOf('fixed', { limit: 2, burst: 2 }, ttl),
    [
      [0, 'accepted'],
      [10, 'accepted'],
      [20, 'limited'],
    ],
    accepted | limited,
  ],
  [
    'a third, undeclared',
    profileOf('unknown', { limit: 2, burst: 2 }, ttl),
    [
      [0, 'accepted'],
      [10, 'accepted'],
      [20, 'limited'],
    ],
    accepted | limited,
  ],
  [
    'an empty bucket',
    profileOf('token-bucket', { limit: 2, burst: 2 }, ttl),
    [
      [0, 'accepted'],
      [10, 'accepted'],
      [20, 'limited'],
    ],
    limited,
  ],
  [
    'a bucket that has one again',
    profileOf('token-bucket', { limit: 2, burst: 2 }, ttl),
    [
      [0, 'accepted'],
      [10, 'accepted'],
      [520, 'accepted'],
    ],
    accepted,
  ],
  [
    'a small bucket',
    profileOf('leaky-bucket', { limit: 2, burst: 1 }, ttl),
    [
      [0, 'accepted'],
      [100, 'limited'],
    ],
    limited,
  ],
  [
    'a line with room',
    profileOf('delaying', { limit: 2, burst: 1 }, ttl),
    [
      [0, 'accepted'],
      [10, 'accepted'],
    ],
    accepted,
  ],
  [
    'a full line',
    profileOf('delaying', { limit: 2, burst: 1 }, ttl),
    [
      [0, 'accepted'],
      [10, 'accepted'],
      [20, 'limited'],
    ],
    limited,
  ],
  [
    'no limiter',
    profileOf('none', { limit: 1, burst: 1 }, ttl),
    [
      [0, 'accepted'],
      [1, 'accepted'],
      [2, 'accepted'],
    ],
    accepted,
  ],
  [
    'a time-out may have been counted',
    profileOf('sliding', { limit: 1, burst: 1 }, ttl),
    [
      [0, 'timeout'],
      [20, 'accepted'],
    ],
    accepted | limited,
  ],
  [
    'a repeat',
    profileOf('sliding', { limit: 1, burst: 1 }, ttl),
    [
      [0, 'accepted', 'a'],
      [500, 'duplicate', 'a'],
    ],
    duplicate,
  ],
  [
    'a repeat that is counted first',
    profileOf('sliding', { limit: 2, burst: 2 }, { ...ttl, order: 'after-limiter' }),
    [
      [0, 'accepted', 'a'],
      [500, 'duplicate', 'a'],
    ],
    duplicate,
  ],
  [
    'a repeat refused first',
    profileOf('sliding', { limit: 1, burst: 1 }, { ...ttl, order: 'after-limiter' }),
    [
      [0, 'accepted', 'a'],
      [500, 'limited', 'a'],
    ],
    limited,
  ],
  [
    'a repeat at the TTL',
    profileOf('sliding', { limit: 5, burst: 5 }, ttl),
    [
      [0, 'accepted', 'a'],
      [1000, 'duplicate', 'a'],
    ],
    accepted | duplicate,
  ],
  [
    'a repeat after the TTL',
    profileOf('sliding', { limit: 5, burst: 5 }, ttl),
    [
      [0, 'accepted', 'a'],
      [1010, 'accepted', 'a'],
    ],
    accepted,
  ],
  [
    'a repeat long after one that may have waited in a queue',
    profileOf('sliding', { limit: 5, burst: 5 }, ttl),
    [
      [0, 'timeout', 'a'],
      [9000, 'duplicate', 'a'],
    ],
    accepted | duplicate,
  ],
  [
    'a repeat that an earlier one kept alive',
    profileOf('sliding', { limit: 5, burst: 5 }, { ...ttl, repeatRefreshes: true }),
    [
      [0, 'accepted', 'a'],
      [700, 'duplicate', 'a'],
      [1300, 'duplicate', 'a'],
    ],
    duplicate,
  ],
  [
    'a repeat that none kept alive',
    profileOf('sliding', { limit: 5, burst: 5 }, ttl),
    [
      [0, 'accepted', 'a'],
      [700, 'duplicate', 'a'],
      [1300, 'accepted', 'a'],
    ],
    accepted,
  ],
  [
    'no idempotency',
    profileOf('sliding', { limit: 5, burst: 5 }, { kind: 'none' }),
    [
      [0, 'accepted', 'a'],
      [1, 'accepted', 'a'],
    ],
    accepted,
  ],
];

test('what a request must, may and must not get', () => {
  for (const [name, profile, rows, expected] of cases) {
    const ledger = ledgerOf(
      rows.map(([atMs, outcome, signal], n) => ({
        atMs,
        tookMs: outcome === 'timeout' ? 3000 : 2,
        outcome,
        signal: signal ?? `${name}${n}`,
      })),
    );
    const indices = Uint32Array.from(rows.keys());
    assert.equal(expectedOutcomes(profile, ledger, indices).at(-1), expected, name);
  }
});

test('while another scenario may have used the same webhook, its first window proves nothing', () => {
  const given: TargetProfile = {
    ...profileOf('sliding', { limit: 2, burst: 2 }, ttl),
    provisioning: { kind: 'given' },
  };
  const ledger = ledgerOf([
    { atMs: 0, outcome: 'limited' },
    { atMs: 1100, outcome: 'limited' },
  ]);
  const expected = expectedOutcomes(given, ledger, Uint32Array.of(0, 1));
  assert.deepEqual([...expected].map(mustBeAdmitted), [false, true]);
});
