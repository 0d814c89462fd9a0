import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as z from 'zod';
import { isUnsentCode, obstacleOf, obstacleText, unreadBy } from '../../contract/journal/request-failures.ts';
import { requestFailure } from '../../lib/request-failure.ts';

// The same cases as in k6/sender/failures_test.go: both senders say the same of the same failure.

const file = join(import.meta.dirname, '..', 'fixtures', 'request-failures.json');
const cases = z
  .array(
    z.object({
      case: z.string(),
      /** k6's own error, and Go's. */
      k6: z.object({ code: z.number(), message: z.string() }),
      go: z.optional(z.string()),
      code: z.number(),
      outcome: z.enum(['unsent', 'failed', 'timeout']),
    }),
  )
  .parse(JSON.parse(readFileSync(file, 'utf8')));

for (const { case: name, k6, go, code, outcome } of cases) {
  test(`${name}: ${outcome}, ${code}`, () => {
    assert.deepEqual(requestFailure({ value: { op: 'Post', err: k6 } }), { outcome, code });
    assert.deepEqual(requestFailure({ value: k6 }), { outcome, code });
    assert.equal(isUnsentCode(code), outcome === 'unsent');
    if (go === undefined) return;
    const thrown = requestFailure({
      value: { op: 'Post', url: 'http://secret', error: () => 'http://secret', err: { error: () => go } },
    });
    assert.equal(thrown?.outcome, outcome);
    if (outcome === 'unsent') assert.equal(thrown?.code, code);
  });
}

test('what is unsent has a cause and a remedy, each in a few words of its own', () => {
  const codes = [...new Set(cases.filter(({ outcome }) => outcome === 'unsent').map(({ code }) => code))];
  const texts = codes.map(obstacleText);
  assert.equal(new Set(texts).size, codes.length);
  for (const { cause, remedy } of codes.map(obstacleOf)) assert.ok(cause.length > 5 && remedy.length > 5);
});

test('only a failure of the request itself counts as one', () => {
  assert.deepEqual(requestFailure({ value: { op: 'Post', err: {} } }), { outcome: 'failed', code: 0 });
  assert.deepEqual(requestFailure({ value: { code: 1701 } }), { outcome: 'failed', code: 1701 });
  assert.equal(requestFailure({ value: { code: 1020 } }), null, 'an invalid URL is ours');
  assert.equal(requestFailure({ value: { error: 'invalid timeout value' } }), null);
  assert.equal(requestFailure(new TypeError('request timeout')), null, 'a bug of ours, whatever it says');
});

test('a 400 of a server in front that has not read the request is told by its words', () => {
  const plain = '<center>The plain HTTP request was sent to HTTPS port</center>';
  const noCertificate = '<center>No required SSL certificate was sent</center>';
  assert.equal(unreadBy(400, plain, false), 2022);
  assert.equal(unreadBy(400, 'Client sent an HTTP request to an HTTPS server.\n', false), 2022);
  assert.equal(unreadBy(400, noCertificate, true), 2013);
  assert.equal(unreadBy(400, plain, true), 0);
  assert.equal(unreadBy(200, plain, false), 0);
  assert.equal(unreadBy(400, '{"detail":"quantity is missing"}', false), 0);
});
