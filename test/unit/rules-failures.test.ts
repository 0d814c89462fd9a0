import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyResponse } from '../../analysis/rules/any-response.ts';
import { averageResponseTime } from '../../analysis/rules/average-response-time.ts';
import { errorRate } from '../../analysis/rules/error-rate.ts';
import { successRate } from '../../analysis/rules/success-rate.ts';
import { judge } from '../../analysis/verdict.ts';
import { journalFiles, localGenerator } from '../../contract/journal/paths.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf } from '../fixtures/run.ts';

// Failures where it is not known whether the limiter had room, where requests are missing, and of one scenario among others.

/** 8 a second at a limit of 10, each answered after 2.5 s: of none it is sure that there was room. */
const slow = (change: (n: number) => Partial<MadeRequest>): readonly MadeRequest[] =>
  Array.from({ length: 400 }, (_, n) => ({ atMs: n * 125, tookMs: 2500, outcome: 'accepted', ...change(n) }));

const successOf = (requests: readonly MadeRequest[]) =>
  successRate.judge(runOf([{ name: 'sustained', ledger: ledgerOf(requests) }]));

test('an error is no refusal, and neither is silence: both count although the limiter may have refused the request', () => {
  for (const [failed, why] of [
    [{ outcome: 'failed', status: 500 }, 'an error'],
    [{ outcome: 'failed', status: 503 }, 'a server without its database'],
    [{ outcome: 'failed', status: 504 }, 'a proxy that gave up'],
    [{ outcome: 'timeout', tookMs: 10_000 }, 'no answer'],
  ] as const) {
    const { status, summary } = successOf(slow((n) => (n % 2 === 0 ? failed : {})));
    assert.equal(status, 'fail', `${why}: ${summary}`);
    assert.match(summary, /50\.0% \(200 of 400/, why);
  }
});

test('a server that is slow and refuses some, as its limiter may, succeeds; so does one whose refusal looks like an error', () => {
  for (const refused of [
    { outcome: 'limited', status: 429 },
    { outcome: 'failed', status: 0 },
    { outcome: 'rejected', status: 403 },
  ] as const) {
    const { status, summary } = successOf(slow((n) => (n % 3 === 0 ? refused : {})));
    assert.equal(status, 'pass', summary);
    assert.match(summary, /266 of 266/);
  }
  assert.match(successOf(slow(() => ({}))).summary, /400 of 400/);
});

test('503 to what surely had to be refused, where nothing else refuses, is how this limiter refuses', () => {
  // Bursts of 15 at a limit of 10 a second, one after the other; the last ones of each are refused.
  const bursts = (refused: Partial<MadeRequest>): readonly MadeRequest[] =>
    Array.from({ length: 600 }, (_, n): MadeRequest => {
      const place = n % 15;
      const atMs = Math.floor(n / 15) * 5000 + place * 10;
      return { atMs, tookMs: 5, outcome: 'accepted', ...(place < 10 ? {} : refused) };
    });
  const undeclared = successOf(bursts({ outcome: 'failed', status: 503 }));
  assert.equal(undeclared.status, 'pass', undeclared.summary);
  assert.match(undeclared.summary, /400 of 400/);
});

const errorsWith = (errors: number, sent: number) => {
  const requests = slow((n) => (n < errors ? { outcome: 'failed', status: 500 } : {})).slice(0, sent);
  const run = runOf([{ name: 'sustained', ledger: ledgerOf(requests) }], { server: serverOf(60_000) });
  const gaps = [{ file: journalFiles.ledger(localGenerator, 'sustained'), problem: 'some requests are missing' }];
  const finding = judge(run, gaps).find(({ criterion }) => criterion === 'error-rate');
  const planned = run.scenarios[0]?.plan.phases.reduce((sum, { requests }) => sum + requests.max, 0) ?? 0;
  return { finding, planned };
};

test('too many errors stay proven where requests are missing, if those could not make up for them', () => {
  const { planned } = errorsWith(0, 400);
  const enough = Math.floor(0.05 * planned) + 1;
  assert.ok(planned > 400 && enough < 400, `${planned} planned`);
  const proven = errorsWith(enough, 400).finding;
  assert.equal(proven?.status, 'warn', proven?.summary);
  assert.match(proven?.evidence?.join('\n') ?? '', /some requests are missing/);
  assert.equal(errorsWith(enough - 2, 400).finding?.status, 'inconclusive');
  assert.equal(errorsWith(0, 400).finding?.status, 'inconclusive');
});

test('many good requests of one scenario do not hide that another failed', () => {
  const failing = slow((n) => (n % 4 === 0 ? { outcome: 'failed', status: 500 } : {})).slice(0, 200);
  const fine = Array.from({ length: 3000 }, (_, n): MadeRequest => ({ atMs: n * 125, outcome: 'accepted' }));
  const run = runOf([
    { name: 'hft', ledger: ledgerOf(failing) },
    { name: 'sustained', ledger: ledgerOf(fine) },
  ]);
  const { status, summary } = errorRate.judge(run);
  assert.equal(status, 'warn', summary);
  assert.match(summary, /^1\.6% \(50 of 3200.*; hft: 25\.0% \(50 of 200/);
  const success = successRate.judge(run);
  assert.equal(success.status, 'fail', success.summary);
  assert.match(success.summary, /^98\.4% \(3150 of 3200.*; hft: 75\.0% \(150 of 200/);
});

/** From 15 to `untilMs` others have the machine, and the server waits for a CPU. */
const starvedUntil = (untilMs: number) => {
  const processes = [processOf({ pid: 100, cpuPercent: 2, cpuWaitPercent: 60, role: 'root' })];
  return serverOf(100_000, (atMs) =>
    atMs >= 16_000 && atMs <= untilMs ? { processes, machineCpuPercent: 100 } : { processes, machineCpuPercent: 20 },
  );
};

/** Two a second; those sent from 15 to 30 s take so long. */
const slowMeanwhile = (tookMs: number): readonly MadeRequest[] =>
  Array.from({ length: 200 }, (_, n) => ({
    atMs: n * 500,
    tookMs: n >= 30 && n < 60 ? tookMs : 20,
    outcome: 'accepted',
  }));

test('of an answer that waited mostly while there was CPU to spare the rest of its time accuses the server', () => {
  const judgedWith = (tookMs: number, untilMs: number) => {
    const scenario = { name: 'sustained', ledger: ledgerOf(slowMeanwhile(tookMs)) } as const;
    const { status, summary } = averageResponseTime.judge(runOf([scenario], { server: starvedUntil(untilMs) }));
    return { status, summary };
  };
  // 30 of 200 with 8 s: 1.2 s on the average, and 1.1 s without the two seconds in which it had no CPU.
  assert.equal(judgedWith(8000, 17_000).status, 'fail', judgedWith(8000, 17_000).summary);
  assert.equal(judgedWith(8000, 45_000).status, 'inconclusive', 'it had none for most of the time');
  assert.equal(judgedWith(20, 45_000).status, 'pass');
});

test('the scenario that is named is one that decided', () => {
  const few: readonly MadeRequest[] = Array.from({ length: 40 }, (_, n) => ({
    ...{ atMs: 60_000 + n * 500, tookMs: n === 7 ? 1200 : 20, outcome: 'accepted' },
  }));
  const run = runOf(
    [
      { name: 'sustained', ledger: ledgerOf(slowMeanwhile(3000)) },
      { name: 'burst', ledger: ledgerOf(few) },
    ],
    { server: starvedUntil(45_000) },
  );
  const { status, summary } = anyResponse.judge(run);
  assert.equal(status, 'fail');
  assert.match(summary, /1200 ms, in burst$/);
});
