import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ofThreshold } from '../../cli/run/k6-log.ts';

test('a threshold that k6 cannot read is told by its setting and the form; other messages stay', () => {
  const k6 = `failed parsing threshold expression's "rat>0.9" left hand side; reason: failed parsing method from expression`;
  assert.match(
    ofThreshold(k6),
    /^options\.thresholds: "rat>0\.9" is not a threshold of k6: write .* such as "rate>0\.9"/,
  );
  assert.equal(ofThreshold('the file was not found'), 'the file was not found');
});
