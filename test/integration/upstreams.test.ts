import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { freePort } from '../../backend/free-port.ts';
import { newClock } from '../../monitor/clock.ts';
import { ServerSampler } from '../../monitor/server-sampler.ts';
import { findServer } from '../../monitor/system/find-server.ts';
import { isServicePort } from '../../monitor/system/known-services.ts';
import type { LaterLook } from '../../monitor/system/later-servers.ts';
import { Upstreams } from '../../monitor/system/upstreams.ts';

const skip = process.platform === 'linux' ? false : 'without /proc nobody sees who is connected to whom';
const folder = mkdtempSync(join(tmpdir(), 'upstreams-'));
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const pathOrPort =
  'const at = (text) => (/^[0-9]+$/.test(text) ? { host: "127.0.0.1", port: Number(text) } : { path: text, socketPath: text });';
/** It calls itself as its second argument says. */
const app = `${pathOrPort}
  const [on, title] = process.argv.slice(2);
  if (title) process.title = title;
  require('node:http').createServer((_, answer) => answer.end('ok')).listen(at(on), () => console.log('ready'));`;
/** It keeps its connection to what follows its port. */
const proxy = `${pathOrPort}
  const http = require('node:http');
  const [on, behind, title] = process.argv.slice(2);
  if (title) process.title = title;
  const agent = new http.Agent({ keepAlive: true });
  http.createServer((_, answer) => {
    http.get({ ...at(behind), path: '/', agent }, (upstream) => upstream.pipe(answer));
  }).listen(at(on), () => console.log('ready'));`;
/** It keeps a connection to each of what follows its port, and answers by itself. */
const server = `${pathOrPort}
  const [on, ...used] = process.argv.slice(2);
  for (const each of used) require('node:net').connect(at(each));
  require('node:http').createServer((_, answer) => answer.end('ok')).listen(at(on), () => console.log('ready'));`;

async function start(name: string, script: string, ...words: readonly (string | number)[]): Promise<number> {
  const file = join(folder, name);
  writeFileSync(file, script);
  const child = spawn(process.execPath, [file, ...words.map(String)], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

async function ask(port: number): Promise<void> {
  const [answer] = await once(get({ host: '127.0.0.1', port }), 'response');
  for await (const _ of answer);
}

/** What the monitor of a server that was found by its port says after a request. */
async function newsAfterRequest(port: number): Promise<LaterLook | null> {
  const address = { by: 'port', port, ip: '127.0.0.1' } as const;
  const sampler = new ServerSampler(newClock(), address, findServer(address).roots, null);
  await ask(port);
  await sampler.sample();
  sampler.stop();
  return sampler.takeNews();
}

test('a proxy of an unknown name: the server behind it is told as not watched, once', { skip }, async () => {
  const [front, behind] = [await freePort(), await freePort()];
  const serverPid = await start('hooks.js', app, behind);
  const proxyPid = await start('gate.js', proxy, front, behind);
  const address = { by: 'port', port: front, ip: '127.0.0.1' } as const;
  const { roots, unwatched } = findServer(address);
  assert.deepEqual([roots, unwatched], [[proxyPid], []]);
  const news = await newsAfterRequest(front);
  assert.equal(news?.unwatched.length, 1);
  assert.match(
    news?.unwatched[0] ?? '',
    new RegExp(
      `^node hooks.js \\(pid ${serverPid}\\) listens on port ${behind}, and node gate.js \\(pid ${proxyPid}\\) is connected to it: .* by --pid ${serverPid}; .* by --pid ${proxyPid}$`,
    ),
  );
  assert.deepEqual(news?.lines, [`not watching: ${news?.unwatched[0]}`]);
});

test('a server that uses its stores and daemons is no proxy, nor one that an exporter asks', { skip }, async () => {
  const titles = ['redis-server', 'postgres', 'pgbouncer', 'mailpit', 'telegraf', 'node_exporter'];
  const used = await Promise.all(
    titles.map(async (title) => {
      const port = await freePort();
      await start(`${title}.js`, app, port, title);
      return port;
    }),
  );
  const front = await freePort();
  await start('own-server.js', server, front, ...used);
  await start('scraper.js', server, await freePort(), front);
  assert.equal(await newsAfterRequest(front), null);
});

test('a web server in front of a Unix socket: who listens there is told, if anything is connected', {
  skip,
}, async () => {
  const path = join(folder, 'hooks.sock');
  const [front, idle] = [await freePort(), await freePort()];
  const serverPid = await start('socket-hooks.js', app, path);
  await start('apache-alone.js', app, idle, 'apache2');
  assert.equal(await newsAfterRequest(idle), null);
  await start('apache.js', proxy, front, path, 'apache2');
  const news = await newsAfterRequest(front);
  assert.match(news?.unwatched.join('\n') ?? '', new RegExp(`\\(pid ${serverPid}\\) listens on .*hooks.sock, and`));
});

test('a Unix socket to which other programs alone are connected says nothing of a web server', { skip }, async () => {
  const [path, own] = [join(folder, 'tool.pipe'), join(folder, 'own-hooks.sock')];
  await start('tool.js', app, path);
  await start('tool-user.js', server, await freePort(), path);
  const [idle, front] = [await freePort(), await freePort()];
  const pid = await start('apache-beside.js', app, idle, 'apache2');
  assert.equal(await newsAfterRequest(idle), null);
  const unwatchedWith = (outgoing: ReadonlySet<string> | null): number => {
    const upstreams = new Upstreams();
    upstreams.note({ towards: new Set(), elsewhere: new Set([path]), outgoing }, { roots: [pid], pids: [pid] });
    return upstreams.takeNews()?.unwatched.length ?? 0;
  };
  assert.equal(unwatchedWith(new Set()), 0);
  assert.equal(unwatchedWith(null), 1, 'what the server is connected to may not be seen');
  await start('own-hooks.js', app, own);
  await start('apache-front.js', proxy, front, own, 'apache2');
  const news = await newsAfterRequest(front);
  assert.equal(news?.unwatched.length, 1, news?.unwatched.join('\n'));
  assert.match(news?.unwatched[0] ?? '', /listens on \S+own-hooks\.sock, and/);
});

test('ports of stores are known, also beside the usual one', () => {
  const isKnown = [6379, 6380, 16379, 5432, 5433, 15432, 3306, 8125, 25].every(isServicePort);
  const isUnknown = ![80, 3000, 5000, 8000, 8001, 8080, 8443, 9000].some(isServicePort);
  assert.deepEqual([isKnown, isUnknown], [true, true]);
});
