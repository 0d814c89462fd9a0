import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, test } from 'node:test';

const module = join(import.meta.dirname, '..', '..', 'cli', 'processes', 'foreground.ts');

/** A process that runs a script of Node in the foreground and exits with what that gives. */
function start(script: string) {
  const options = JSON.stringify({ command: process.execPath, args: ['-e', script] });
  const code = `import { runInForeground } from ${JSON.stringify(module)};
    process.exit(await runInForeground({ ...${options}, env: process.env }));`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], { stdio: 'pipe' });
  after(() => child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, ended };
}

test('input, output and the exit code are those of the program', async () => {
  const { child, ended } = start('process.stdin.pipe(process.stdout).on("error", () => {}); process.exitCode = 99;');
  child.stdin.end('through');
  const [output] = await child.stdout.toArray();
  assert.equal(String(output), 'through');
  assert.equal(await ended, 99);
});

test('signals reach the program, which decides how it ends', async () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const { child, ended } = start(
      `process.on("${signal}", () => process.exit(7)); setInterval(() => {}, 1000); process.stdout.write("ready");`,
    );
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill(signal);
    assert.equal(await ended, 7, signal);
  }
});

test('a program that a signal ended gives the exit code that a shell gives', async () => {
  assert.equal(await start('process.kill(process.pid, "SIGKILL");').ended, 137);
});
