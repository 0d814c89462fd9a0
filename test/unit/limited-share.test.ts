import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitedShare } from '../../analysis/rules/limited-share.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { roles } from '../../contract/plan/roles.ts';
import { profileOf } from '../fixtures/limiter-judgement.ts';
import { defaultTraffic } from '../fixtures/limiter-traffic.ts';
import { ledgerOf, runOf } from '../fixtures/run.ts';

/** Twenty at once against windows of ten, of which so many are throttled; then one more that is. */
function judged(throttled: number): Judgement {
  const first = Array.from({ length: 20 }, (_, n) => ({
    atMs: n,
    outcome: n < 20 - throttled ? ('accepted' as const) : ('limited' as const),
    phase: roles['limiter.initial-burst'].name,
  }));
  const later = { atMs: 50, outcome: 'limited' as const, phase: roles['limiter.recovery'].name };
  const profile = profileOf('fixed-from-first-hit', defaultTraffic);
  return limitedShare.judge(runOf([{ name: 'rate-limit', ledger: ledgerOf([...first, later]) }], { profile }));
}

test('none throttled where some had to be is no pass, though the tolerance would allow it', () => {
  assert.equal(judged(0).status, 'inconclusive');
});

test('what passes lies within what is said to be expected: the tolerance is named', () => {
  for (const throttled of [1, 5, 10, 11, 12]) {
    const { status, summary } = judged(throttled);
    assert.equal(status, 'pass', summary);
    assert.match(summary, /of the first signals throttled, 5\.0% to 50\.0% ± 10% expected$/);
  }
  assert.equal(judged(13).status, 'inconclusive');
});
