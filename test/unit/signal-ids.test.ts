import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignalIds } from '../../analysis/journal/signal-ids.ts';
import { seeded } from '../fixtures/random.ts';

test('every id is given back, in whatever order its numbers came', () => {
  const random = seeded(7);
  const ids = new SignalIds();
  const given: string[] = [];
  const give = (id: string): void => {
    const index = ids.indexOf(id);
    assert.equal(ids.indexOf(id), index);
    if (index === given.length) given.push(id);
  };
  for (let n = 0; n < 800; n += 1) {
    give(`in-order-${500_000 + n}`);
    give(`shuffled-${Math.floor(random() * 20_000)}`);
    give(`backwards-${90_000 - 3 * n}`);
    if (n % 100 === 0) give(`without a number ${n} `);
  }
  give('far-4');
  give('far-99999999');
  assert.equal(ids.size, given.length);
  for (const [index, id] of given.entries()) {
    assert.equal(ids.text(index), id);
    assert.equal(ids.find(id), index);
  }
  const seen = new Map<number, string>();
  ids.forEach((id, index) => {
    seen.set(index, id);
  });
  assert.deepEqual(
    [...seen].sort(([a], [b]) => a - b),
    [...given.entries()],
  );
  assert.equal(ids.text(given.length), '');
});
