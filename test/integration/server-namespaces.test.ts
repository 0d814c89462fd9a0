import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { placeOfOwn, readServer } from '../../analysis/journal/server.ts';
import { journalFiles, localMonitor } from '../../contract/journal/paths.ts';
import { logsOf } from '../../monitor/log/own-logs.ts';
import { listening, treeOf } from '../../monitor/system/port-holders.ts';
import { ProcessTree } from '../../monitor/system/process-tree.ts';
import { lookAtSockets } from '../../monitor/system/sockets.ts';
import { childrenOf, command, until } from '../e2e/stress.ts';

const hasNamespaces = spawnSync('unshare', ['-npf', '--mount-proc', 'true']).status === 0;
const skip = hasNamespaces ? false : 'namespaces need root on Linux';

const children: ChildProcess[] = [];
after(() => {
  for (const { pid } of children) {
    if (pid !== undefined) killGroup(pid);
  }
});

/** One that has ended already is no reason to leave the others. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** A master with two workers, which listens (after a while, or not at all) and connects to one of its workers. */
const server = `
import fcntl, os, socket, struct, sys, time
listens = sys.argv[1]
if listens == 'now':
    server = socket.create_server(('', 8000))
    fcntl.ioctl(server, 0x8914, struct.pack('16sH14x', b'lo', 0x41))
for n in range(2):
    if os.fork() == 0:
        if listens == 'now' and n == 0: kept = server.accept()
        time.sleep(600)
if listens == 'now': client = socket.create_connection(('127.0.0.1', 8000))
if listens == 'late':
    sys.stdin.readline()
    late = socket.create_server(('', 8000))
time.sleep(600)
`;

function start(command: string, ...words: readonly string[]): ChildProcess & { readonly pid: number } {
  const child = spawn(command, words, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  children.push(child);
  assert.ok(child.pid !== undefined);
  return Object.assign(child, { pid: child.pid });
}

const inNetwork = (listens: 'now' | 'late' | 'never') => start('unshare', '-n', 'python3', '-c', server, listens);

function watch(roots: readonly number[]) {
  const tree = new ProcessTree(roots);
  let nowMs = 0;
  return (): readonly string[] => {
    nowMs += 5000;
    const here = tree.look(nowMs);
    const held = lookAtSockets(here.map(({ stat }) => stat.pid));
    if (held !== null) tree.note(held);
    return here.map(({ role }) => role).toSorted();
  };
}

const twoServers = ['root', 'root', 'worker', 'worker', 'worker', 'worker'];

test('servers in networks of their own: all of them have workers, and connections', { skip }, async () => {
  const pids = [inNetwork('now').pid, inNetwork('now').pid];
  const rolesOf = watch(pids);
  await until('all workers are known', () => rolesOf().join() === twoServers.join());
  const look = lookAtSockets(pids.flatMap(treeOf));
  assert.deepEqual([look?.counts?.listen, look?.counts?.established], [2, 4]);
  for (const pid of pids) {
    const ofTree = treeOf(pid).map((each) => [look?.accepted.get(each)?.size, look?.open.get(each)].join());
    assert.deepEqual(ofTree.toSorted(), ['0,0', '0,0', '1,1']);
  }
  assert.deepEqual(listening(pids), pids);
});

test('a server that listens late, below a shell, has workers from then on; one that never does, too', {
  skip,
}, async () => {
  const late = start('unshare', '-n', 'sh', '-c', 'python3 "$@"; true', 'sh', '-c', server, 'late');
  const never = inNetwork('never');
  const rolesOf = watch([inNetwork('now').pid, late.pid, never.pid]);
  const workers = (count: number): readonly string[] => Array.from({ length: count }, () => 'worker');
  const early = ['helper', 'helper', 'helper', 'root', 'root', 'root', ...workers(4)];
  await until('those that do not listen late are known', () => rolesOf().join() === early.join());
  late.stdin?.write('\n');
  const all = ['root', 'root', 'root', 'root', ...workers(6)];
  await until('it listens', () => rolesOf().join() === all.join());
});

/** As in a container: the server is pid 1, and the monitor is started from outside (docker exec, kubectl debug). */
async function monitoredAsPid1(...address: readonly string[]) {
  const { pid: outside } = start('unshare', '-npf', '--mount-proc', 'python3', '-c', server, 'now');
  const pidOfServer = (): number => childrenOf(outside)[0]?.pid ?? 0;
  await until('it has workers', () => childrenOf(pidOfServer()).length === 2);
  const folder = mkdtempSync(join(tmpdir(), 'monitor-'));
  const words = [process.execPath, command, 'monitor', '--dir', folder, '--interval', '0.1', ...address];
  start('nsenter', '-t', String(pidOfServer()), '-n', '-p', '-m', ...words);
  const journal = join(folder, journalFiles.monitor(localMonitor));
  const text = (): string => (existsSync(journal) ? readFileSync(journal, 'utf8') : '');
  await until('workers are known', () => /"role":"worker"/.test(text()));
  const [worker] = childrenOf(pidOfServer());
  process.kill(worker?.pid ?? 0, 'SIGSEGV');
  await until('a worker ended', () => /process-ended/.test(text()));
  return readServer(journal, placeOfOwn(null)).server;
}

for (const address of [
  ['--port', '8000'],
  ['--process', 'python3'],
] as const) {
  test(`a server that is pid 1 is one root with its workers (${address.join(' ')})`, { skip }, async () => {
    const seen = await monitoredAsPid1(...address);
    assert.equal(seen?.identity.rootPid, 1);
    const known = seen?.samples.flatMap(({ processes }) => processes.map(({ pid, role }) => `${role} ${pid}`));
    assert.deepEqual(
      [...new Set(known)].filter((each) => each.startsWith('root')),
      ['root 1'],
    );
    const [end] = seen?.alerts.filter(({ alert }) => alert === 'process-ended') ?? [];
    assert.equal(end?.role, 'worker');
  });
}

test('a process that this user may not see is refused', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'monitor-'));
  chmodSync(folder, 0o777);
  const hide = 'mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"';
  const words = [process.execPath, command, 'monitor', '--dir', folder, '--pid', String(process.pid)];
  const { status, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', hide, 'sh', ...words], { encoding: 'utf8' });
  assert.match(stderr, new RegExp(`--pid: process ${process.pid} cannot be read: use sudo\n$`));
  assert.equal(status, 2);
});

test('what another user has open is counted, and nothing is said of connections', { skip }, async () => {
  const { pid } = inNetwork('now');
  const folder = mkdtempSync(join(tmpdir(), 'monitor-'));
  chmodSync(folder, 0o777);
  const words = [process.execPath, command, 'monitor', '--dir', folder, '--interval', '0.1', '--pid', String(pid)];
  start('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...words);
  const journal = join(folder, journalFiles.monitor(localMonitor));
  await until('it records', () => existsSync(journal) && readFileSync(journal, 'utf8').split('\n').length > 5);
  const samples = readServer(journal, placeOfOwn(null)).server?.samples ?? [];
  const last = samples.at(-1);
  assert.deepEqual([last?.sockets, last?.processes[0]?.pid], [null, pid]);
  for (const { connections } of last?.processes ?? []) assert.equal(connections, undefined);
});

test("a container's log is read as the container sees it, and no other file of the same path here", {
  skip,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'logs-'));
  const log = join(folder, 'app.log');
  writeFileSync(log, 'of another program\n');
  // Its folder is another one there: what it writes is not to be seen here.
  const inside = 'mount -t tmpfs none "$1" && echo served >"$1/app.log" && exec sleep 600 >>"$1/app.log"';
  const { pid } = start('unshare', '-m', 'sh', '-c', inside, 'sh', folder);
  const found = (): readonly string[] => logsOf([pid]);
  await until('its log is open', () => found().length === 1);
  assert.deepEqual(found(), [`/proc/${pid}/root${log}`]);
  assert.equal(readFileSync(found()[0] ?? log, 'utf8'), 'served\n');
});

test('what is above a process is not in its tree', () => {
  const tree = treeOf(process.pid);
  assert.deepEqual([tree.includes(process.pid), tree.includes(process.ppid), tree.includes(1)], [true, false, false]);
});
