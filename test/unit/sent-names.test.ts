import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slowestInWords } from '../../analysis/interpret/slowest.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { roles } from '../../contract/plan/roles.ts';
import { numberOf, sentNames } from '../../contract/plan/signal-id.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { ledgerOf, type MadeRequest, runOf } from '../fixtures/run.ts';

const { embedded } = builtInProfiles;
const withBody = (body: TargetProfile['request']['body']): TargetProfile => ({
  ...embedded,
  request: { ...embedded.request, body },
});
const numbered = withBody({ signal_id: '{n}' });

test('a signal is named by the id that its requests carry', () => {
  const plain = sentNames(embedded);
  assert.equal(plain('k3f9-b7'), 'k3f9-b7');
  assert.equal(plain('k3f9-b07'), 'k3f9-b07', 'as it stands');
  assert.equal(plain('k3f9-C7~@1'), 'k3f9-C7 (webhook 1)');
  assert.equal(plain('k3f9-u7~AAPL'), 'k3f9-u7 (AAPL)');
  assert.equal(plain("somebody's own~@1"), "somebody's own~@1", 'none of ours');
  assert.equal(sentNames(withBody({ id: 'sig-{id}.' }))('k3f9-C7~@0'), 'sig-k3f9-C7. (webhook 0)');
  assert.equal(sentNames(numbered)('k3f9-C7~@0'), `${numberOf('k3f9-C7')} (webhook 0)`);
  assert.equal(sentNames(numbered)('somebody'), 'somebody');
  assert.equal(sentNames(withBody('{"ticker":"{ticker}"}'))('k3f9-b7'), 'k3f9-b7', 'nothing carries its number');
});

const phase = roles['idempotency.other-webhook'].name;
const lost: readonly MadeRequest[] = [
  { atMs: 0, outcome: 'accepted', phase, signal: 'tag-C1~@0' },
  { atMs: 5, outcome: 'accepted', phase, signal: 'tag-C1~@1', webhook: 1 },
  // The list of webhook 1 is read.
  { atMs: 10, outcome: 'accepted', phase, signal: 'tag-C2~@1', webhook: 1 },
];
const suppressed = [1, 2, 3, 4].map(
  (n): MadeRequest => ({
    ...{ atMs: 20 + n, outcome: 'duplicate', webhook: 1, signal: `tag-g${n}` },
    phase: roles['idempotency.together'].name,
  }),
);

for (const [words, profile, id, second] of [
  ['text', embedded, 'tag-C1', 'tag-C2'],
  ['a number', numbered, String(numberOf('tag-C1')), String(numberOf('tag-C2'))],
] as const) {
  test(`no finding, example or picture shows how the tool tells signals apart: the id is ${words}`, () => {
    const judged = (requests: readonly MadeRequest[]) => {
      const ledger = ledgerOf(requests, { 'tag-C1~@0': 1, 'tag-C1~@1': 0, 'tag-C2~@1': 1 });
      return exactlyOnce.judge(runOf([{ name: 'idempotency', ledger }], { profile }));
    };
    const loses = judged(lost);
    const isCoarse = judged([...lost, ...suppressed]);
    const texts = JSON.stringify([loses, isCoarse]);
    assert.doesNotMatch(texts, /~@/);
    assert.ok(texts.includes(`lost: ${id} (webhook 1): accepted`), texts);
    assert.ok(texts.includes(`when ${second} (webhook 1) had been accepted`), texts);
    const drawn = (loses.pictures ?? []).filter((one) => one.kind === 'signal').map(({ signal }) => signal);
    assert.deepEqual(drawn, [`${id} (webhook 1)`]);
  });

  test(`the slowest answers are named by their ids: ${words}`, () => {
    const ledger = ledgerOf([{ atMs: 0, tookMs: 900, outcome: 'accepted', phase, signal: 'tag-C1~@1', webhook: 1 }]);
    const run = runOf([{ name: 'idempotency', ledger }], { profile });
    const [line = ''] = run.scenarios.flatMap((scenario) => slowestInWords(run, scenario, 100));
    assert.ok(line.startsWith(`idempotency: ${id} (webhook 1), sent `), line);
  });
}
