import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { expectedOfRefused, expectedOutcomes, mustBeAdmitted } from '../../analysis/interpret/expected-outcome.ts';
import { may } from '../../analysis/interpret/tolerance.ts';
import { contradictionsOf } from '../../analysis/limiter/kind.ts';
import { declaredKinds, kindsWithBurst } from '../../contract/profile/limiter-kinds.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { anyWeather, recorded } from '../fixtures/limiter-traffic.ts';
import { type Chaining, healthyOf, type SimulatedLimiter } from '../fixtures/limiters.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, runOf, startUs } from '../fixtures/run.ts';
import { seed } from '../fixtures/seed.ts';

// Several limits at once, of any kinds, with and without a penalty time: nothing that a healthy server does is ruled out.

const traces = 600;

const anyKind = fc.constantFrom(...declaredKinds);

const anyDeclared = fc
  .record({
    kind: anyKind,
    limit: fc.integer({ min: 1, max: 12 }),
    windowMs: fc.constantFrom(300, 1000),
    burst: fc.integer({ min: 1, max: 15 }),
    further: fc.array(
      fc.record({
        kind: anyKind,
        limit: fc.integer({ min: 1, max: 30 }),
        windowMs: fc.constantFrom(1000, 3000, 5000),
        burst: fc.integer({ min: 1, max: 30 }),
      }),
      { maxLength: 2 },
    ),
    penaltyMs: fc.option(fc.constantFrom(500, 1500), { nil: undefined }),
    penaltyProlonged: fc.boolean(),
  })
  .map(({ further, penaltyMs, penaltyProlonged, ...first }): DeclaredLimiter => {
    const sized = <T extends { readonly kind: (typeof declaredKinds)[number]; readonly burst: number }>(one: T) => ({
      ...one,
      burst: kindsWithBurst.includes(one.kind) ? one.burst : null,
      scope: 'webhook' as const,
    });
    return {
      ...sized(first),
      retryAfter: false,
      rateLimitHeaders: false,
      further: further.map(sized),
      ...(penaltyMs === undefined ? {} : { penaltyMs, penaltyProlonged }),
    };
  });

const anyCase = fc.record({
  limiter: anyDeclared,
  chaining: fc.constantFrom<Chaining>('together', 'in turn'),
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
});

function traceOf(limiter: DeclaredLimiter, chaining: Chaining, traceSeed: number) {
  const random = seeded(traceSeed);
  const lengthMs = 1000 + random() * 7000;
  const bursts = Array.from({ length: 3 }, () => random() * lengthMs);
  const sent = Array.from({ length: 20 + Math.floor(random() * 80) }, () => {
    const atMs = random() < 0.5 ? (bursts[Math.floor(random() * 3)] ?? 0) + random() * 20 : random() * lengthMs;
    return { atMs, webhook: 0, phase: 'burst' };
  });
  const one: SimulatedLimiter = healthyOf(limiter, random() * 1000, chaining);
  const weather = { ...anyWeather(random, lengthMs, false), step: null };
  return ledgerOf(recorded(sent, () => one, { random, weather }));
}

test(`property: no outcome under several limits is ruled out, and none is an excess, in ${traces} traces`, (t) => {
  t.diagnostic(`seed ${seed}`);
  fc.assert(
    fc.property(anyCase, ({ limiter, chaining, seed: traceSeed }) => {
      const ledger = traceOf(limiter, chaining, traceSeed);
      const profile: TargetProfile = { ...builtInProfiles.embedded, limiter, idempotency: { kind: 'none' } };
      const indices = Uint32Array.from({ length: ledger.length }, (_, at) => at);
      const expected = expectedOutcomes(profile, ledger, indices);
      for (const at of indices) {
        const outcome = ledger.outcomeOf(at);
        if (outcome !== 'accepted' && outcome !== 'limited') continue;
        assert.ok(((expected[at] ?? 0) & may[outcome]) !== 0, `${outcome} at ${at}`);
      }
      const run = runOf([{ name: 'rate-limit', ledger }], { profile });
      const counts = run.scenarios.flatMap((scenario) => run.expectations.countsOf(scenario));
      const { excess, wrongful } = contradictionsOf(counts, profile, limiter);
      assert.deepEqual([excess.texts, wrongful.texts], [[], []]);
    }),
    { numRuns: traces, seed },
  );
});

const candidates = 400;

test(`property: refusals are as wrongful by what is asked of them alone as by all, in ${candidates} traces`, (t) => {
  t.diagnostic(`seed ${seed}`);
  let wrongful = 0;
  fc.assert(
    fc.property(anyCase, anyDeclared, fc.boolean(), (traced, limiter, isLate) => {
      const recordedAs = traceOf(traced.limiter, traced.chaining, traced.seed);
      const { embedded } = builtInProfiles;
      const idempotency: TargetProfile['idempotency'] = {
        ...{ kind: 'ttl', ttlMs: 2000, fields: ['signal_id'], repeatRefreshes: false },
        order: isLate ? 'after-limiter' : 'before-limiter',
      };
      const profile: TargetProfile = { ...embedded, limiter: { ...limiter, refusesToEnd: isLate }, idempotency };
      // Repeats of what the server did not know as such.
      const requests = Array.from({ length: recordedAs.length }, (_, at) => ({
        ...{ atMs: (recordedAs.sendUs(at) - startUs) / 1000, tookMs: recordedAs.tookUs(at) / 1000 },
        ...{ outcome: recordedAs.outcomeOf(at), status: recordedAs.statusOf(at), signal: `s-${at % 50}` },
      }));
      const ledger = ledgerOf(requests);
      const indices = Uint32Array.from({ length: ledger.length }, (_, at) => at);
      const all = expectedOutcomes(profile, ledger, indices);
      const ofRefused = expectedOfRefused(profile, ledger, indices);
      for (const at of indices) {
        if (ledger.outcomeOf(at) !== 'limited') continue;
        const must = mustBeAdmitted(all[at] ?? 0);
        assert.equal(mustBeAdmitted(ofRefused[at] ?? 0), must);
        if (must) assert.equal(ofRefused[at] === may.duplicate, all[at] === may.duplicate);
        if (must) wrongful += 1;
      }
    }),
    { numRuns: candidates, seed },
  );
  assert.ok(wrongful > candidates, `only ${wrongful} wrongful refusals`);
});
