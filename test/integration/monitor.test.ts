import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { placeOfOwn, readServer, type ServerTimeline } from '../../analysis/journal/server.ts';
import { freePort } from '../../backend/free-port.ts';
import { journalFiles, localMonitor } from '../../contract/journal/paths.ts';
import { coresOf } from '../../monitor/system/cores.ts';
import { findServer, rootsOnPort } from '../../monitor/system/find-server.ts';
import { PortableProcesses } from '../../monitor/system/portable-processes.ts';
import { ProcessTree } from '../../monitor/system/process-tree.ts';
import { command, isAlive, until } from '../e2e/stress.ts';

const entry = [command, 'monitor'];
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

function start(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

/** The Python server with two spawned workers; resolves when it listens. */
async function spawnWorkers(...extra: readonly string[]) {
  const port = await freePort();
  const child = start('python3', [
    join(import.meta.dirname, '..', 'fixtures', 'spawn-workers.py'),
    String(port),
    ...extra,
  ]);
  assert.ok(child.stdout !== null);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const workers = line.split(' ').slice(1).map(Number);
  return { child, port, pid: child.pid ?? 0, workers };
}

interface Monitoring {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly text: () => string;
}

/** The real monitor in a process of its own, recording. */
async function monitorOf(...args: readonly string[]): Promise<Monitoring> {
  const folder = mkdtempSync(join(tmpdir(), 'monitor-'));
  const child = start(process.execPath, [...entry, '--dir', folder, '--interval', '0.1', ...args]);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (text += String(data)));
  await until('the monitor records', () => {
    try {
      return readFileSync(join(folder, journalFiles.monitor(localMonitor)), 'utf8').split('\n').length > 5;
    } catch {
      return child.exitCode !== null;
    }
  });
  return { child, folder, text: () => text };
}

const journalText = ({ folder }: Monitoring): string =>
  readFileSync(join(folder, journalFiles.monitor(localMonitor)), 'utf8');

function journalOf({ folder }: Monitoring): { server: ServerTimeline; complete: boolean; text: string } {
  const file = join(folder, journalFiles.monitor(localMonitor));
  const { server, end } = readServer(file, placeOfOwn(null));
  assert.ok(server !== null);
  return { server, complete: end.complete, text: readFileSync(file, 'utf8') };
}

async function ended({ child }: Monitoring, signal: NodeJS.Signals): Promise<number | null> {
  const exit = once(child, 'exit');
  child.kill(signal);
  const [code] = (await exit) as [number | null];
  return code;
}

test('a tree of spawned workers: root, two workers, and the tracker is a helper; a killed worker is an end and a start', async () => {
  const { pid, port, workers } = await spawnWorkers('--secret=canary-41c');
  assert.deepEqual(rootsOnPort({ port, ip: null }), [pid], 'the topmost holder of the listening socket');
  const monitor = await monitorOf('--port', String(port));
  await until('its workers are known', () => /"role":"worker"/.test(journalText(monitor)));
  process.kill(workers[0] ?? 0, 'SIGKILL');
  await until('a new worker started', () => /process-started/.test(journalText(monitor)));
  assert.equal(await ended(monitor, 'SIGTERM'), 0);
  const { server, complete, text } = journalOf(monitor);
  assert.equal(complete, true);
  assert.equal(server.identity.rootPid, pid);
  const roles = server.samples.map(({ processes }) => processes.map(({ role }) => role).sort());
  assert.deepEqual(
    roles.find((found) => found.includes('worker')),
    ['helper', 'root', 'worker', 'worker'],
  );
  const end = server.alerts.find(({ alert }) => alert === 'process-ended');
  assert.deepEqual([end?.role, end?.pid], ['worker', workers[0]]);
  assert.equal(server.alerts.find(({ alert }) => alert === 'process-started')?.role, 'worker');
  assert.match(monitor.text(), /worker \d+ .* exited/);
  for (const written of [text, readFileSync(join(monitor.folder, journalFiles.monitorLog), 'utf8'), monitor.text()]) {
    assert.equal(written.includes('canary-41c'), false, 'an argument of the server was written');
  }
  const sample = server.samples.at(-1);
  assert.ok((sample?.sockets?.listen ?? 0) >= 1);
  for (const process of sample?.processes ?? []) {
    assert.ok((process.rssBytes ?? 0) > 1e6 && (process.threads ?? 0) >= 1 && (process.fileDescriptors ?? 0) >= 3);
  }
});

test('without /proc the same tree comes from ps and pidusage, and what they do not tell is null', async () => {
  const { pid, workers } = await spawnWorkers('--secret=canary-52d');
  const source = new PortableProcesses([pid]);
  let samples = await source.sample();
  for (let looks = 0; looks < 60 && !samples.some(({ role }) => role === 'worker'); looks += 1) {
    await sleep(100);
    samples = await source.sample();
  }
  assert.deepEqual(samples.map(({ role }) => role).sort(), ['helper', 'root', 'worker', 'worker']);
  for (const sample of samples) {
    assert.ok((sample.rssBytes ?? 0) > 1e6 && sample.cpuPercent !== null && sample.startTicks > 1e12);
    assert.deepEqual([sample.pssBytes, sample.threads, sample.fileDescriptors], [null, null, null]);
  }
  process.kill(workers[1] ?? 0, 'SIGKILL');
  await until('it exited', () => !isAlive(workers[1] ?? 0));
  assert.equal(
    (await source.sample()).some((sample) => sample.pid === workers[1]),
    false,
  );
  assert.equal(JSON.stringify(samples).includes('canary-52d'), false);
});

test('SIGINT, SIGTERM, the end of stdin and SIGKILL leave a readable journal', async () => {
  const { port } = await spawnWorkers();
  for (const [signal, code, complete] of [
    ['SIGINT', 130, true],
    ['SIGTERM', 0, true],
    ['SIGKILL', null, false],
  ] as const) {
    const monitor = await monitorOf('--port', String(port));
    assert.equal(await ended(monitor, signal), code, signal);
    const journal = journalOf(monitor);
    assert.equal(journal.complete, complete, signal);
    assert.ok(journal.server.samples.length >= 2);
  }
  const monitor = await monitorOf('--port', String(port), '--stop-with-stdin');
  const exit = once(monitor.child, 'exit');
  monitor.child.stdin?.end();
  assert.deepEqual(await exit, [0, null]);
  assert.equal(journalOf(monitor).complete, true);
});

test('the server is lost when its root exits', async () => {
  const { child, pid } = await spawnWorkers();
  const monitor = await monitorOf('--pid', String(pid));
  child.kill('SIGKILL');
  await until('it is said', () =>
    /server-lost/.test(readFileSync(join(monitor.folder, journalFiles.monitor(localMonitor)), 'utf8')),
  );
  await ended(monitor, 'SIGTERM');
  assert.deepEqual(journalOf(monitor).server.samples.at(-1)?.processes, []);
});

test('nginx: master and workers, found by pid; by port it only passes connections on', async () => {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; worker_processes 2; pid ${folder}/pid; error_log ${folder}/error.log; events {}
     http { access_log off; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
            uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s; server { listen 127.0.0.1:${port}; } }`,
  );
  const nginx = start('nginx', ['-c', config, '-p', folder]);
  const tree = new ProcessTree([nginx.pid ?? 0]);
  await until(
    'its workers run',
    () => tree.look(performance.now()).filter(({ role }) => role === 'worker').length === 2,
  );
  assert.deepEqual(rootsOnPort({ port, ip: null }), []);
  assert.throws(
    () => findServer({ by: 'port', port, ip: null }),
    /--port: port \d+ belongs to nginx \(pid \d+\).*give the server/,
  );
  const exit = once(nginx, 'exit');
  nginx.kill('SIGQUIT');
  await exit;
});

test('a server that a shell starts: the shell and the server are roots, and its workers are workers', async () => {
  const port = await freePort();
  const script = join(import.meta.dirname, '..', 'fixtures', 'spawn-workers.py');
  const shell = start('bash', ['-c', `python3 ${script} ${port}; true`]);
  const tree = new ProcessTree([shell.pid ?? 0]);
  try {
    await until('its workers are known', () => {
      const roles = tree.look(performance.now()).map(({ role }) => role);
      return (
        roles.filter((role) => role === 'root').length >= 2 && roles.filter((role) => role === 'worker').length === 2
      );
    });
  } finally {
    const servers = rootsOnPort({ port, ip: null });
    shell.kill('SIGKILL');
    for (const server of servers) process.kill(server, 'SIGKILL');
  }
});

test('a proxy that only passes connections on is not taken for the server', async () => {
  const port = await freePort();
  const proxy = join(mkdtempSync(join(tmpdir(), 'proxy-')), 'haproxy');
  symlinkSync(process.execPath, proxy);
  start(proxy, ['-e', `require('node:http').createServer().listen(${port}, '127.0.0.1')`]);
  await until('it is refused by name', () => {
    try {
      return findServer({ by: 'port', port, ip: null }).roots.length < 0;
    } catch (error) {
      return /belongs to haproxy/.test(String(error));
    }
  });
});

test('cores are those that the server may use, not ours', async () => {
  const child = start('taskset', ['--cpu-list', '0', process.execPath, '-e', 'setInterval(() => {}, 1000)']);
  await until('it runs on one', () => coresOf(child.pid ?? 0) <= 1);
});

test('a journal that cannot be written on is told once and in the exit code, and what was written stays', async () => {
  const { pid } = await spawnWorkers();
  const folder = mkdtempSync(join(tmpdir(), 'monitor-'));
  const options = ['--dir', folder, '--interval', '0.1', '--pid', String(pid), '--base-url', 'http://127.0.0.1:1'];
  // A file of at most 16 KiB: beyond that the system refuses writes, as it does on a full disk.
  const limited = `trap '' XFSZ; ulimit -f 16; exec "$@"`;
  const monitor = start('bash', ['-c', limited, 'bash', process.execPath, ...entry, ...options, '--duration', '8']);
  let text = '';
  monitor.stderr?.on('data', (data) => (text += String(data)));
  const [code] = (await once(monitor, 'exit')) as [number | null];
  assert.equal(code, 3, text);
  assert.equal(text.match(/nothing more is written/g)?.length, 1, text);
  assert.match(text, /monitors\/local\.ndjson: EFBIG/);
  const { server, end } = readServer(join(folder, journalFiles.monitor(localMonitor)), placeOfOwn(null));
  assert.equal(end.complete, false);
  assert.ok((server?.samples.length ?? 0) > 3, 'what was written can be read');
});

test('a folder that cannot be written is told before anything is watched', async () => {
  const child = start(process.execPath, [...entry, '--pid', String(process.pid), '--dir', '/proc/nope']);
  let text = '';
  child.stderr?.on('data', (data) => (text += String(data)));
  const [code] = (await once(child, 'exit')) as [number | null];
  assert.equal(code, 2, text);
  assert.match(text, /^webhook-stress: monitor: cannot write \/proc\/nope: E[A-Z]+: [^\n]+; choose another --dir\n$/);
});

test('a server that cannot be found is told with the setting and a way out', async () => {
  const port = await freePort();
  const cases = [
    [{ by: 'port' as const, port, ip: null }, /--port: cannot find the process that listens on port/],
    [{ by: 'pid' as const, pids: [4_194_000] }, /--pid: process 4194000 does not exist/],
    [{ by: 'process' as const, name: 'no-such-server' }, /--process: no process is named/],
    [{ by: 'unit' as const, name: 'no-such' }, /--unit: unit no-such has no process on this machine/],
    [{ by: 'container' as const, name: 'no-such', environment: {} }, /--container: no container "no-such" is known/],
    [{ by: 'container' as const, name: 'f'.repeat(64), environment: {} }, /--container: container f+ has no process/],
  ] as const;
  for (const [address, message] of cases) assert.throws(() => findServer(address), message);
});

test('after the tests no server of theirs is left', async () => {
  for (const child of children) child.kill('SIGKILL');
  await until('all exited', () => children.every(({ pid }) => pid === undefined || !isAlive(pid)));
});
