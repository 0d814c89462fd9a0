import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSameProgram, isSpawned } from '../../monitor/system/same-program.ts';

test('a master that opens no socket itself is known by what its workers run', () => {
  const title = 'granian asgi 127.0.0.1:80 app:asgi';
  assert.ok(isSameProgram({ child: ['node', 'server.js'], parent: ['node', 'server.js'] }));
  assert.ok(isSameProgram({ child: [`${title} worker-2`], parent: [title] }));
  const spawned = ['python3', '-c', 'from multiprocessing.spawn import spawn_main; spawn_main(9)'];
  assert.ok(isSpawned({ child: spawned, parent: ['python3', 'serve.py'] }));
  assert.ok(!isSameProgram({ child: spawned, parent: ['python3', 'serve.py'] }), 'a test may start its server so');
});

test('who only starts a server is no master of it', () => {
  const child = ['python3', 'server.py'];
  for (const parent of [['python3', 'harness.py'], ['bash', '-c', 'python3 server.py & python3 server.py'], []]) {
    assert.ok(!isSameProgram({ child, parent }));
    assert.ok(!isSpawned({ child, parent }));
  }
  assert.ok(!isSameProgram({ child: [], parent: [] }));
});
