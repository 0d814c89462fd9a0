import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { pathsAsked } from '../../contract/plan/limits.ts';
import { roles } from '../../contract/plan/roles.ts';
import { sizesFromSettings } from '../../contract/plan/sizes.ts';
import { kindsWithBurst } from '../../contract/profile/limiter-kinds.ts';
import type { DeclaredLimiter, LimiterKind, TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { healthyKinds, type SimulatedLimiter } from '../fixtures/limiters.ts';
import { ledgerOf, type MadeRequest, runOf } from '../fixtures/run.ts';
import { simulatedRun } from '../fixtures/simulated-run.ts';

// One count for a client: what the monitor asks is counted, too, and no ledger has it.

const { sizes } = sizesFromSettings({});

function profileOf(kind: LimiterKind, changes: Partial<DeclaredLimiter> = {}): TargetProfile {
  const limiter: DeclaredLimiter = {
    ...{ kind, limit: 10, windowMs: 1000, burst: kindsWithBurst.includes(kind) ? 10 : null, scope: 'client' },
    ...{ retryAfter: true, rateLimitHeaders: false },
    ...changes,
  };
  const { embedded } = builtInProfiles;
  return { ...embedded, monitoring: { ...embedded.monitoring, metrics: null }, limiter };
}

function judged(
  profile: TargetProfile,
  seed: number,
  makeLimiter?: (random: () => number) => SimulatedLimiter,
): Judgement {
  const made = { profile, sizes, givenWebhooks: 0, seed, isPolled: true };
  const run = simulatedRun(['rate-limit'], makeLimiter === undefined ? made : { ...made, makeLimiter });
  return rateLimiter.judge({ ...run, manifest: { ...run.manifest, clockMovedUs: 0 } });
}

const told = ({ status, summary, evidence = [] }: Judgement): string => [status, summary, ...evidence].join('\n');

for (const kind of healthyKinds) {
  test(`a healthy limiter of one count for a client passes beside the monitor's own requests: ${kind}`, () => {
    const profile = profileOf(kind);
    for (let seed = 1; seed <= 5; seed += 1) {
      const found = judged(profile, seed);
      assert.equal(found.status, 'pass', `seed ${seed}: ${told(found)}`);
    }
  });
}

function judgedRows(profile: TargetProfile, rows: readonly MadeRequest[]): Judgement {
  const run = runOf([{ name: 'rate-limit', ledger: ledgerOf(rows) }], { profile });
  return rateLimiter.judge({ ...run, manifest: { ...run.manifest, clockMovedUs: 900 } });
}

/** So many within 15 ms, of which those are admitted. */
const burst = (atMs: number, isAdmitted: (n: number) => boolean): readonly MadeRequest[] =>
  Array.from({ length: 30 }, (_, n) => ({
    ...{ atMs: atMs + n / 2, tookMs: 0.4, phase: roles['limiter.bursts'].name },
    outcome: isAdmitted(n) ? ('accepted' as const) : ('limited' as const),
  }));

test('a poll may open a window in the quiet before a burst, which ends inside the burst', () => {
  const profile = profileOf('fixed-from-first-hit');
  const { limiter } = profile;
  assert.ok(limiter.kind !== 'none' && pathsAsked(profile, limiter) === 3);
  // Three polls open [0, 1000): seven more are admitted, the window ends, and ten more are. So it is where polls open [2407, 3407).
  const first = burst(993, (n) => n < 7 || (n >= 14 && n < 24));
  const edges = [...first, ...burst(3400, (n) => n < 7 || (n >= 14 && n < 24))];
  const found = judgedRows(profile, edges);
  assert.notEqual(found.status, 'fail', told(found));
  const bursts = found.parts?.find(({ summary }) => summary.startsWith('bursts: '));
  assert.notEqual(bursts?.status, 'fail', bursts?.summary);
  // No poll explains 21 at once.
  assert.equal(
    judgedRows(
      profile,
      burst(993, (n) => n < 21),
    ).status,
    'fail',
  );
  // Of a webhook's own count the same is an excess.
  assert.equal(judgedRows(profileOf('fixed-from-first-hit', { scope: 'webhook' }), edges).status, 'fail');
});

test('what the monitor asks beside the signals leaves one more than the limit open, which is told', () => {
  const note =
    /^the monitor asks 3 paths once a second, and nobody knows which .* higher by up to 3 looks alike\. For a run that tells, set health/;
  const shared = judged(profileOf('fixed-from-first-hit'), 1);
  assert.equal(shared.evidence?.filter((line) => note.test(line)).length, 1, told(shared));
  const apart = judged(profileOf('fixed-from-first-hit', { scope: 'webhook' }), 1);
  assert.equal(apart.status, 'pass', told(apart));
  assert.ok(!apart.evidence?.some((line) => line.startsWith('the monitor asks')));
});
