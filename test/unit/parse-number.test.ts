import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNumber, rangeInWords } from '../../contract/profile/parse-number.ts';

test('a number within the range is taken, anything else is null', () => {
  const port = { min: 0, max: 65_535 };
  const seconds = { min: 0.1, max: 3600, whole: false };
  assert.deepEqual(
    ['0', '8000', ' 65535 ', '65536', '-1', '8000.5', '1e3', '0x10', '', ' ', 'abc', 'Infinity', 'NaN'].map((text) =>
      parseNumber(text, port),
    ),
    [0, 8000, 65_535, null, null, null, null, null, null, null, null, null, null],
  );
  assert.deepEqual(
    ['0.25', '.5', '3600', '3600.1', '0.09', '1.', '.', '1..2'].map((text) => parseNumber(text, seconds)),
    [0.25, 0.5, 3600, null, null, 1, null, null],
  );
  assert.equal(parseNumber('9007199254740993', { min: 0 }), null);
});

test('the range is said in words', () => {
  assert.equal(rangeInWords({ min: 1, max: 64 }), 'a whole number from 1 to 64');
  assert.equal(rangeInWords({ min: 0.1, max: 3600, whole: false }), 'a number from 0.1 to 3600');
  assert.equal(rangeInWords({ min: 2 }), 'a whole number of at least 2');
});
