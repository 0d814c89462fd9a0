import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorRate } from '../../analysis/rules/error-rate.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { successRate } from '../../analysis/rules/success-rate.ts';
import { ledgerOf, type MadeRequest, runOf, serverOf } from '../fixtures/run.ts';

const exited = 'the server had exited, so nothing could be read back';
const after = 'every failure came after the server had exited';
const refused = { outcome: 'failed', status: 0, tookMs: 1 } as const;

/** 60 requests, one each 100 ms; those from then on find nobody. @param deadToMs until then no process is there. */
function runWith(failFromMs: number, deadToMs: number) {
  const requests = Array.from(
    { length: 60 },
    (_, n): MadeRequest => ({
      atMs: n * 100,
      signal: `tag-${n}`,
      ...(n * 100 < failFromMs ? { outcome: 'accepted' } : refused),
    }),
  );
  const server = serverOf(7_000, (atMs) => (atMs >= 3_000 && atMs < deadToMs ? { processes: [], health: null } : {}));
  // Nothing was read back of any webhook.
  const ledger = ledgerOf(requests, Object.fromEntries(requests.map(({ signal = '' }) => [signal, 0])));
  ledger.readbacks.clear();
  return runOf([{ name: 'hft', ledger, toMs: 7_000 }], { server });
}

test('a server that exited and stayed away: exactly-once and the rows of failed requests name that', () => {
  const run = runWith(3_000, Number.POSITIVE_INFINITY);
  const { status, summary } = exactlyOnce.judge(run);
  assert.equal(status, 'inconclusive');
  assert.ok(summary.endsWith(exited), summary);
  for (const rule of [successRate, errorRate]) assert.ok(rule.judge(run).summary.includes(after), rule.id);
});

test('a server that came back, and failures before it exited, are told as before', () => {
  const back = runWith(3_000, 4_000);
  assert.ok(!exactlyOnce.judge(back).summary.includes(exited));
  for (const rule of [successRate, errorRate]) {
    assert.ok(!rule.judge(back).summary.includes(after), rule.id);
    assert.ok(!rule.judge(runWith(2_000, Number.POSITIVE_INFINITY)).summary.includes(after), rule.id);
  }
});
