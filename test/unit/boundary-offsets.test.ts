import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offsetsInTime } from '../../analysis/limiter/boundary-offsets.ts';
import { profileOf } from '../fixtures/limiter-judgement.ts';
import { defaultTraffic } from '../fixtures/limiter-traffic.ts';
import { ledgerOf } from '../fixtures/run.ts';

const windowMs = 1000;
const schedule = (limit: number) => ({ atOnce: limit, windowMs, halfGapMs: 25 });

/** An offset of the probe on one webhook: the priming request, then twice the limit, so long after it. */
function inTime(limit: number, afterMs: (n: number) => number, tookMs = 5): number {
  const sent = [0, ...Array.from({ length: 2 * limit }, (_, n) => afterMs(n))];
  const ledger = ledgerOf(sent.map((atMs) => ({ atMs, tookMs, outcome: 'accepted', phase: 'probe_boundary' })));
  const indices = Uint32Array.from(sent.keys());
  const { limiter } = profileOf('sliding', { ...defaultTraffic, limit });
  if (limiter.kind === 'none') throw new Error('there is no limiter');
  return offsetsInTime(ledger, indices, schedule(limit), limiter);
}

test('an offset of the boundary probe is in time if a window that doubles would have shown', () => {
  assert.equal(
    inTime(10, (n) => (n < 10 ? 975 + n / 10 : 1025 + n / 10)),
    1,
    'as planned',
  );
  assert.equal(
    inTime(10, (n) => (n < 10 ? 1010 + n / 10 : 1060 + n / 10)),
    1,
    'all late, and still apart',
  );
  assert.equal(
    inTime(100, (n) => 975 + 0.9 * n),
    1,
    'few VUs send a large limit: the groups run into each other',
  );
});

test('an offset is not in time if all leave at once, on one side of the edge, or are answered after more than a window', () => {
  assert.equal(
    inTime(10, (n) => n / 10),
    0,
    'with the priming request',
  );
  assert.equal(
    inTime(10, (n) => 1100 + n / 10),
    0,
    'after the instant',
  );
  assert.equal(
    inTime(100, (n) => 985 + 0.9 * n),
    0,
    'too few before it',
  );
  assert.equal(
    inTime(10, (n) => (n < 10 ? 975 + n / 10 : 1025 + n / 10), 1200),
    0,
    'answered too late',
  );
});
