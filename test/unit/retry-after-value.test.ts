import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { retryAfterValue } from '../../analysis/limiter/headers/retry-after-value.ts';
import '../fixtures/seed.ts';

const now = 'Wed, 25 Nov 2026 12:00:00 GMT';

test('Retry-After is whole seconds, or an HTTP date held against the Date of the answer', () => {
  for (const [text, ms] of [
    ['0', 0],
    ['1', 1000],
    ['0120', 120_000],
    ['999999999', 999_999_999_000],
    ['Wed, 25 Nov 2026 12:01:00 GMT', 60_000],
    ['Wednesday, 25-Nov-26 12:01:00 GMT', 60_000],
    ['Wed Nov 25 12:01:00 2026', 60_000],
    ['Wed, 25 Nov 2026 11:00:00 GMT', -3_600_000],
  ] as const) {
    const read = retryAfterValue(text, { Date: now });
    assert.ok(read.form !== 'malformed', text);
    assert.equal(read.ms, ms, text);
    assert.equal(read.form, /^\d+$/.test(text) ? 'seconds' : 'date', text);
  }
  assert.deepEqual(retryAfterValue(now, {}), { form: 'date', ms: null }, 'nobody knows the clock of the server');
  assert.deepEqual(retryAfterValue(now, { Date: 'today' }), { form: 'date', ms: null });
});

test('what is malformed is named', () => {
  for (const [text, why] of [
    ['', /is empty/],
    ['1764075600', /is a time, not seconds/],
    ['1764075600123', /is a time, not seconds/],
    ['1764075600.5', /is a time, not seconds/],
    ['9'.repeat(250), /is a time, not seconds/],
    ['-1484742195', /is negative/],
    ['-0.5', /is negative/],
    ['0.493', /is a fraction/],
    ['.5', /is a fraction/],
    ['1,5', /is a fraction/],
    ['1s', /has a unit/],
    ['1000 ms', /has a unit/],
    ['1 second', /has a unit/],
    ['2026-11-25T12:00:01Z', /ISO 8601/],
    ['2026-11-25 12:00:01', /ISO 8601/],
    ['2026-11-25T12:00:01.123+00:00', /ISO 8601/],
    ['Wed, 25 Nov 2026 12:00:01 +0000', /another form/],
    ['Wed, 25 Nov 2026 12:00:01 UTC', /another form/],
    ['Wed, 31 Feb 2026 12:00:01 GMT', /another form/],
    ['1, 1', /several times/],
    ['soon', /is neither/],
    ['NaN', /is neither/],
    ['PT1S', /is neither/],
    ['"1"', /is neither/],
    ['1e3', /is neither/],
    ['0x10', /is neither/],
    ['+5', /is neither/],
  ] as const) {
    const read = retryAfterValue(text, { Date: now });
    assert.ok(read.form === 'malformed', `${text} is ${JSON.stringify(read)}`);
    assert.match(read.why, why, text);
  }
});

test('any seconds below 31 years are a wait, any HTTP date a time', () => {
  fc.assert(
    fc.property(fc.nat(999_999_999), fc.integer({ min: 0, max: 4_000_000_000 }), (seconds, at) => {
      assert.deepEqual(retryAfterValue(String(seconds), {}), { form: 'seconds', ms: seconds * 1000 });
      const [from, to] = [at, at + (seconds % 100_000)].map((time) => new Date(time * 1000).toUTCString());
      assert.deepEqual(retryAfterValue(to ?? '', { Date: from ?? '' }), {
        form: 'date',
        ms: (seconds % 100_000) * 1000,
      });
    }),
  );
});

test('no text is read as anything that it is not, and none throws', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const read = retryAfterValue(text, { Date: text });
      assert.equal(read.form === 'seconds', /^\d+$/.test(text) && Number(text) < 1e9);
    }),
  );
});
