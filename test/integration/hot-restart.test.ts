import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../backend/free-port.ts';
import { rootsOnPort } from '../../monitor/system/find-server.ts';
import { ProcessTree } from '../../monitor/system/process-tree.ts';
import { lookAtSockets } from '../../monitor/system/sockets.ts';
import { until } from '../e2e/stress.ts';

const children: ChildProcess[] = [];
const sockets: Socket[] = [];
after(() => {
  for (const socket of sockets) socket.destroy();
  for (const child of children) if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
});

/**
 * A master with two workers that serve; by USR2 it starts itself anew with its socket, or forks a job with two of its own. Both live on. As
 * unicorn does, the old one may say in its title that it is old.
 */
const serving = `
import ctypes, os, signal, socket, sys, time
port, handing = sys.argv[1:3]
fd = os.environ.get('LISTENER', 'none')
script = sys.orig_argv[2]
listener = socket.socket(fileno=int(fd)) if fd != 'none' else socket.create_server(('127.0.0.1', int(port)))
listener.set_inheritable(True)
def serve():
    kept = []
    while True: kept.append(listener.accept())
def workers(does):
    for n in range(2):
        if os.fork() == 0: does()
def title_begins(word):
    arg_start = open('/proc/self/stat').read().rpartition(')')[2].split()[45]
    ctypes.memmove(int(arg_start), word, len(word))
def hand_on(*_):
    if os.fork() != 0:
        if handing == 'anew, as old': title_begins(b'old')
        return
    os.environ['LISTENER'] = str(listener.fileno())
    if handing.startswith('anew'): os.execv(sys.executable, [sys.orig_argv[0], '-c', script, port, handing])
    workers(lambda: time.sleep(60))
    time.sleep(60)
signal.signal(signal.SIGUSR2, hand_on)
workers(serve)
while True: time.sleep(60)
`;

/** @returns looks at the tree: at what the master handed its socket on to, and at what is below a process. */
async function handedOn(handing: 'anew' | 'anew, as old' | 'to a job') {
  const port = await freePort();
  const child = spawn('python3', ['-c', serving, String(port), handing], { stdio: 'ignore', detached: true });
  children.push(child);
  const master = child.pid ?? 0;
  await until('it listens', () => rootsOnPort({ port, ip: null }).includes(master));
  const tree = new ProcessTree([master]);
  let nowMs = 0;
  const look = () => {
    nowMs += 1000;
    const here = tree.look(nowMs);
    for (let n = 0; n < 2; n += 1) sockets.push(connect(port, '127.0.0.1').on('error', () => {}));
    const held = lookAtSockets(here.map(({ stat }) => stat.pid));
    if (held !== null) tree.note(held);
    return here;
  };
  const below = (pid: number) => look().filter(({ stat }) => stat.parentPid === pid);
  await until('its workers serve', () => below(master).filter(({ role }) => role === 'worker').length === 2);
  // A title is what it is once a process has run for a second.
  await sleep(1000);
  const before = new Set(below(master).map(({ stat }) => stat.pid));
  process.kill(master, 'SIGUSR2');
  const next = () => below(master).find(({ stat }) => !before.has(stat.pid));
  await until('another has its socket', () => below(next()?.stat.pid ?? 0).length === 2);
  return { below, next, look };
}

for (const handing of ['anew', 'anew, as old'] as const) {
  test(`both masters of a hot restart (${handing}) are roots, and the workers of both are workers`, async () => {
    const { below, next } = await handedOn(handing);
    await until('the new master is a root', () => next()?.role === 'root');
    await until('its workers are known', () => {
      const roles = below(next()?.stat.pid ?? 0).map(({ role }) => role);
      return roles.join() === 'worker,worker';
    });
  });
}

test('a job that a master forked beside its workers is no root, and what it started are helpers', async () => {
  const { below, next, look } = await handedOn('to a job');
  await sleep(2500);
  for (let n = 0; n < 3; n += 1) look();
  const job = next();
  assert.notEqual(job?.role, 'root');
  const started = below(job?.stat.pid ?? 0).map(({ role }) => role);
  assert.deepEqual(started, ['helper', 'helper']);
});
