import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { boundedLines } from '../../cli/processes/bounded-lines.ts';
import { Child, exitInWords, wasNotStarted } from '../../cli/processes/child.ts';
import { eventually } from '../fixtures/backend.ts';

function start(script: string, stdout: (chunk: Buffer) => void = () => {}): Child {
  return new Child({
    command: 'sh',
    args: ['-c', script],
    env: { PATH: process.env.PATH },
    stdout,
    stderr: 'ignore',
    stopSignal: 'SIGTERM',
  });
}

/** Pids of a process group, zombies aside. */
function groupOf(leader: number): readonly string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(group) === leader && state !== 'Z';
    } catch {
      // It ended between the listing and the reading.
      return false;
    }
  });
}

test('output, exit code and signal are those of the command', async () => {
  let output = '';
  const child = start('echo one; exit 7', (chunk) => {
    output += chunk.toString();
  });
  assert.deepEqual(await child.ended, { code: 7, signal: null });
  assert.equal(output, 'one\n');
  const killed = await start('kill -9 $$').ended;
  assert.equal(exitInWords(killed), 'SIGKILL');
});

test('a command that does not exist was not started', async () => {
  const child = new Child({
    command: '/nowhere/program',
    args: [],
    env: {},
    stdout: 'ignore',
    stderr: 'ignore',
    stopSignal: 'SIGTERM',
  });
  assert.equal(wasNotStarted(await child.ended), true);
});

test('a background process that holds the output neither delays the end for ever nor survives it', async () => {
  const child = start('sleep 600 & echo printed');
  const { pid } = child;
  assert.deepEqual(await child.ended, { code: 0, signal: null });
  await eventually('an empty group', () => groupOf(pid).length === 0);
});

test('a child that ignores the stop signal is killed with its group after the limit', async () => {
  let output = '';
  const child = start("trap '' TERM; echo ready; sleep 600; echo late", (chunk) => {
    output += chunk.toString();
  });
  await eventually('the trap', () => output !== '');
  const exit = await child.end('SIGTERM', 200);
  assert.equal(exit.signal, 'SIGKILL');
  // The kernel may take a moment to end those that nobody waits for.
  await eventually('the end of its group', () => groupOf(child.pid).length === 0);
});

test('the child gets the stop signal, and its group ends, when its parent is killed', async (context) => {
  const script = `
    import { Child } from ${JSON.stringify(join(import.meta.dirname, '..', '..', 'cli', 'processes', 'child.ts'))};
    const child = new Child({ command: 'sh', args: ['-c', 'trap "echo graceful; exit" INT; sleep 600 & echo $$; wait'],
      env: { PATH: process.env.PATH }, stdout: 1, stderr: 'ignore', stopSignal: 'SIGINT' });
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // If this test fails, nothing of it may keep the file's process from ending.
  context.after(() => parent.kill('SIGKILL'));
  let output = '';
  parent.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  await eventually('the grandchild', () => /^\d+\n/.test(output));
  const leader = Number.parseInt(output, 10);
  assert.ok(groupOf(leader).length >= 2);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await eventually('an empty group', () => groupOf(leader).length === 0);
  assert.match(output, /graceful/);
});

test('lines are whole across chunks, and an endless one is cut', () => {
  const lines: string[] = [];
  const splitter = boundedLines((line) => lines.push(line));
  for (const chunk of ['on', 'e\ntwo\n', 'x'.repeat(100_000), 'y'.repeat(100_000), '\nlast'])
    splitter.take(Buffer.from(chunk));
  splitter.end();
  assert.deepEqual(
    lines.map((line) => (line.length > 10 ? line.length : line)),
    ['one', 'two', 65_536, 'last'],
  );
});
