import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildReport } from '../../analysis/report.ts';
import { type BuiltInScenario, defaultScenarios } from '../../contract/plan/scenarios.ts';
import type { DeclaredLimiter, LimiterKind, TargetProfile } from '../../contract/profile/profile.ts';
import { seed } from '../fixtures/seed.ts';
import { simulatedRun } from '../fixtures/simulated-run.ts';
import { limitedBy, profile, sizesWith } from './plan-cases.ts';

// Plans in their default sizes are executed against simulated servers without a fault, and the real rules judge them.

/** Of processes, which are not simulated. */
const ofProcesses: readonly string[] = [
  ...['worker-crashes', 'memory-growth', 'memory-leak', 'descriptors', 'responsiveness', 'cpu', 'database-and-redis'],
];

/** A profile whose monitor asks nothing of a shared limit. */
const unasked = (target: TargetProfile): TargetProfile => ({
  ...target,
  monitoring: { health: null, redis: null, database: null, metrics: null, collect: null },
});

interface Declared {
  readonly kind: LimiterKind;
  readonly burst?: number;
}

const windowKinds = ['sliding', 'fixed', 'fixed-from-first-hit', 'weighted', 'unknown'] as const;
const bucketKinds = ['token-bucket', 'leaky-bucket', 'stepped-bucket', 'delaying'] as const;
/** Each bucket as large as its limit, and without a burst. */
const declaredKinds = (limit: number): readonly Declared[] => [
  ...windowKinds.map((kind) => ({ kind })),
  ...bucketKinds.flatMap((kind) => [limit, 1].map((burst) => ({ kind, burst }))),
];

function assertDecided(names: readonly BuiltInScenario[], target: TargetProfile, givenWebhooks: number): void {
  const run = simulatedRun(names, { profile: target, sizes: sizesWith(), givenWebhooks, seed });
  const { findings, gaps } = buildReport(run, { strict: true, now: new Date(0) });
  assert.deepEqual(gaps, []);
  const open = findings.filter(
    ({ criterion, status }) =>
      !ofProcesses.includes(criterion) && status !== 'pass' && status !== 'not-run' && status !== 'not-applicable',
  );
  assert.deepEqual(
    open.map(({ criterion, status, summary }) => `${criterion} ${status}: ${summary}`),
    [],
  );
}

const scopes: readonly DeclaredLimiter['scope'][] = ['webhook', 'client'];

describe('a healthy server is never left open, in the default sizes', () => {
  for (const givenWebhooks of [0, 1]) {
    const webhooks = givenWebhooks === 0 ? 'created webhooks' : 'one given webhook';
    test(`without a limiter, on ${webhooks}`, () => {
      assertDecided(defaultScenarios, unasked({ ...profile, limiter: { kind: 'none' } }), givenWebhooks);
    });
    for (const scope of scopes) {
      for (const [limit, windowMs] of [
        [10, 1000],
        [1, 1000],
      ] as const) {
        test(`hft and rate-limit, ${limit} per ${windowMs} ms per ${scope} of each kind, on ${webhooks}`, () => {
          for (const { kind, burst = null } of declaredKinds(limit)) {
            const target = unasked(limitedBy({ kind, limit, windowMs, burst, scope }));
            assertDecided(['hft', 'rate-limit'], target, givenWebhooks);
          }
        });
      }
      for (const [limit, windowMs] of [
        [10, 1000],
        [1, 1000],
        [5, 10_000],
        [100, 60_000],
      ] as const) {
        test(`all scenarios, ${limit} per ${windowMs} ms per ${scope}, on ${webhooks}`, () => {
          assertDecided(
            defaultScenarios,
            unasked(limitedBy({ kind: 'sliding', limit, windowMs, scope })),
            givenWebhooks,
          );
        });
      }
    }
  }
});

const perMinute = { kind: 'sliding', limit: 100, windowMs: 60_000, burst: null, scope: 'webhook' } as const;
const perHour = {
  kind: 'fixed-from-first-hit',
  limit: 1000,
  windowMs: 3_600_000,
  burst: null,
  scope: 'webhook',
} as const;

describe('a healthy server under several limits, or with a penalty time, is never left open either', () => {
  const cases: readonly (readonly [string, Partial<DeclaredLimiter>, readonly number[]])[] = [
    ['10 per second and 100 per minute', { further: [perMinute] }, [0, 1]],
    ['10 per second and 100 per minute and client', { further: [{ ...perMinute, scope: 'client' }] }, [0]],
    ['10 per second and 1000 per hour', { further: [perHour] }, [0]],
    ['10 per second, 100 per minute and 1000 per hour', { further: [perMinute, perHour] }, [0]],
    ['100 per minute', { limit: 100, windowMs: 60_000 }, [0]],
    ['10 per second, and a penalty time', { penaltyMs: 3000 }, [0, 1]],
    ['10 per second, and a penalty time that refusals prolong', { penaltyMs: 3000, penaltyProlonged: true }, [0]],
  ];
  for (const [name, limiter, given] of cases) {
    for (const givenWebhooks of given) {
      test(`hft and rate-limit, ${name}, ${givenWebhooks === 0 ? 'created webhooks' : 'one given webhook'}`, () => {
        assertDecided(['hft', 'rate-limit'], unasked(limitedBy(limiter)), givenWebhooks);
      });
    }
  }
});
