import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isAlive, until } from '../e2e/stress.ts';
import { watchOnce } from '../third-party/watched-ends.ts';

test('a server that ends before it answers leaves nothing behind: its group is ended, then what it started elsewhere', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'watched-ends-'));
  const file = join(folder, 'child');
  const childPid = (): number => Number(readFileSync(file, 'utf8'));
  let stops = 0;
  const options = {
    command: () => ['sh', '-c', 'sleep 600 & echo $! > "$1"; exit 3', 'sh', file],
    stop: async () => {
      stops += 1;
      await until('its child has ended', () => !isAlive(childPid()));
    },
  };
  await assert.rejects(
    watchOnce(options, async () => {}),
    /the server does not answer/,
  );
  assert.deepEqual([stops, isAlive(childPid())], [1, false]);
  rmSync(folder, { recursive: true });
});
