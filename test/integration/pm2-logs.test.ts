import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { freePort } from '../../backend/free-port.ts';
import { logsOf } from '../../monitor/log/own-logs.ts';
import { pm2AppIn } from '../../monitor/log/pm2-logs.ts';
import { findServer } from '../../monitor/system/find-server.ts';

const skip = process.platform === 'linux' ? false : 'logs are found in /proc';
const folder = mkdtempSync(join(tmpdir(), 'pm2-logs-'));
const daemons: ChildProcess[] = [];
after(() => {
  for (const { pid } of daemons) process.kill(-(pid ?? 0), 'SIGKILL');
  rmSync(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);

/**
 * A daemon that does as PM2 7 does: apps in fork mode have no outputs of their own, but write over pipes into files that the daemon has
 * open; workers of a cluster open theirs, and the daemon listens for them.
 */
const daemon = `
const { openSync } = require('node:fs');
const { spawn } = require('node:child_process');
const [folder, fork, other, cluster] = process.argv.slice(1);
openSync(folder + '/pm2.log', 'a');
const paths = (name) => ({ pm_out_log_path: folder + '/' + name + '-out.log', pm_err_log_path: folder + '/' + name + '-error.log' });
const app = "require('node:net').createServer().listen(Number(process.env.PORT), '127.0.0.1', () => console.log('ready'))";
const start = (name, script, env) => new Promise((ready) => {
  const child = spawn(process.execPath, ['-e', script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.once('data', ready);
});
const forked = (name, port) => {
  for (const path of Object.values(paths(name))) openSync(path, 'a');
  return start(name, app, { PORT: port, ...paths(name) });
};
const opening = "const { openSync } = require('node:fs'); for (const path of [process.env.out, process.env.err]) openSync(path, 'a');" +
  "console.log('ready'); setInterval(() => {}, 1000);";
const worker = (name) => start(name, opening, {
  out: paths(name).pm_out_log_path, err: paths(name).pm_err_log_path, pm2_env: JSON.stringify({ name, ...paths(name) }),
});
process.title = 'PM2 v7.0.4: God Daemon (' + folder + ')';
require('node:net').createServer().listen(Number(cluster), '127.0.0.1', async () => {
  await Promise.all([forked('watched', fork), forked('other', other), worker('cluster-2')]);
  console.log('ready');
});`;

test('the logs of an app of PM2 are those that it tells of, and no others of its daemon', { skip }, async () => {
  const [fork, other, cluster] = [await freePort(), await freePort(), await freePort()];
  const child = spawn(process.execPath, ['-e', daemon, folder, String(fork), String(other), String(cluster)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  daemons.push(child);
  await once(child.stdout, 'data');
  const logsAt = (port: number) => logsOf(findServer({ by: 'port', port, ip: '127.0.0.1' }).roots);
  assert.deepEqual(logsAt(fork), [at('watched-error.log'), at('watched-out.log')]);
  assert.deepEqual(logsAt(other), [at('other-error.log'), at('other-out.log')]);
  assert.deepEqual(logsAt(cluster), [at('cluster-2-error.log'), at('cluster-2-out.log')]);
});

test('of what PM2 gives an app only the paths of its logs are taken', () => {
  assert.deepEqual(pm2AppIn('SECRET=s\0pm_err_log_path=/l/a-error.log\0pm_out_log_path=/l/a-out.log\0'), {
    isCluster: false,
    errorLog: '/l/a-error.log',
    outputLog: '/l/a-out.log',
  });
  const settings = JSON.stringify({ pm_err_log_path: '/l/b-error-0.log', SECRET: 's' });
  assert.deepEqual(pm2AppIn(`pm2_env=${settings}\0`), {
    isCluster: true,
    errorLog: '/l/b-error-0.log',
    outputLog: null,
  });
  for (const other of ['', 'PATH=/bin\0', 'pm2_env={broken\0', 'pm_err_log_path=relative.log\0'])
    assert.equal(pm2AppIn(other), null, other);
});
