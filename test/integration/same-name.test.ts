import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { freePort } from '../../backend/free-port.ts';
import { checkProcesses } from '../../cli/doctor/process-checks.ts';
import { findServer, type ServerAddress } from '../../monitor/system/find-server.ts';
import { processSource } from '../../monitor/system/process-source.ts';
import { RootWatch } from '../../monitor/system/root-watch.ts';
import { asTold } from '../fixtures/aside.ts';

const skip = process.platform === 'linux' ? false : 'without /proc nothing is found by its name';
const folder = mkdtempSync(join(tmpdir(), 'same-name-'));
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const app = `require('node:http').createServer((_, answer) => answer.end('ok'))
  .listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));`;
/** It keeps its connections to the servers behind it, the ports of which follow its own. */
const proxy = `const http = require('node:http');
  const [port, ...behind] = process.argv.slice(2).map(Number).filter((each) => each > 0);
  const agent = new http.Agent({ keepAlive: true });
  let turn = 0;
  http.createServer((_, answer) => {
    const to = behind[turn++ % behind.length];
    http.get({ host: '127.0.0.1', port: to, agent }, (upstream) => upstream.pipe(answer));
  }).listen(port, '127.0.0.1', () => console.log('ready'));`;

/** A script of this name in a folder of its own, started there. */
async function start(
  where: string,
  name: string,
  script: string,
  ...ports: readonly (number | string)[]
): Promise<number> {
  const cwd = join(folder, where);
  mkdirSync(cwd, { recursive: true });
  writeFileSync(join(cwd, name), script);
  const child = spawn(process.execPath, [join(cwd, name), ...ports.map(String)], {
    cwd,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} on ${ports.join(', ')} ended with ${String(code)} before it was ready`);
  });
  await Promise.race([once(child.stdout, 'data'), failed]);
  failed.catch(() => {});
  return child.pid ?? 0;
}

async function ask(port: number): Promise<void> {
  const [answer] = await once(get({ host: '127.0.0.1', port }), 'response');
  for await (const _ of answer);
}

const found = (name: string, port: number | null) =>
  findServer({ by: 'process', name, ...(port === null ? {} : { entry: { port, ip: '127.0.0.1' } }) });

/** Two servers of one name, and another program that is named so and listens elsewhere. */
async function threeOf(name: string) {
  const [first, second, elsewhere] = [await freePort(), await freePort(), await freePort()];
  const servers = [await start('app', name, app, first), await start('app', name, app, second)];
  return { servers, ports: [first, second], other: await start('other', name, app, elsewhere) };
}

test('servers of one name behind a proxy: the one that it speaks to, its copies, and nothing else', {
  skip,
}, async () => {
  const name = 'several-app.js';
  const { servers, ports, other } = await threeOf(name);
  const port = await freePort();
  await start('proxy', 'small-proxy.js', proxy, port, ...ports);
  const before = found(name, port);
  assert.deepEqual(before.roots.toSorted(), [...servers, other].toSorted());
  assert.match(
    before.watched.join('\n'),
    /one of 3 of this name; which of them load reaches cannot be seen: give --pid/,
  );
  await ask(port);
  const { roots, watched, aside } = found(name, port);
  assert.deepEqual(roots.toSorted(), servers.toSorted());
  assert.doesNotMatch(watched.join('\n'), /cannot be seen/);
  assert.match(asTold(aside), new RegExp(`\\(pid ${other}\\) has this name, too, but nothing is seen to lead there`));
});

test('a copy is the same program in the same folder, whatever else its arguments say', { skip }, async () => {
  const name = 'colored-app.js';
  const [first, second, elsewhere, port] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const blue = await start('colors', name, app, first, '--name', 'blue');
  const green = await start('colors', name, app, second, '--name', 'green', '--verbose');
  const other = await start('colors-other', name, app, elsewhere, '--name', 'blue');
  const worker = await start('colors', name, app, await freePort(), 'queue:work');
  await start('proxy', 'small-proxy.js', proxy, port, first);
  await ask(port);
  const { roots, aside } = found(name, port);
  assert.deepEqual(roots.toSorted(), [blue, green].toSorted());
  for (const pid of [other, worker]) assert.match(asTold(aside), new RegExp(`\\(pid ${pid}\\) has this name, too`));
});

test('one that takes the load and talks to its own program with other arguments may be a server, too', {
  skip,
}, async () => {
  const name = 'gateway-app.js';
  const script = `if (process.argv.includes('gateway')) { ${proxy} } else { ${app} }`;
  const [behind, port] = [await freePort(), await freePort()];
  const server = await start('gateway', name, script, behind, 'server');
  const front = await start('gateway', name, script, port, behind, 'gateway');
  await ask(port);
  assert.deepEqual(found(name, port).roots.toSorted(), [server, front].toSorted());
});

test('a proxy of the same name is no server', { skip }, async () => {
  const name = 'proxied-app.js';
  const { servers, ports, other } = await threeOf(name);
  const port = await freePort();
  const inFront = await start('front', name, proxy, port, ...ports);
  await ask(port);
  const { roots, aside } = found(name, port);
  assert.deepEqual(roots.toSorted(), servers.toSorted());
  assert.equal(aside.length, 2);
  assert.match(asTold(aside), new RegExp(`\\(pid ${inFront}\\) .*it only passes connections on`));
  assert.match(asTold(aside), new RegExp(`\\(pid ${other}\\) .*nothing is seen to lead there`));
});

test('of several of a name, the one at the port of the load serves alone', { skip }, async () => {
  const name = 'alone-app.js';
  const { servers, ports, other } = await threeOf(name);
  const { roots, aside } = found(name, ports[0] ?? 0);
  assert.deepEqual(roots, servers.slice(0, 1));
  assert.equal(aside.length, 2);
  assert.deepEqual(found(name, null).roots.toSorted(), [...servers, other].toSorted());
});

test('one of several servers that ends and comes back is watched again, and no stranger of its name', {
  skip,
}, async () => {
  const name = 'returning-app.js';
  const { servers, ports, other } = await threeOf(name);
  const port = await freePort();
  await start('proxy', 'small-proxy.js', proxy, port, ...ports);
  await ask(port);
  const address = { by: 'process' as const, name, entry: { port, ip: '127.0.0.1' } };
  const source = processSource(findServer(address).roots);
  const watch = new RootWatch(address, source);
  const look = async (nowMs: number): Promise<readonly number[]> => {
    watch.look(
      (await source.sample(nowMs)).map(({ pid }) => pid),
      nowMs,
    );
    return source.rootPids.toSorted();
  };
  const [stays = 0, ends = 0] = servers;
  assert.deepEqual(await look(0), servers.toSorted());
  const child = children.find(({ pid }) => pid === ends);
  child?.kill('SIGKILL');
  if (child !== undefined) await once(child, 'exit');
  assert.deepEqual(await look(10_000), [stays]);
  const again = await start('app', name, app, ports[1] ?? 0);
  const stranger = await start('stranger', name, app, await freePort());
  assert.deepEqual(await look(20_000), [stays, again].toSorted());
  assert.ok(![other, stranger].some((pid) => source.rootPids.includes(pid)));
});

/** Watches servers of a name, and looks at given times. */
function watched(name: string, port: number) {
  const address = { by: 'process' as const, name, entry: { port, ip: '127.0.0.1' } };
  const source = processSource(findServer(address).roots);
  const watch = new RootWatch(address, source);
  return async (nowMs: number) => {
    const processes = await source.sample(nowMs);
    watch.look(
      processes.map(({ pid }) => pid),
      nowMs,
    );
    return { roots: source.rootPids.toSorted(), news: watch.takeNews() };
  };
}

test('what was absent or had no connection at the start is watched from when the proxy speaks to it', {
  skip,
}, async () => {
  const name = 'late-app.js';
  const [first, second, third, elsewhere, port] = await Promise.all(Array.from({ length: 5 }, freePort));
  const one = await start('late', name, app, first ?? 0);
  const apart = await start('late-apart', name, app, second ?? 0);
  const other = await start('late-other', name, app, elsewhere ?? 0);
  await start('proxy', 'late-proxy.js', proxy, port ?? 0, first ?? 0, second ?? 0, third ?? 0);
  await ask(port ?? 0);
  const look = watched(name, port ?? 0);
  assert.deepEqual((await look(0)).roots, [one]);
  await ask(port ?? 0);
  const copy = await start('late', name, app, third ?? 0, '--name', 'green');
  assert.deepEqual((await look(1000)).roots, [one], 'a look costs');
  const { roots, news } = await look(3000);
  assert.deepEqual(roots, [one, apart, copy].toSorted());
  assert.match(news?.lines.join('\n') ?? '', new RegExp(`watching node late-app.js \\(pid ${apart}\\)`));
  assert.deepEqual(news?.unwatched, []);
  assert.match(news?.aside?.join('\n') ?? '', new RegExp(`\\(pid ${other}\\) has this name, too`));
  const after = await look(8000);
  assert.deepEqual([after.roots, after.news], [roots, null]);
});

test('what is left out and reached for a moment at a time, or ended, is told as not watched', { skip }, async () => {
  const name = 'brief-app.js';
  const [first, second, elsewhere, port] = await Promise.all(Array.from({ length: 4 }, freePort));
  const closing = app.replace('answer.end', "answer.setHeader('connection', 'close').end");
  const one = await start('brief', name, app, first ?? 0);
  const brief = await start('brief-closing', name, closing, second ?? 0);
  const idle = await start('brief-idle', name, app, elsewhere ?? 0);
  await start('proxy', 'brief-proxy.js', proxy, port ?? 0, first ?? 0, second ?? 0);
  await ask(port ?? 0);
  const look = watched(name, port ?? 0);
  assert.deepEqual((await look(0)).roots, [one]);
  await ask(port ?? 0);
  const { roots, news } = await look(3000);
  assert.deepEqual(roots, [one]);
  assert.match(
    news?.lines.join('\n') ?? '',
    new RegExp(`not watching: node brief-app.js \\(pid ${brief}\\) .*port ${second}`),
  );
  assert.doesNotMatch(news?.unwatched.join('\n') ?? '', new RegExp(`pid ${idle}`));
});

test('doctor does not know of one of the name that has no connection', { skip }, async () => {
  const name = 'asked-app.js';
  const { servers, ports, other } = await threeOf(name);
  const [first = 0] = ports;
  const looked = { port: first, ip: '127.0.0.1', addresses: [], logs: [], exitsProgram: null };
  const stateOf = async (address: ServerAddress, pid: number) => {
    const { checks } = await checkProcesses({ ...looked, address });
    return checks.find(({ text }) => text.includes(`pid ${pid}`))?.status;
  };
  const byName = { by: 'process' as const, name, entry: { port: first, ip: '127.0.0.1' } };
  assert.equal(await stateOf(byName, other), 'unknown');
  assert.equal(await stateOf(byName, servers[0] ?? 0), 'ok');
  assert.equal(await stateOf({ by: 'pid', pids: [...servers, other] }, other), 'ok');
});

test('several process ids: all are watched, one below another once, and those that do not exist are named', {
  skip,
}, async () => {
  const { servers } = await threeOf('listed-app.js');
  assert.deepEqual(findServer({ by: 'pid', pids: servers }).roots, servers);
  assert.deepEqual(findServer({ by: 'pid', pids: [process.pid, ...servers] }).roots, [process.pid]);
  for (const [pids, message] of [
    [[...servers, 4_194_000], /^--pid: process 4194000 does not exist$/],
    [[4_194_000, ...servers, 4_194_001], /^--pid: processes 4194000, 4194001 do not exist$/],
  ] as const) {
    assert.throws(
      () => findServer({ by: 'pid', pids }),
      ({ message: text }: Error) => message.test(text),
    );
  }
});
