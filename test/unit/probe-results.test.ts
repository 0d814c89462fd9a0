import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withProbeFailures } from '../../analysis/journal/probe-results.ts';
import { answered, noAnswer, noConnection, noJson } from '../fixtures/probe-results.ts';

test('a journal that tells in words alone why a question failed is read as one that tells it as data', () => {
  const broken = { ...noConnection, failure: 'broken', reason: 'connection broken (ECONNRESET)' };
  const tooLong = { ...noJson, reason: 'its body is longer than 65536 bytes' };
  for (const result of [answered(503), answered(401), noAnswer, noConnection, broken, noJson, tooLong]) {
    const { state, latencyMs, reason } = result;
    const old = { atUs: 1, health: { state, latencyMs, reason }, redis: null, database: { state, latencyMs, reason } };
    assert.deepEqual(withProbeFailures(old), { atUs: 1, health: result, redis: null, database: result });
  }
});

test('what is told as data stays, whatever its words', () => {
  const sample = { atUs: 1, health: { ...noAnswer, reason: 'HTTP 200' }, redis: { state: 'unavailable' } };
  assert.equal(withProbeFailures(sample), sample);
});
