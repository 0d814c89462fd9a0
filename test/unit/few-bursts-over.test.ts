import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { roles } from '../../contract/plan/roles.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { toldOf } from '../fixtures/advice.ts';
import { profileOf } from '../fixtures/limiter-judgement.ts';
import { defaultTraffic } from '../fixtures/limiter-traffic.ts';
import { ledgerOf, processOf, runOf, serverOf } from '../fixtures/run.ts';

interface MadeBurst {
  readonly admitted: number;
  readonly rest: RecordedOutcome;
  /** From the first to the last of 24. */
  readonly spreadMs?: number;
}

function judgedBursts(
  bursts: readonly MadeBurst[],
  workers: number,
  profile = profileOf('sliding', defaultTraffic),
): Judgement {
  const requests = bursts.flatMap(({ admitted, rest, spreadMs = 6 }, burst) =>
    Array.from({ length: 24 }, (_, n) => ({
      atMs: 1000 + 4130 * burst + (n * spreadMs) / 24,
      outcome: n < admitted ? ('accepted' as const) : rest,
      phase: roles['limiter.bursts'].name,
    })),
  );
  const processes = Array.from({ length: workers }, (_, n) => processOf({ pid: 100 + n, role: 'worker' }));
  const server = serverOf(100_000, () => ({ processes: [processOf({ pid: 99, role: 'root' }), ...processes] }));
  const ledger = ledgerOf(requests);
  const run = runOf([{ name: 'rate-limit', ledger }], { profile, server });
  return rateLimiter.judge({ ...run, manifest: { ...run.manifest, clockMovedUs: 0 } });
}

const cut = (admitted: number): MadeBurst => ({ admitted, rest: 'limited' });
const failed: readonly MadeBurst[] = Array.from({ length: 8 }, () => ({ admitted: 0, rest: 'failed' }));
const shared = /shared counts/;
const atomic = /atomic step/;

test('bursts that fell into crashes are not counted as cut rightly: one of 19 on two workers may be state per worker', () => {
  const judgement = judgedBursts([cut(19), ...failed], 2);
  assert.equal(judgement.status, 'fail');
  assert.match(
    judgement.summary,
    /2 × the limit: the sign of state per worker, or of a check-then-add race: one burst/,
  );
  const told = toldOf(rateLimiter, judgement).join('\n');
  assert.match(told, shared);
  assert.match(told, atomic);
  assert.notEqual(judgedBursts([cut(10), ...failed], 2).status, 'fail');
});

test('few bursts beyond the limit are told as a race, and as state per worker where several serve', () => {
  const bursts = [cut(14), ...Array.from({ length: 7 }, () => cut(10))];
  const several = judgedBursts(bursts, 2);
  assert.match(
    several.summary,
    /in 1 of 8 bursts \(up to 14 admitted\): the sign of a check-then-add race, or of state per worker/,
  );
  assert.match(toldOf(rateLimiter, several).join('\n'), shared);
  const single = judgedBursts(bursts, 1);
  assert.match(single.summary, /in 1 of 8 bursts \(up to 14 admitted\): the sign of a check-then-add race/);
  assert.doesNotMatch(`${single.summary} ${toldOf(rateLimiter, single).join(' ')}`, /per worker|shared counts/);
  assert.equal(
    judgedBursts(
      Array.from({ length: 8 }, () => cut(10)),
      2,
    ).status,
    'pass',
  );
});

test('what lasted longer than a window had more: the numbers say what each counts', () => {
  const scattered = [12, 14, 11, 10, 13, 11, 14, 12].map(cut);
  const long: MadeBurst = { admitted: 18, rest: 'limited', spreadMs: 1200 };
  const { summary } = judgedBursts([...scattered, long], 1);
  assert.match(
    summary,
    /in 7 of 8 bursts that were sent and answered within 1000 ms \(up to 14 admitted\), and up to 18 within 1000 ms of what lasted longer/,
  );
  assert.doesNotMatch(judgedBursts(scattered, 1).summary, /lasted longer/);
});

test('a bound of what races is told only where each burst is decided', () => {
  const right = Array.from({ length: 31 }, () => cut(10));
  const textOf = (bursts: readonly MadeBurst[]): string => JSON.stringify(judgedBursts(bursts, 1));
  assert.match(
    textOf(right),
    /bursts: none of 31 had more admitted than allowed \(10 at once\): with 95% certainty fewer than 9\.7% have/,
  );
  const silent: readonly MadeBurst[] = Array.from({ length: 2 }, () => ({ admitted: 10, rest: 'timeout' }));
  const open = textOf([...right, ...silent]);
  assert.match(
    open,
    /bursts: none of 31 had more admitted than allowed \(10 at once\); in 2 more some got no answer that tells/,
  );
  assert.doesNotMatch(open, /95% certainty/);
});

test('of a limit of one, one more is no sign of state per worker where one process serves, and comes first where several do', () => {
  const bursts = Array.from({ length: 8 }, () => cut(2));
  const slidingOf = (limit: number): TargetProfile => profileOf('sliding', { ...defaultTraffic, limit });
  for (const profile of [bucketOf(1), slidingOf(1)]) {
    const single = judgedBursts(bursts, 1, profile);
    assert.match(single.summary, /: always one more than the limit \(in 8 of 8 bursts\)$/);
    assert.match(toldOf(rateLimiter, single)[0] ?? '', /^the comparison/);
    const several = judgedBursts(bursts, 2, profile);
    assert.match(several.summary, /: always one more than the limit .*, or 2 × .*: the sign of state per worker/);
    assert.match(toldOf(rateLimiter, several)[0] ?? '', /^the comparison/);
    assert.match(toldOf(rateLimiter, several).join('\n'), shared);
  }
  // Twice as many is more than one more.
  const doubled = judgedBursts(
    Array.from({ length: 8 }, () => cut(4)),
    2,
    slidingOf(2),
  );
  assert.match(doubled.summary, /2 × the limit: the sign of state per worker/);
  assert.doesNotMatch(doubled.summary, /one more/);
});

/** A bucket that gains 10 a second, and holds so many. */
function bucketOf(burst: number): TargetProfile {
  const profile = profileOf('token-bucket', defaultTraffic);
  return { ...profile, limiter: { ...profile.limiter, burst } as DeclaredLimiter };
}

test('of a bucket it is told how many it takes at once, and not what it gains in a window', () => {
  const textOf = (admitted: number): string =>
    JSON.stringify(
      judgedBursts(
        Array.from({ length: 8 }, () => cut(admitted)),
        1,
        bucketOf(20),
      ),
    );
  assert.match(textOf(20), /bursts: none of 8 had more admitted than allowed \(20 at once\)/);
  assert.match(
    textOf(22),
    /bursts: 22 admitted in 8 of 8 bursts, more than allowed \(20 at once\) in 100\.0% \(8 of 8;/,
  );
});
