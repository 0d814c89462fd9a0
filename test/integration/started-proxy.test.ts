import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../backend/free-port.ts';
import { findServer } from '../../monitor/system/find-server.ts';
import { ProcessTree } from '../../monitor/system/process-tree.ts';

const skip = process.platform === 'linux' ? false : 'without /proc nothing is found by its port';

const groups: number[] = [];
after(() => {
  for (const pid of groups) process.kill(-pid, 'SIGKILL');
});

/** A process named as a proxy that listens on the port; it has started, as a shell that became it, what `behind` is. */
async function proxyOn(port: number, behind: string): Promise<ChildProcess> {
  const script = `process.title = 'nginx';
    const { spawn } = require('node:child_process');
    const script = ${JSON.stringify(behind)};
    if (script !== '') spawn(process.execPath, ['-e', script], { stdio: 'inherit' });
    require('node:net').createServer().listen(${port}, '127.0.0.1', () => console.log('ready'));`;
  const child = spawn(process.execPath, ['-e', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  groups.push(child.pid ?? 0);
  await once(child.stdout, 'data');
  return child;
}

/** A master that listens, with one worker. */
const pool = `process.title = 'php-fpm';
  require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  require('node:net').createServer().listen(0, '127.0.0.1');`;

test('a proxy that --exec started with the server behind it: all of it is watched', { skip }, async () => {
  const port = await freePort();
  const { pid: startedPid = 0 } = await proxyOn(port, pool);
  await sleep(2_500);
  const { roots, watched, unwatched } = findServer({ by: 'port', port, ip: '127.0.0.1', startedPid });
  assert.deepEqual([roots, unwatched], [[startedPid], []]);
  assert.match(
    watched.join('\n'),
    /as --exec started it\nnginx.* in it passes connections on from 127\.0\.0\.1:\d+\n.*in it serves behind that$/,
  );
  const roles = new ProcessTree(roots).look(performance.now()).map(({ role, stat }) => [stat.name, role]);
  assert.deepEqual(
    roles.map(([, role]) => role),
    ['root', 'root', 'worker'],
    JSON.stringify(roles),
  );
});

test('a proxy with no server behind it, or of somebody else, is no server; the message names what helps', {
  skip,
}, async () => {
  const port = await freePort();
  const { pid = 0 } = await proxyOn(port, '');
  const other = await proxyOn(await freePort(), pool);
  for (const startedPid of [pid, other.pid ?? 0]) {
    assert.throws(
      () => findServer({ by: 'port', port, ip: '127.0.0.1', startedPid }),
      /^ExpectedError: --exec: port \d+ belongs to nginx \(pid \d+\), which only passes connections on, and no server behind it .*foreground.*--process/,
    );
  }
  assert.throws(
    () => findServer({ by: 'port', port, ip: '127.0.0.1' }),
    /--port: port \d+ belongs to nginx \(pid \d+\), which only passes connections on: give the server itself by --pid/,
  );
});
