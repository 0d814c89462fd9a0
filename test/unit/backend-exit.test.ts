import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { exitOf } from '../../backend/exit-of.ts';

test('a broken pipe to a worker that has just died is not taken for its end', async () => {
  const worker = new EventEmitter();
  const errors: string[] = [];
  const exited = exitOf(worker);
  worker.on('error', (error: Error) => errors.push(error.message));
  worker.emit('error', new Error('write EPIPE'));
  worker.emit('exit', null, 'SIGKILL');
  assert.deepEqual(await exited, { code: null, signal: 'SIGKILL' });
  assert.deepEqual(errors, ['write EPIPE']);
});
