import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorRate } from '../../analysis/rules/error-rate.ts';
import { successRate } from '../../analysis/rules/success-rate.ts';
import { judge } from '../../analysis/verdict.ts';
import { journalFiles, localGenerator } from '../../contract/journal/paths.ts';
import { ledgerOf, type MadeRequest, runOf, serverOf } from '../fixtures/run.ts';

// Failures where it is not known whether the limiter had room, where requests are missing, and of one scenario among others.

/** 8 a second at a limit of 10, each answered after 2.5 s: of none it is sure that there was room. */
const slow = (change: (n: number) => Partial<MadeRequest>): readonly MadeRequest[] =>
  Array.from({ length: 400 }, (_, n) => ({ atMs: n * 125, tookMs: 2500, outcome: 'accepted', ...change(n) }));

const successOf = (requests: readonly MadeRequest[]) =>
  successRate.judge(runOf([{ name: 'sustained', ledger: ledgerOf(requests) }]));

test('an error is no refusal, and neither is silence: both count although the limiter may have refused the request', () => {
  for (const [failed, why] of [
    [{ outcome: 'failed', status: 500 }, 'an error'],
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
    { outcome: 'failed', status: 503 },
    { outcome: 'failed', status: 0 },
    { outcome: 'rejected', status: 403 },
  ] as const) {
    const { status, summary } = successOf(slow((n) => (n % 3 === 0 ? refused : {})));
    assert.equal(status, 'pass', summary);
    assert.match(summary, /266 of 266/);
  }
  assert.match(successOf(slow(() => ({}))).summary, /400 of 400/);
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
  const { status, summary } = errorRate.judge(
    runOf([
      { name: 'hft', ledger: ledgerOf(failing) },
      { name: 'sustained', ledger: ledgerOf(fine) },
    ]),
  );
  assert.equal(status, 'warn', summary);
  assert.match(summary, /^1\.6% \(50 of 3200.*; hft: 25\.0% \(50 of 200/);
});
