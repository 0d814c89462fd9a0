import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retriesBeyond } from '../../analysis/delivery/idempotency/retries.ts';

const usual = 'than senders usually wait before they try again (TradingView 5 s, others a minute and more)';

test('a TTL that ends before senders try again is told as it is declared', () => {
  for (const [life, expected] of [
    [{ ttlMs: 1000 }, `the TTL of 1000 ms is shorter ${usual}: retries after 5 s or more are taken as new signals`],
    [{ ttlMs: 30_000 }, `the TTL of 30 s is shorter ${usual}: retries after 30 s or more are taken as new signals`],
    [
      { ttlMs: 1000, toleranceMs: 400 },
      `the TTL of 1000 ± 400 ms is shorter ${usual}: retries after 5 s or more are taken as new signals`,
    ],
    [
      { ttlMs: 45_000, toleranceMs: 5000 },
      `the TTL of 45 ± 5 s is shorter ${usual}: retries after 40 s or more may be taken as new signals`,
    ],
    [
      { ttlMs: 80_000, toleranceMs: 30_000 },
      `the TTL of 80 ± 30 s may be shorter ${usual}: retries after 50 s or more may be taken as new signals`,
    ],
  ] as const) {
    assert.equal(retriesBeyond(life), expected);
  }
});

test('a TTL that covers a minute at least is no remark', () => {
  for (const life of [{ ttlMs: 60_000 }, { ttlMs: 90_000, toleranceMs: 30_000 }, { ttlMs: null }])
    assert.equal(retriesBeyond(life), null);
});
