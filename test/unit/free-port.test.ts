import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstPort } from '../../backend/free-port.ts';

test('processes that begin together begin at other ports', () => {
  const first = Array.from({ length: 100 }, (_, n) => firstPort(4000 + n, 4_026_531_836));
  assert.equal(new Set(first).size, first.length);
});

test('containers that share a network begin at other ports, though their pids are the same', () => {
  const first = Array.from({ length: 100 }, (_, n) => firstPort(1, 4_026_532_456 + n));
  assert.equal(new Set(first).size, first.length);
  for (const port of first) assert.ok(port >= 20_000 && port < 30_000, String(port));
});
