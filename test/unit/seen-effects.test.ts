import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EffectTimes } from '../../analysis/journal/effect-times.ts';
import { SeenEffects } from '../../contract/journal/seen-effects.ts';

test('a poll tells each effect of a signal of which it saw more than those before it', () => {
  const seen = new SeenEffects();
  assert.deepEqual(seen.newIn(['a']), ['a']);
  assert.deepEqual(seen.newIn(['a', 'b']), ['b']);
  assert.deepEqual(seen.newIn(['a', 'b', 'a']), ['a', 'a']);
  assert.deepEqual(seen.newIn(['b']), []);
  assert.deepEqual(seen.newIn(['a', 'b', 'a']), []);
});

test('when all effects of a signal had been seen is known from one poll that saw them all', () => {
  const times = new EffectTimes();
  const poll = (toUs: number, signals: readonly number[]): void => {
    times.addPoll({ fromUs: toUs - 1, toUs, effects: 0, missing: null, state: 'loading' });
    for (const signal of signals) times.saw(signal);
  };
  poll(10, [1]);
  poll(20, [2]);
  poll(30, [1, 2, 1]);
  assert.equal(times.seenAllUs(1, 1), 10);
  assert.equal(times.seenAllUs(1, 2), 30);
  assert.equal(times.seenAllUs(1, 3), null);
  // Two readers saw it once each: that is no second effect.
  assert.equal(times.seenAllUs(2, 2), null);
  assert.equal(times.seenAllUs(3, 1), null);
  assert.deepEqual(times.seenTimeOf(1), { fromUs: null, toUs: 10 });
});
