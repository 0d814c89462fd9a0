import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outputOf } from '../../cli/processes/output-of.ts';

const limits = { timeoutMs: 10_000, maxBytes: 1000 };
const shell = (script: string) => ({
  command: 'sh',
  args: ['-c', script],
  env: { PATH: process.env.PATH },
  stderr: 'ignore' as const,
});

test('a program that leaves a background process with its output open is read to its own end', async () => {
  assert.deepEqual(await outputOf(shell('echo one; sleep 600 &'), limits), { text: 'one\n' });
});

test('too long, too much, not there, failed and interrupted are told in words', async () => {
  const failed = async (script: string, change = {}): Promise<string> => {
    const output = await outputOf(shell(script), { ...limits, ...change });
    return 'failed' in output ? output.failed : output.text;
  };
  assert.equal(await failed('sleep 600', { timeoutMs: 50 }), 'it took longer than 0.05 s');
  assert.equal(await failed('yes', {}), 'it printed more than 1000 bytes');
  assert.equal(await failed('exit 3'), 'it ended with exit code 3');
  assert.match(await failed('exec /nowhere/program'), /could not be started/);
  assert.equal(await failed('sleep 600', { interrupted: AbortSignal.timeout(50) }), 'it was interrupted');
  assert.equal(await failed('sleep 600', { interrupted: AbortSignal.abort() }), 'it was interrupted');
});
