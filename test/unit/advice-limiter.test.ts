import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import { limiterAdvice } from '../../analysis/rules/rate-limiter-advice.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { roles } from '../../contract/plan/roles.ts';
import type { LimiterKind } from '../../contract/profile/profile.ts';
import { assertAdvice, toldOf } from '../fixtures/advice.ts';
import { judged, profileOf } from '../fixtures/limiter-judgement.ts';
import { calm, defaultTraffic } from '../fixtures/limiter-traffic.ts';
import {
  blocksSome,
  checkThenAdd,
  countsRefusals,
  healthyLimiters,
  losesCounts,
  openBetween,
  perWorker,
  renewsExpiry,
  type SimulatedLimiter,
} from '../fixtures/limiters.ts';
import { ledgerOf, processOf, runOf, serverOf } from '../fixtures/run.ts';

const { limit, windowMs } = defaultTraffic;
const sliding = (n: number): SimulatedLimiter => healthyLimiters.sliding(n, windowMs, n, 0);

type Make = (random: () => number, webhook: number) => SimulatedLimiter;

const found = (make: Make, kind: LimiterKind = 'sliding', retryAfter?: (ms: number) => number | null): Judgement =>
  judged(
    { profile: profileOf(kind, defaultTraffic), size: defaultTraffic, seed: 2, weather: calm, isEven: true },
    make,
    retryAfter,
  );

const shared = /shared counts|each worker|k times/;
const anyOfExcess = /shared counts|atomic|switched on|lost counters|comparison/;

test('what a limiter does wrong decides which advice stands first, and what is not said', () => {
  const cases: readonly (readonly [string, Judgement, RegExp, RegExp])[] = [
    [
      'none',
      found(() => () => ({ admitted: true })),
      /^is the limiter switched on for this route/,
      /shared counts|atomic|Retry-After/,
    ],
    [
      'fails open',
      found(() => openBetween(sliding(limit), 5000, 9000)),
      /^errors of the limiter/,
      /shared counts|atomic/,
    ],
    ['per worker', found((random) => perWorker(() => sliding(limit), 2, random)), /^shared counts/, /switched on|lost/],
    [
      'race',
      found(() => checkThenAdd(limit, windowMs, 0.3)),
      /^limiter logic: .*atomic/,
      /shared counts|switched on|lost/,
    ],
    ['one more', found(() => sliding(limit + 1)), /^the comparison/, /shared counts|lost|switched on/],
    [
      'fixed',
      found(() => healthyLimiters.fixed(limit, windowMs, limit, 370)),
      /^the kind of window/,
      /shared counts|atomic/,
    ],
    [
      'lost',
      found(() => losesCounts(() => healthyLimiters.fixed(limit, windowMs, limit, 370), 4137), 'fixed'),
      /^lost counters/,
      /shared counts|atomic|switched on/,
    ],
    ['one less', found(() => sliding(limit - 1)), /^the limit as it is configured/, anyOfExcess],
    [
      'blocks some',
      found((random) => blocksSome(sliding(limit), 0.05, random)),
      /^the limit as it is configured/,
      anyOfExcess,
    ],
    ['renewed', found(() => renewsExpiry(limit, windowMs), 'fixed'), /^the expiry of the count/, anyOfExcess],
    ['refusals', found(() => countsRefusals(limit, windowMs)), /^refused requests/, anyOfExcess],
    [
      'no Retry-After',
      found(
        () => sliding(limit),
        'sliding',
        () => null,
      ),
      /^Retry-After/,
      /Forwarded|RateLimit|shared/,
    ],
    [
      'forged',
      found((_random, webhook) => (webhook === 6 ? () => ({ admitted: true }) : sliding(limit))),
      /^X-Forwarded-For/,
      /Retry-After|shared|switched/,
    ],
  ];
  for (const [name, judgement, first, never] of cases) {
    assert.match(judgement.status, /fail|warn/, name);
    assertAdvice(rateLimiter, judgement, { first, never });
  }
  assert.deepEqual(
    toldOf(
      rateLimiter,
      found(() => sliding(limit)),
    ),
    [],
  );
});

test('no advice is about workers that share counts where one process serves', () => {
  const burstsOn = (workers: number, admitted: number): Judgement => {
    const requests = Array.from({ length: 5 * 40 }, (_, n) => ({
      atMs: 1000 + 3000 * Math.floor(n / 40) + (n % 40) / 10,
      outcome: n % 40 < admitted ? ('accepted' as const) : ('limited' as const),
      phase: roles['limiter.bursts'].name,
    }));
    const processes = Array.from({ length: workers }, (_, n) => processOf({ pid: 100 + n, role: 'worker' }));
    const server = serverOf(20_000, () => ({ processes: [processOf({ pid: 99, role: 'root' }), ...processes] }));
    const ledger = ledgerOf(requests);
    const run = runOf([{ name: 'rate-limit', ledger }], { profile: profileOf('sliding', defaultTraffic), server });
    return rateLimiter.judge({ ...run, manifest: { ...run.manifest, clockMovedUs: 0 } });
  };
  assertAdvice(rateLimiter, burstsOn(2, 20), { first: /^shared counts/ });
  assertAdvice(rateLimiter, burstsOn(1, 20), { first: /^one count for all/, never: shared });
  assertAdvice(rateLimiter, burstsOn(1, 13), { first: /^the limit as it is configured/, never: shared });
  // Nothing was throttled: four workers with ten each may have taken all forty, two may not.
  assert.match(toldOf(rateLimiter, burstsOn(4, 40)).join('\n'), shared);
  for (const workers of [1, 2])
    assertAdvice(rateLimiter, burstsOn(workers, 40), { first: /switched on/, never: shared });
});

test('a repeat that the limiter refuses is told of by the order of the checks', () => {
  const outcomes: readonly RecordedOutcome[] = [...Array.from({ length: limit }, () => 'accepted' as const)];
  const ledger = ledgerOf([
    ...outcomes.map((outcome, n) => ({ atMs: 1000 + n * 5, outcome, signal: `s${n}` })),
    ...outcomes.map((_, n) => ({ atMs: 1200 + n * 5, outcome: 'limited' as const, signal: `s${n}` })),
  ]);
  const run = runOf([{ name: 'hft', ledger }], { profile: profileOf('sliding', defaultTraffic) });
  const judgement = rateLimiter.judge({ ...run, manifest: { ...run.manifest, clockMovedUs: 0 } });
  assert.equal(judgement.status, 'fail', judgement.summary);
  assertAdvice(rateLimiter, judgement, { first: /^order of the checks/, never: anyOfExcess });
});

test('each piece of the advice is said once', () => {
  const texts = limiterAdvice.map((line) => (typeof line === 'string' ? line : line.text));
  assert.equal(new Set(texts).size, texts.length);
});
