import assert from 'node:assert/strict';
import { test } from 'node:test';
import { successRate } from '../../analysis/rules/success-rate.ts';
import { ledgerOf, type MadeRequest, runOf } from '../fixtures/run.ts';

const cycleMs = 5000;

/** Ten cycles of 20 requests, 50 ms apart, that get no answer; @param endMs when each is given up, by its sending and its cycle. */
function evidenceOf(endMs: (atMs: number, cycle: number) => number, changes: Partial<MadeRequest> = {}): string {
  const requests = Array.from({ length: 200 }, (_, n): MadeRequest => {
    const cycle = Math.floor(n / 20);
    const atMs = cycle * cycleMs + (n % 20) * 50;
    return {
      ...{ atMs, outcome: 'timeout', status: 0, error: 1050, webhook: n % 10, signal: `tag-${n}` },
      ...{ tookMs: endMs(atMs, cycle) - atMs, phase: `cycle_${cycle}`, ...changes },
    };
  });
  const run = runOf([{ name: 'memory-leak', ledger: ledgerOf(requests) }]);
  const settings = { ...run.manifest.settings, REQUEST_TIMEOUT_MS: 10_000 };
  const { evidence = [] } = successRate.judge({ ...run, manifest: { ...run.manifest, settings } });
  return evidence.join('\n');
}

const cutAtNext = (_: number, cycle: number): number => (cycle + 1) * cycleMs - 100;

test('what the next cycle ends is told as given up sooner than the time limit, and why', () => {
  assert.match(
    evidenceOf((atMs, cycle) => (cycle === 9 ? atMs + 10_000 : cutAtNext(atMs, cycle))),
    /180 of 200 timeouts were given up after 4\.0 to 4\.9 s, as the next part .* REQUEST_TIMEOUT_MS \(10000\).*LEAK_SETTLE/,
  );
});

test('what was waited for as long as the time limit says is not', () => {
  assert.doesNotMatch(
    evidenceOf((atMs) => atMs + 10_000),
    /given up/,
  );
});

test('nor is a connection that the server closed: that is no timeout', () => {
  const text = evidenceOf(cutAtNext, { outcome: 'failed', error: 1220 });
  assert.match(text, /200 failed/);
  assert.doesNotMatch(text, /timeout|given up/);
});
