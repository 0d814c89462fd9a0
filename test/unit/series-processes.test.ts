import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seriesOf } from '../../analysis/series.ts';
import { processOf, runOf, serverOf } from '../fixtures/run.ts';

test('a memory line is named after what its process turned out to be', () => {
  const root = processOf({ pid: 100, role: 'root' });
  const server = serverOf(60_000, (atMs) => ({
    processes: [root, processOf({ pid: 101, role: atMs < 2000 ? 'helper' : 'worker' })],
  }));
  const { memory } = seriesOf(runOf([], { server })).server;
  assert.deepEqual(
    memory.map(({ label }) => label),
    ['root 100', 'worker 101'],
  );
});
