import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readServer, type ServerTimeline } from '../../analysis/journal/server.ts';
import { journalFiles } from '../../contract/journal/journal.ts';
import { LogTail } from '../../monitor/probes/log-tail.ts';
import { numbersIn, probe } from '../../monitor/probes/probe.ts';
import { ticks } from '../../monitor/schedule.ts';
import { Alerts } from '../../monitor/sinks/alerts.ts';
import { findServer, rootOnPort } from '../../monitor/system/find-server.ts';
import { PortableProcesses } from '../../monitor/system/portable-processes.ts';
import { parseStat } from '../../monitor/system/proc-file.ts';
import { labelOf, ProcessTree } from '../../monitor/system/process-tree.ts';
import { parseTcpTable } from '../../monitor/system/sockets.ts';
import { command, isAlive, until } from '../e2e/stress.ts';
import { processOf, sampleOf } from '../fixtures/run.ts';
import { freePort } from '../fixtures/servers.ts';

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
      return readFileSync(join(folder, journalFiles.server), 'utf8').split('\n').length > 5;
    } catch {
      return child.exitCode !== null;
    }
  });
  return { child, folder, text: () => text };
}

function journalOf({ folder }: Monitoring): { server: ServerTimeline; complete: boolean; text: string } {
  const file = join(folder, journalFiles.server);
  const { server, end } = readServer(file, null);
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
  assert.equal(rootOnPort(port), pid, 'the topmost holder of the listening socket');
  const monitor = await monitorOf('--port', String(port));
  process.kill(workers[0] ?? 0, 'SIGKILL');
  await until('a new worker has come', () =>
    /process-started/.test(readFileSync(join(monitor.folder, journalFiles.server), 'utf8')),
  );
  assert.equal(await ended(monitor, 'SIGTERM'), 0);
  const { server, complete, text } = journalOf(monitor);
  assert.equal(complete, true);
  assert.equal(server.identity.rootPid, pid);
  const roles = server.samples[0]?.processes.map(({ role }) => role).sort();
  assert.deepEqual(roles, ['helper', 'root', 'worker', 'worker']);
  const end = server.alerts.find(({ alert }) => alert === 'process-ended');
  assert.deepEqual([end?.role, end?.pid], ['worker', workers[0]]);
  assert.equal(server.alerts.find(({ alert }) => alert === 'process-started')?.role, 'worker');
  assert.match(monitor.text(), /worker \d+ .* is gone/);
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
  const source = new PortableProcesses(pid);
  await source.sample();
  const samples = await source.sample();
  assert.deepEqual(samples.map(({ role }) => role).sort(), ['helper', 'root', 'worker', 'worker']);
  for (const sample of samples) {
    assert.ok((sample.rssBytes ?? 0) > 1e6 && sample.cpuPercent !== null && sample.startTicks > 1e12);
    assert.deepEqual([sample.pssBytes, sample.threads, sample.fileDescriptors], [null, null, null]);
  }
  process.kill(workers[1] ?? 0, 'SIGKILL');
  await until('it is gone', () => !isAlive(workers[1] ?? 0));
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

test('the server is lost when its root is gone', async () => {
  const { child, pid } = await spawnWorkers();
  const monitor = await monitorOf('--pid', String(pid));
  child.kill('SIGKILL');
  await until('it is said', () => /server-lost/.test(readFileSync(join(monitor.folder, journalFiles.server), 'utf8')));
  await ended(monitor, 'SIGTERM');
  assert.deepEqual(journalOf(monitor).server.samples.at(-1)?.processes, []);
});

test('nginx: master and workers, found by port and by name', async () => {
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
  await until('nginx listens', () => rootOnPort(port) !== null);
  assert.equal(rootOnPort(port), nginx.pid);
  const tree = new ProcessTree(nginx.pid ?? 0);
  await until('its workers run', () => tree.look(performance.now()).length === 3);
  const exit = once(nginx, 'exit');
  nginx.kill('SIGQUIT');
  await exit;
});

test('a server that cannot be found is told with the setting and a way out', async () => {
  const port = await freePort();
  const cases = [
    [{ by: 'port' as const, port }, /--port: .*listens on port/],
    [{ by: 'pid' as const, pid: 4_194_000 }, /--pid: there is no process/],
    [{ by: 'process' as const, name: 'no-such-server' }, /--process: no process is named/],
  ] as const;
  for (const [address, message] of cases) assert.throws(() => findServer(address), message);
});

test('a graceful recycle is known from the log', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'log-')), 'server.log');
  writeFileSync(file, 'worker 1 recycled\n');
  const tail = new LogTail(file);
  assert.deepEqual(tail.recycledPids(), [], 'what was there before is history');
  appendFileSync(
    file,
    '2026 info worker 4711 recycled\nother\n[INFO] Worker exiting (pid: 88)\nINFO: Finished server pro',
  );
  assert.deepEqual(tail.recycledPids(), [4711, 88]);
  appendFileSync(file, 'cess [99]\n');
  assert.deepEqual(tail.recycledPids(), [99]);
  writeFileSync(file, 'worker 5 recycled\n');
  assert.deepEqual(tail.recycledPids(), [5], 'after truncation');
});

test('ticks keep their schedule: late ones delay none, missed ones are skipped', async () => {
  const stop = new AbortController();
  const seen: number[] = [];
  for await (const n of ticks(20, stop.signal)) {
    seen.push(n);
    if (seen.length === 3) await sleep(110);
    if (seen.length === 6) stop.abort();
  }
  assert.deepEqual(seen.slice(0, 3), [0, 1, 2]);
  assert.ok((seen[3] ?? 0) >= 7, `skipped to ${seen[3]}`);
  assert.ok(seen.every((n, index) => index === 0 || n > (seen[index - 1] ?? 0)));
});

const hostile: readonly (readonly [string, RequestListener, RegExp])[] = [
  ['HTML', (_, response) => response.end('<h1>hello</h1>'), /^failed its body is no JSON/],
  ['an error', (_, response) => response.writeHead(500).end('{}'), /^failed HTTP 500/],
  ['no such route', (_, response) => response.writeHead(404).end('not here'), /^unavailable/],
  ['a redirect', (_, response) => response.writeHead(302, { Location: 'http://192.0.2.1/' }).end(), /^failed HTTP 302/],
  ['silence', () => {}, /^failed no answer within/],
  ['a broken connection', (request) => request.socket.destroy(), /^failed no connection/],
  ['JSON that is no object', (_, response) => response.end('[1,2]'), /^failed its body is no JSON object/],
  [
    'an endless body',
    (_, response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', pour);
      };
      pour();
    },
    /^failed its body is longer/,
  ],
  ['health', (_, response) => response.end('{"a":1,"b":{"c":2,"d":"x"},"e":null}'), /^ok \{"a":1,"b\.c":2\}/],
];

for (const [name, listener, expected] of hostile) {
  test(`probe: ${name}`, async () => {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const result = await probe(`http://127.0.0.1:${port}/health`, null);
    const text =
      result.state === 'ok'
        ? `ok ${JSON.stringify(result.numbers)}`
        : result.state === 'failed'
          ? `failed ${result.reason}`
          : result.state;
    assert.match(text, expected);
    server.closeAllConnections();
    server.close();
  });
}

test('numbers of a hostile answer are bounded in count, depth and name', () => {
  const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`k${n}`, n])));
  assert.equal(Object.keys(numbersIn(wide) ?? {}).length, 64);
  const odd = numbersIn('{"\\u001b[31mred":1,"__proto__":{"x":2},"big":1e999}');
  assert.deepEqual(Object.keys(odd ?? {}).sort(), ['__proto__.x', '__31mred'].sort());
  assert.deepEqual(numbersIn(`${'{"a":'.repeat(50)}1${'}'.repeat(50)}`), {}, 'what lies too deep is left out');
});

test('alerts begin once, and again only after the condition has ended', () => {
  const alerts = new Alerts(2);
  const failed = { state: 'failed' as const, latencyMs: 1, reason: 'HTTP 500' };
  const ok = { state: 'ok' as const, latencyMs: 1, numbers: {} };
  const kinds = [ok, failed, failed, null, failed, ok, failed].flatMap((health, n) =>
    alerts.take(sampleOf(n * 1000, { health })).map(({ alert }) => `${n} ${alert}`),
  );
  assert.deepEqual(kinds, ['1 health-failed', '6 health-failed']);
});

test('alerts: a pid that is used again is an end and a start', () => {
  const alerts = new Alerts(2);
  alerts.take(
    sampleOf(0, { processes: [processOf({ pid: 100, role: 'root' }), processOf({ pid: 7, startTicks: 1 })] }),
  );
  const found = alerts.take(
    sampleOf(1000, { processes: [processOf({ pid: 100, role: 'root' }), processOf({ pid: 7, startTicks: 2 })] }),
  );
  assert.deepEqual(
    found.map(({ alert, startTicks }) => [alert, startTicks]),
    [
      ['process-ended', 1],
      ['process-started', 2],
    ],
  );
});

test('formats of /proc, names with blanks and parentheses among them', () => {
  const stat = parseStat(
    '4711 (a) (b c) S 42 1 1 0 -1 0 0 0 0 0 150 50 0 0 20 0 11 0 987654 1000000 2500 18446744073709551615 0',
  );
  assert.deepEqual(stat, {
    pid: 4711,
    name: 'a) (b c',
    state: 'S',
    parentPid: 42,
    cpuTicks: 200,
    threads: 11,
    startTicks: 987654,
    rssBytes: 2500 * 4096,
  });
  assert.equal(parseStat('1 (x) Z 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0'), null);
  const sockets = parseTcpTable(
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1\n',
  );
  assert.deepEqual(sockets, [{ port: 8080, state: '0A', inode: '12345' }]);
  assert.equal(labelOf('node', ['/usr/bin/node', '--secret=x', '/srv/app.js', 'token']), 'node app.js');
  assert.equal(
    labelOf('python3', ['/usr/bin/python3', '-c', 'from multiprocessing.spawn import spawn_main; x']),
    'python3 spawn_main',
  );
});

test('after the tests no server of theirs is left', async () => {
  for (const child of children) child.kill('SIGKILL');
  await until('all are gone', () => children.every(({ pid }) => pid === undefined || !isAlive(pid)));
});
