import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Descendants, stubbornInWords } from '../../cli/processes/descendants.ts';
import { readStat } from '../../monitor/system/proc-file.ts';

const skip = process.platform === 'linux' ? false : 'without /proc nothing is seen';

/** A shell that starts `command` in a session of its own, prints its pid, and stays until it is ended. */
async function leaving(command: string): Promise<{ shell: ChildProcess; left: number }> {
  const shell = spawn('/bin/sh', ['-c', `setsid sh -c 'echo $$; ${command}' & wait`], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [text]: readonly unknown[] = await once(shell.stdout, 'data');
  return { shell, left: Number(String(text)) };
}

async function killGroup(shell: ChildProcess): Promise<void> {
  const ended = once(shell, 'exit');
  process.kill(-(shell.pid ?? 0), 'SIGKILL');
  await ended;
}

test('what left the group outlives it, is asked to end, and what does not is killed and told', { skip }, async () => {
  for (const [command, isKilled] of [
    ['exec sleep 60', false],
    ['trap "" TERM; while :; do sleep 0.05; done', true],
  ] as const) {
    const { shell, left } = await leaving(command);
    const seen = new Descendants(shell.pid ?? 0);
    await sleep(50);
    seen.look();
    await killGroup(shell);
    assert.notEqual(readStat(left), null, 'it outlives the group');
    const killed = await seen.end(isKilled ? 300 : 5000);
    assert.equal(readStat(left), null);
    assert.equal(
      killed.some(({ name }) => name.includes(`(pid ${left})`)),
      isKilled,
      JSON.stringify(killed),
    );
  }
});

test('who was there before, or was never seen below it, is left alone', { skip }, async () => {
  const other = spawn('sleep', ['60'], { stdio: 'ignore' });
  const { shell, left } = await leaving('exec sleep 60');
  const unseen = new Descendants(shell.pid ?? 0);
  await killGroup(shell);
  assert.deepEqual(await unseen.end(300), []);
  assert.notEqual(readStat(left), null, 'nobody saw whose it is');
  assert.notEqual(readStat(other.pid ?? 0), null);
  process.kill(left, 'SIGKILL');
  other.kill('SIGKILL');
});

test('a daemon, whose parents have exited before the first look, is known by its mark', { skip }, async () => {
  const mark = { name: 'STRESS_TEST_MARK', value: String(process.pid) };
  const env = { ...process.env, [mark.name]: mark.value };
  const shell = spawn('/bin/sh', ['-c', '(setsid sleep 60 &) && read line'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env,
  });
  const seen = new Descendants(shell.pid ?? 0, mark);
  const marked = (): readonly number[] => seen.living().filter((pid) => pid !== shell.pid);
  for (let tries = 0; marked().length === 0 && tries < 100; tries += 1) await sleep(50);
  const [daemon = 0] = marked();
  assert.equal(marked().length, 1);
  const ended = once(shell, 'exit');
  shell.stdin.end();
  await ended;
  assert.deepEqual(seen.living(), [daemon]);
  assert.deepEqual(await seen.end(5000), []);
  assert.equal(readStat(daemon), null);
});

test('one line says what had to be killed', () => {
  assert.equal(stubbornInWords([], 15_000), null);
  const killed = Array.from({ length: 7 }, (_, n) => ({ name: `php-fpm (pid ${n})`, isForbidden: n === 6 }));
  assert.equal(
    stubbornInWords(killed, 15_000),
    '--exec: of what the server had started, php-fpm (pid 0), php-fpm (pid 1), php-fpm (pid 2), php-fpm (pid 3), php-fpm (pid 4) and 1 more outlived it, did not end within 15 s, and had to be killed; php-fpm (pid 6) of another user still run: end them yourself',
  );
});
