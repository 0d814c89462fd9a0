import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { gapPhase } from '../../contract/plan/repeats.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { toldOf } from '../fixtures/advice.ts';
import { ledgerOf, type MadeRequest, runOf } from '../fixtures/run.ts';

type Outcomes = readonly [MadeRequest['outcome'], MadeRequest['outcome']];

/** Signals sent twice: those of `failing` have that status first. @param processed how often each of those was. */
function judged(failing: readonly Outcomes[], processed: number, status = 500) {
  const healthy = Array.from({ length: 20 }, (): Outcomes => ['accepted', 'duplicate']);
  const effects: Record<string, number> = {};
  const requests = [...failing, ...healthy].flatMap((outcomes, n) => {
    const signal = `tag-g${n}`;
    if (n < failing.length) effects[signal] = processed;
    return outcomes.map(
      (outcome, repeat): MadeRequest => ({
        ...{ signal, outcome, phase: gapPhase(0.5), atMs: n * 50 + repeat * 500 },
        ...(outcome === 'failed' ? { status, tookMs: 30 } : {}),
      }),
    );
  });
  const judgement = exactlyOnce.judge(
    runOf([{ name: 'idempotency', ledger: ledgerOf(requests, effects) }], { profile: builtInProfiles.embedded }),
  );
  const { status: verdict, summary, evidence = [] } = judgement;
  return { verdict, text: [summary, ...evidence].join('\n'), advice: toldOf(exactlyOnce, judgement) };
}

const failedFirst: readonly Outcomes[] = [
  ['failed', 'accepted'],
  ['failed', 'accepted'],
];

describe('a handler that fails after the effect and lets go of the key', () => {
  test('the failure is told with the signal, and its advice stands first', () => {
    const { verdict, text, advice } = judged(failedFirst, 2);
    assert.equal(verdict, 'fail');
    assert.match(text, /tag-g0: answered 500, then accepted: processed twice within the TTL/);
    assert.match(advice[0] ?? '', /^a handler that fails after the effect must keep the key, or undo the effect/);
    assert.doesNotMatch(advice.join('\n'), /queue that delivers at least once/);
  });

  test('what else was processed twice keeps its words', () => {
    const { text, advice } = judged([['accepted', 'duplicate']], 2);
    assert.match(text, /tag-g0: processed twice within the TTL, accepted once/);
    assert.doesNotMatch(text, /answered 500/);
    assert.doesNotMatch(advice.join('\n'), /a handler that fails after the effect/);
  });

  test('one that fails before the effect is told of no double', () => {
    const { text, advice } = judged(failedFirst, 1);
    assert.doesNotMatch(text, /processed twice within|processed more than once/);
    assert.doesNotMatch(advice.join('\n'), /a handler that fails after the effect/);
  });
});
