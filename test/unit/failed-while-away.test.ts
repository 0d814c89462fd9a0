import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StoreLines } from '../../analysis/journal/store-lines.ts';
import { databaseAndRedis } from '../../analysis/rules/database-and-redis.ts';
import { errorRate } from '../../analysis/rules/error-rate.ts';
import { successRate } from '../../analysis/rules/success-rate.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { toldOf } from '../fixtures/advice.ts';
import { ledgerOf, type MadeRequest, runOf, serverOf, startUs } from '../fixtures/run.ts';

const seconds = 50;

/** A look each second; those from 20 to `untilSecond` find nobody. */
function looks(untilSecond: number): StoreLines {
  const lines = new StoreLines();
  for (let second = 0; second <= seconds; second += 1) {
    const atUs = startUs + second * 1_000_000;
    const line =
      second >= 20 && second < untilSecond
        ? { store: 'redis', atUs, failure: 'refused', code: 'ECONNREFUSED', tookMs: 1 }
        : {
            ...{ store: 'redis', atUs, latencyMs: 1, unseen: [], instance: 'c8cb25f5', clients: 5, maxClients: 1000 },
            ...{ blockedClients: 0, connectionsTaken: 9, connectionsRefused: 0, commands: 50 * second },
            ...{ usedBytes: 1e6, maxBytes: 0, policy: 'noeviction', evictedKeys: 0, savesOk: true, fullErrors: 0 },
            ...{ unsavedErrors: 0, readOnlyErrors: 0, loadingErrors: 0, clusterErrors: 0, busyErrors: 0 },
            ...{ slowCommands: 0, slowestMs: null, slowestCommand: null },
          };
    assert.equal(lines.add(line), null);
  }
  return lines;
}

/** Eight requests a second, of which those from one second to another fail. */
function runWith(
  failing: { readonly from: number; readonly to: number; readonly statuses: readonly number[] },
  stores: StoreLines,
) {
  const requests = Array.from({ length: 8 * seconds }, (_, n): MadeRequest => {
    const atMs = n * 125;
    const isFailing = atMs >= failing.from * 1000 && atMs < failing.to * 1000;
    const status = failing.statuses[n % failing.statuses.length] ?? 500;
    const outcome = !isFailing ? 'accepted' : status < 500 ? 'rejected' : 'failed';
    return { atMs, tookMs: 20, outcome, ...(isFailing ? { status } : {}) };
  });
  return runOf([{ name: 'sustained', ledger: ledgerOf(requests), toMs: seconds * 1000 }], {
    profile: { ...builtInProfiles.embedded, redis: 'present', database: 'none' },
    server: serverOf(seconds * 1000, () => ({}), { stepMs: 1000, stores }),
  });
}

function success(...given: Parameters<typeof runWith>) {
  return toldBy(successRate, ...given);
}

function toldBy(rule: typeof successRate | typeof errorRate, ...given: Parameters<typeof runWith>) {
  const judgement = rule.judge(runWith(given[0], given[1]));
  const { status, summary, evidence = [] } = judgement;
  return { status, text: [summary, ...evidence].join('\n'), advice: toldOf(rule, judgement) };
}

describe('requests that fail while a store is away', () => {
  test('are told with their status and their time, and the store', () => {
    const { status, text, advice } = success({ from: 20, to: 25, statuses: [503] }, looks(25));
    assert.equal(status, 'warn');
    assert.match(text, /; 40 of the 40 failures were answered 503 while Redis was away/);
    assert.match(text, /not successful: 40 failed \(all 503, between 20\.0 s and 24\.9 s\)/);
    assert.match(advice[0] ?? '', /^a store that was away/);
    assert.doesNotMatch(advice.join('\n'), /workers, threads and connections/);
  });

  test('are told by the error rate, too, and the store stands before what is said of pools', () => {
    for (const statuses of [[503], [500]]) {
      const { status, text, advice } = toldBy(errorRate, { from: 20, to: 25, statuses }, looks(25));
      assert.equal(status, 'warn');
      assert.match(text, new RegExp(`; 40 of the 40 failures were answered ${statuses[0]} while Redis was away`));
      assert.match(advice[0] ?? '', /^a store that was away/);
      assert.match(advice[1] ?? '', /^error logs of the workers/);
      assert.doesNotMatch(advice.join('\n'), /pool/);
    }
    const { text, advice } = toldBy(errorRate, { from: 35, to: 40, statuses: [503] }, looks(25));
    assert.match(advice[0] ?? '', /^503: who answered it/);
    assert.doesNotMatch(`${text}${advice.join('')}`, /away/);
  });

  test('do not hide that others were rejected', () => {
    const { text, advice } = toldBy(errorRate, { from: 20, to: 25, statuses: [503, 400] }, looks(25));
    assert.match(text, /20 of the 20 failures were answered 503 while Redis was away/);
    assert.match(advice.join('\n'), /^a store that was away[\s\S]*^rejected: /m);
  });

  test('of several statuses, each is counted', () => {
    const { text } = success({ from: 20, to: 25, statuses: [503, 503, 503, 500] }, looks(25));
    assert.match(text, /40 of the 40 failures came while Redis was away/);
    assert.match(text, /40 failed \(30 × 503, 10 × 500, between/);
  });

  test('at other times they are not explained by it, and neither where the store was there', () => {
    for (const stores of [looks(25), looks(20)]) {
      const { status, text, advice } = success({ from: 35, to: 40, statuses: [503] }, stores);
      assert.equal(status, 'warn');
      assert.match(text, /all 503, between 35\.0 s and 39\.9 s/);
      assert.doesNotMatch(`${text}${advice.join('')}`, /away/);
    }
  });

  test('a run without failures says nothing of it', () => {
    const { status, text } = success({ from: 0, to: 0, statuses: [503] }, looks(25));
    assert.equal(status, 'pass');
    assert.doesNotMatch(text, /not successful|away/);
  });
});

test('how long a store was away is told as far as looks tell', () => {
  const told = (untilSecond: number): string =>
    (databaseAndRedis.judge(runWith({ from: 0, to: 0, statuses: [503] }, looks(untilSecond))).evidence ?? []).join(
      '\n',
    );
  assert.match(told(23), /Redis at 20\.0 s: .*it answered again at 23\.0 s, away for between 2\.0 and 4\.0 s/);
  assert.match(told(21), /it answered again at 21\.0 s, away for at most 2\.0 s/);
  assert.match(told(seconds + 1), /it did not answer again; no request failed with it$/m);
  assert.doesNotMatch(told(20), /away/);
});

test('how long requests failed with an outage is told of each, and measured', () => {
  const judged = (to: number) => {
    const { evidence = [], measures = [] } = databaseAndRedis.judge(
      runWith({ from: 20, to, statuses: [503] }, looks(25)),
    );
    return { text: evidence.join('\n'), recovery: measures.find(({ name }) => name === 'redis-recovery')?.value };
  };
  const reconnects = judged(28);
  assert.match(
    reconnects.text,
    /it answered again at 25\.0 s, .*; 64 requests failed, and they succeeded again 8\.0 s/,
  );
  assert.equal(reconnects.recovery, 8000);
  const never = judged(seconds);
  assert.match(never.text, /240 requests failed, up to the last: it did not recover within the run/);
  assert.equal(never.recovery, undefined);
  const spared = judged(0);
  assert.match(spared.text, /away for between 4\.0 and 6\.0 s; no request failed with it/);
  assert.equal(spared.recovery, 0);
});
