import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Faults } from '../../backend/faults.ts';

const strikesIn = (percent: number, occasions: number): readonly boolean[] => {
  const faults = new Faults({ hang: percent });
  return Array.from({ length: occasions }, () => faults.strikes('hang'));
};

test('a fault of a share strikes once in each 1 / share occasions, at a place that chance draws', () => {
  const places = new Set<number>();
  for (let round = 0; round < 200; round++) {
    const struck = strikesIn(2, 500);
    for (let block = 0; block < 10; block++) {
      const strikes = struck.slice(50 * block, 50 * (block + 1)).filter(Boolean);
      assert.equal(strikes.length, 1, `round ${round}, block ${block}`);
    }
    places.add(struck.indexOf(true));
  }
  assert.ok(places.size > 25, `${places.size} places of 50`);
});

test('shares that no whole number of occasions holds are kept, and all is all', () => {
  for (const percent of [15, 30, 70, 100, 250]) {
    const struck = strikesIn(percent, 1000).filter(Boolean).length;
    assert.ok(Math.abs(struck - 10 * Math.min(percent, 100)) <= 2, `${percent}%: ${struck} of 1000`);
  }
  assert.equal(new Faults({}).strikes('hang'), false);
});
