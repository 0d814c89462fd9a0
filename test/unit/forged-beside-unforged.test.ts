import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import type { JudgedPart, Judgement } from '../../analysis/rules/rule.ts';
import { roles } from '../../contract/plan/roles.ts';
import { judged, profileOf } from '../fixtures/limiter-judgement.ts';
import { calm, defaultTraffic } from '../fixtures/limiter-traffic.ts';
import { checkThenAdd, healthyLimiters, perWorker, type SimulatedLimiter } from '../fixtures/limiters.ts';
import { ledgerOf, runOf } from '../fixtures/run.ts';

const { limit, windowMs } = defaultTraffic;
const profile = profileOf('sliding', defaultTraffic);
const sliding = (n: number): SimulatedLimiter => healthyLimiters.sliding(n, windowMs, n, 0);
const open = (): SimulatedLimiter => () => ({ admitted: true });
/** The webhook of the forged bursts. */
const forgedWebhook = 6;

type Make = (random: () => number, webhook: number) => SimulatedLimiter;

function forwardedIn({ parts = [] }: Judgement): JudgedPart {
  const found = parts.find(({ summary }) => summary.startsWith('forwarded: '));
  assert.ok(found !== undefined);
  return found;
}

const forwardedOf = (make: Make, seed: number): JudgedPart =>
  forwardedIn(judged({ profile, size: defaultTraffic, seed, weather: calm, isEven: true }, make));

test('a limit that is broken without the header as well is not said to be evaded by it', () => {
  const broken: readonly (readonly [string, Make])[] = [
    ['three workers', (random) => perWorker(() => sliding(limit), 3, random)],
    ['four workers', (random) => perWorker(() => sliding(limit), 4, random)],
    ['a limit of 28', () => sliding(28)],
    ['a slow race', () => checkThenAdd(limit, windowMs, 20)],
    ['no limiter', open],
  ];
  for (const [name, make] of broken) {
    for (let seed = 1; seed <= 5; seed += 1) {
      const { status, summary } = forwardedOf(make, seed);
      assert.equal(status, 'inconclusive', `${name}, seed ${seed}: ${summary}`);
      assert.match(summary, /and \d+ were admitted without the header: it is not the cause, or not alone; make/, name);
    }
  }
});

test('a header that lets clearly more through than two workers do, or one more, evades the limit', () => {
  const unforged: readonly Make[] = [
    (random) => perWorker(() => sliding(limit), 2, random),
    () => sliding(limit + 1),
    () => sliding(limit),
  ];
  for (const make of unforged) {
    for (let seed = 1; seed <= 5; seed += 1) {
      const { status, summary } = forwardedOf((random, webhook) => {
        return webhook === forgedWebhook ? open() : make(random, webhook);
      }, seed);
      assert.equal(status, 'warn', `seed ${seed}: ${summary}`);
      assert.match(summary, /with forged X-Forwarded-For.*: the limit is evaded by it$/);
    }
  }
});

test('forged bursts with nothing to compare them with are left open', () => {
  const together = (count: number, atMs: number, phase: string) =>
    Array.from({ length: count }, (_, n) => ({ atMs: atMs + n / 10, outcome: 'accepted' as const, phase }));
  const run = runOf(
    [
      {
        name: 'rate-limit',
        ledger: ledgerOf([
          ...together(5, 100, roles['limiter.initial-burst'].name),
          ...together(30, 5000, roles['limiter.forwarded'].name),
        ]),
      },
    ],
    { profile },
  );
  const { status, summary } = forwardedIn(rateLimiter.judge(run));
  assert.equal(status, 'inconclusive', summary);
  assert.match(summary, /too few were sent without the header to compare: run all probes of rate-limit$/);
});
