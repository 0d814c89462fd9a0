import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerTimeOf } from '../../monitor/stores/answer-time.ts';

test('an answer that was waited for is slow, although this process was not let run for a part of that, and the next was quick', () => {
  const paused = { elapsedMs: 1500, waitedMs: 1380 };
  assert.equal(answerTimeOf([paused, { elapsedMs: 2, waitedMs: 0 }]), 1380);
  assert.equal(answerTimeOf([paused]), 1500);
});

test('an answer that lay there while this process was not let run is not slow: the quickest counts', () => {
  const ownSilence = [
    { elapsedMs: 900, waitedMs: 10 },
    { elapsedMs: 300, waitedMs: 0 },
    { elapsedMs: 70, waitedMs: 20 },
  ];
  assert.equal(answerTimeOf(ownSilence), 70);
});
