import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { freePort } from '../../backend/free-port.ts';
import { logsOf } from '../../monitor/log/own-logs.ts';
import { findServer, rootsOnPort } from '../../monitor/system/find-server.ts';
import { commandLine, readStat } from '../../monitor/system/proc-file.ts';
import { namesOf } from '../../monitor/system/process-names.ts';
import { ProcessTree, type TreeProcess } from '../../monitor/system/process-tree.ts';
import { RootWatch } from '../../monitor/system/root-watch.ts';
import { until } from '../e2e/stress.ts';
import { asTold } from '../fixtures/aside.ts';

const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** A listener that may share its port, or a job that inherited it: it forks, and its parent ends. */
const listener = `
import os, socket, sys, time
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
server = socket.socket(family)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
if family == socket.AF_INET6: server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(sys.argv[3]))
server.bind((sys.argv[1], int(sys.argv[2])))
server.listen(16)
kept = []
while True: kept.append(server.accept())
`;

async function listen(address: string, port: number, only6 = true): Promise<number> {
  const child = spawn('python3', ['-c', listener, address, String(port), only6 ? '1' : '0'], { stdio: 'ignore' });
  children.push(child);
  const pid = child.pid ?? 0;
  await until('it listens', () => rootsOnPort({ port, ip: null }).includes(pid));
  return pid;
}

/** What a RootWatch is given: roots that it may change, and how processes stand to one another. */
const sourceOf = (tree: ProcessTree) => ({
  get rootPids() {
    return tree.rootPids;
  },
  set rootPids(pids: readonly number[]) {
    tree.rootPids = pids;
  },
  sample: () => Promise.resolve([]),
  note: () => {},
  standingOf: (pid: number) => tree.standingOf(pid),
  takeLateWorkers: () => [],
});

const sorted = (pids: readonly number[]): readonly number[] => pids.toSorted((a, b) => a - b);

test('every process that load reaches is watched; those on other addresses are told', async () => {
  const port = await freePort();
  const [first, second] = [await listen('127.0.0.1', port), await listen('127.0.0.1', port)];
  const other = await listen('127.0.0.2', port);
  const six = await listen('::1', port);
  const at = (ip: string | null) => findServer({ by: 'port', port, ip });
  assert.deepEqual(sorted(at('127.0.0.1').roots), sorted([first, second]));
  assert.deepEqual(at('127.0.0.2').roots, [other]);
  assert.deepEqual(at('::1').roots, [six]);
  assert.deepEqual(sorted(at(null).roots), sorted([first, second, other, six]));
  const { watched, aside, unwatched } = at('127.0.0.1');
  assert.match(watched.join('\n'), new RegExp(`python3 \\(pid ${first}\\) .* listens on 127\\.0\\.0\\.1:${port}`));
  assert.match(asTold(aside), new RegExp(`pid ${six}\\) listens on \\[::1\\]:${port}, where no load goes`));
  assert.deepEqual(unwatched, []);
});

test('a wildcard of IPv6 takes connections over IPv4, unless a socket is nearer', async () => {
  const port = await freePort();
  const dual = await listen('::', port, false);
  assert.deepEqual(rootsOnPort({ port, ip: '127.0.0.1' }), [dual]);
  const near = await listen('127.0.0.1', port);
  assert.deepEqual(rootsOnPort({ port, ip: '127.0.0.1' }), [near]);
  assert.deepEqual(rootsOnPort({ port, ip: '127.0.0.3' }), [dual]);
  assert.deepEqual(rootsOnPort({ port, ip: '::1' }), [dual]);
});

test('a server that joins the others on their port, or takes over, is watched from then on', async () => {
  const port = await freePort();
  const first = await listen('127.0.0.1', port);
  const tree = new ProcessTree([first]);
  const source = sourceOf(tree);
  const watch = new RootWatch({ by: 'port', port, ip: '127.0.0.1' }, source);
  let nowMs = 0;
  const look = (): readonly number[] => {
    nowMs += 5000;
    watch.look(
      tree.look(nowMs).map(({ stat }) => stat.pid),
      nowMs,
    );
    return sorted(tree.rootPids);
  };
  assert.deepEqual(look(), [first]);
  const second = await listen('127.0.0.1', port);
  assert.deepEqual(look(), sorted([first, second]));
  process.kill(first, 'SIGKILL');
  await until('the first one ended', () => look().length === 1);
  assert.deepEqual(tree.rootPids, [second]);
});

// A unit of systemd and a container are looked for alike: by what /proc says of their processes.
test('a server that was started again is watched again by its name, once it listens', async () => {
  const script = join(mkdtempSync(join(tmpdir(), 'named-')), 'trading-hooks.py');
  writeFileSync(script, listener);
  const port = await freePort();
  const start = (words: readonly string[]): number => {
    const child = spawn('python3', [...words], { stdio: 'ignore' });
    children.push(child);
    return child.pid ?? 0;
  };
  const server = ['127.0.0.1', String(port), '1'];
  const first = start([script, ...server]);
  await until('it listens', () => rootsOnPort({ port, ip: null }).includes(first));
  const address = { by: 'process', name: 'trading-hooks.py' } as const;
  assert.deepEqual(findServer(address).roots, [first]);
  const tree = new ProcessTree([first]);
  const watch = new RootWatch(address, sourceOf(tree));
  let nowMs = 0;
  const look = (): boolean => {
    nowMs += 1000;
    const pids = tree.look(nowMs).map(({ stat }) => stat.pid);
    return watch.look(pids, nowMs);
  };
  assert.equal(look(), false);
  process.kill(first, 'SIGKILL');
  await until('it ended', () => tree.look(nowMs).length === 0);
  // What prepares its start has its name, and does not listen.
  writeFileSync(script, 'import time; time.sleep(60)');
  const preparing = start([script]);
  await until('it runs', () => namesOf(preparing).has('trading-hooks.py'));
  assert.equal(look(), false);
  process.kill(preparing, 'SIGKILL');
  writeFileSync(script, listener);
  const second = start([script, ...server]);
  await until('it listens again', () => rootsOnPort({ port, ip: null }).includes(second));
  assert.equal(look(), true);
  assert.deepEqual(tree.rootPids, [second]);
});

/** A master whose workers have titles of their own; by USR2 it starts itself anew with its socket, or forks a job, and ends. */
const restarting = `
import os, signal, socket, sys, time
port, handing, fd = sys.argv[1:4]
script = sys.orig_argv[2]
listener = socket.socket(fileno=int(fd)) if fd != 'none' else socket.create_server(('127.0.0.1', int(port)))
listener.set_inheritable(True)
def start(*words):
    if os.fork() == 0: os.execv(sys.executable, [sys.executable, '-c', *words])
def workers():
    for n in range(2): start('import time; time.sleep(60)', 'worker')
def hand_on(*_):
    if handing == 'anew': start(script, port, handing, str(listener.fileno()))
    elif os.fork() == 0:
        workers()
        time.sleep(60)
        os._exit(0)
signal.signal(signal.SIGUSR2, hand_on)
workers()
while True: time.sleep(60)
`;

/** @returns the master, what it handed its socket on to, the children of that, and the roots once it was killed. */
async function handedOn(handing: 'anew' | 'to a job') {
  const port = await freePort();
  const child = spawn('python3', ['-c', restarting, String(port), handing, 'none'], { stdio: 'ignore' });
  children.push(child);
  const master = child.pid ?? 0;
  await until('it listens', () => rootsOnPort({ port, ip: null }).includes(master));
  const source = new ProcessTree([master]);
  const tree = Object.assign(source, { sample: () => Promise.resolve([]) });
  const watch = new RootWatch({ by: 'port', port, ip: '127.0.0.1' }, tree);
  let nowMs = 0;
  const look = (): readonly TreeProcess[] => {
    nowMs += 1000;
    const here = source.look(nowMs);
    const pids = here.map(({ stat }) => stat.pid);
    return watch.look(pids, nowMs) ? source.look(nowMs) : here;
  };
  const below = (pid: number) => look().filter(({ stat }) => stat.parentPid === pid);
  const areWorkers = () => below(master).filter(({ role }) => role === 'worker').length === 2;
  await until('it has workers', areWorkers);
  const before = new Set(below(master).map(({ stat }) => stat.pid));
  // A handler for it is there before the workers are.
  process.kill(master, 'SIGUSR2');
  const others = () => below(master).filter(({ stat }) => !before.has(stat.pid));
  await until('another has its socket', () => below(others()[0]?.stat.pid ?? 0).length === 2);
  const next = others()[0]?.stat.pid ?? 0;
  assert.deepEqual(source.rootPids, [master], 'while the master lives it is the root');
  const own = below(next).map(({ stat }) => stat.pid);
  await until('what it started runs its own program', () => own.every((pid) => commandLine(pid).includes('worker')));
  process.kill(master, 'SIGKILL');
  await until('it ended', () => readStat(master) === null);
  return { next, own, all: [...before, next, ...own], here: look() };
}

test('a hot restart: the new master is watched as the root, with all that it starts', async () => {
  const { next, own, all, here } = await handedOn('anew');
  const found = here.map(({ stat, role }) => [stat.pid, role === 'root']);
  assert.deepEqual(found, [[next, true], ...own.map((pid) => [pid, false])]);
  for (const pid of all) process.kill(pid, 'SIGKILL');
});

test('a job that a master forked is no root after its end, nor what it started, although they hold the socket', async () => {
  const { next, own, all, here } = await handedOn('to a job');
  const pids = here.map(({ stat }) => stat.pid);
  assert.deepEqual(
    pids.filter((pid) => pid === next || own.includes(pid)),
    [],
  );
  for (const pid of all) process.kill(pid, 'SIGKILL');
});

test('workers that open sockets of their own are workers of the master that starts them', async () => {
  const port = await freePort();
  const script = `
import os, socket, sys, time
for n in range(2):
    if os.fork() == 0:
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(('127.0.0.1', int(sys.argv[1])))
        server.listen(16)
        time.sleep(60)
time.sleep(60)
`;
  const master = spawn('python3', ['-c', script, String(port)], { stdio: 'ignore', detached: true });
  children.push(master);
  await until('it listens', () => rootsOnPort({ port, ip: null }).length > 0);
  assert.deepEqual(rootsOnPort({ port, ip: '127.0.0.1' }), [master.pid]);
  const tree = new ProcessTree([master.pid ?? 0]);
  let nowMs = 0;
  const roles = (): readonly string[] => {
    nowMs += 5000;
    return tree
      .look(nowMs)
      .map(({ role }) => role)
      .toSorted();
  };
  await until('its workers are known', () => roles().join() === 'root,worker,worker');
  process.kill(-(master.pid ?? 0), 'SIGKILL');
});

test('a job that outlives its worker holds what it inherited, and is not taken for the server', async () => {
  const port = await freePort();
  // The worker forks a job and ends; the master lives on.
  const script = `
import os, socket, sys, time
server = socket.create_server(('127.0.0.1', int(sys.argv[1])))
if os.fork() == 0:
    if os.fork() == 0: time.sleep(60)
    os._exit(0)
os.wait()
time.sleep(60)
`;
  const master = spawn('python3', ['-c', script, String(port)], { stdio: 'ignore', detached: true });
  children.push(master);
  await until('it listens', () => rootsOnPort({ port, ip: null }).length > 0);
  assert.deepEqual(rootsOnPort({ port, ip: '127.0.0.1' }), [master.pid]);
  process.kill(-(master.pid ?? 0), 'SIGKILL');
});

test('the files that a server logs into are found, and no others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'logs-'));
  const at = (name: string): string => join(folder, name);
  const script = `
import sys, time
kept = [open(sys.argv[1] + '/error.log', 'a'), open(sys.argv[1] + '/data.db', 'r+')]
print('ready', flush=True)
time.sleep(60)
`;
  writeFileSync(at('data.db'), '');
  const output = openSync(at('output'), 'a');
  const child = spawn('python3', ['-c', script, folder], { stdio: ['ignore', output, 'ignore'] });
  children.push(child);
  await until('it has opened its files', () => readFileSync(at('output'), 'utf8') === 'ready\n');
  assert.deepEqual(logsOf([child.pid ?? 0]).toSorted(), [at('error.log'), at('output')]);
});

test('the file that a program writes down what a server says into is its log, unless it writes down others, too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'piped-'));
  const script = `
import os, subprocess, sys
from time import sleep
def server(): return subprocess.Popen([sys.executable, '-c', 'import time; print("ready", flush=True); time.sleep(60)'], stdout=subprocess.PIPE)
servers = [server() for _ in range(int(sys.argv[2]))]
wakes = os.pipe()
log = open(sys.argv[1], 'w')
for each in servers: print(each.stdout.readline().decode().strip(), each.pid, file=log, flush=True)
sleep(60)
`;
  const detached = `exec setsid --fork python3 -c "$0" "$@" < /dev/null > /dev/null 2>&1`;
  for (const count of [1, 2]) {
    const log = join(folder, `of-${count}`);
    writeFileSync(log, '');
    spawn('bash', ['-c', detached, script, log, String(count)], { stdio: 'ignore' });
    await until('all are ready', () => readFileSync(log, 'utf8').match(/ready \d+\n/g)?.length === count);
    const pid = Number(/ready (\d+)/.exec(readFileSync(log, 'utf8'))?.[1]);
    const supervisor = readStat(pid)?.parentPid ?? 0;
    try {
      assert.deepEqual(logsOf([pid]), count === 1 ? [log] : []);
    } finally {
      process.kill(-supervisor, 'SIGKILL');
    }
  }
});

test('names by which people know a server', async () => {
  const port = await freePort();
  const pid = await listen('127.0.0.1', port);
  connect(port, '127.0.0.1')
    .unref()
    .on('error', () => {});
  assert.ok(namesOf(pid).has('python3'));
  assert.ok(namesOf(process.pid).has('node'));
  const titled = spawn('bash', ['-c', `exec -a 'gunicorn: master [app:app]' sleep 60`], {
    cwd: mkdtempSync(join(tmpdir(), 'names-')),
  });
  children.push(titled);
  await until('it has its title', () => namesOf(titled.pid ?? 0).has('gunicorn'));
});
