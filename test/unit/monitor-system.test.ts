import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startTimer, ticks } from '../../monitor/schedule.ts';
import { coresOfQuota, cpusInList } from '../../monitor/system/cores.ts';
import { labelOf } from '../../monitor/system/label.ts';
import { addressOfHex, isLocalAddress, listeningAddressFor } from '../../monitor/system/local-address.ts';
import { OwnConnections } from '../../monitor/system/own-connections.ts';
import { PortableProcesses, usagesOf } from '../../monitor/system/portable-processes.ts';
import { eachProcLine, pageBytesIn, parseStat } from '../../monitor/system/proc-file.ts';
import { kindOf, Roles } from '../../monitor/system/roles.ts';
import { parseTcpLine } from '../../monitor/system/sockets.ts';
import { UnknownEnds } from '../../monitor/system/unknown-ends.ts';
import { seeded } from '../fixtures/random.ts';
import { seed } from '../fixtures/seed.ts';

test('ticks keep their schedule: late ones delay none, missed ones are skipped', async () => {
  const stop = new AbortController();
  // When each tick has been dealt with: the third takes long, the fourth is late by a little.
  const doneMs = [0, 20, 150, 165, 180];
  let nowMs = 0;
  const seen: number[] = [];
  for await (const n of ticks(20, stop.signal, () => nowMs)) {
    nowMs = doneMs[seen.length] ?? nowMs;
    seen.push(n);
    if (seen.length === doneMs.length) stop.abort();
  }
  assert.deepEqual(seen, [0, 1, 2, 8, 9]);
});

test('a timer of a month does not end at once', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const delays: number[] = [];
  const mocked = globalThis.setTimeout;
  t.mock.method(globalThis, 'setTimeout', (then: () => void, ms: number) => {
    delays.push(ms);
    return mocked(then, ms);
  });
  let ended = 0;
  const month = 2_592_000_000;
  startTimer(month, () => {
    ended += 1;
  });
  t.mock.timers.tick(2 ** 31 - 1);
  assert.equal(ended, 0);
  t.mock.timers.tick(month - 2 ** 31);
  assert.equal(ended, 0);
  t.mock.timers.tick(1);
  assert.equal(ended, 1);
  assert.deepEqual(delays, [2 ** 31 - 1, month - (2 ** 31 - 1)], 'Node takes a longer delay for 1 ms');
});

test('formats of /proc, names with blanks and parentheses among them', () => {
  const stat = parseStat(
    '4711 (a) (b c) S 42 1 1 0 -1 0 700 0 3 0 150 50 0 0 20 0 11 0 987654 1000000 2500 18446744073709551615 0',
    65_536,
  );
  assert.deepEqual(stat, {
    pid: 4711,
    name: 'a) (b c',
    state: 'S',
    parentPid: 42,
    faults: 703,
    cpuTicks: 200,
    threads: 11,
    startTicks: 987654,
    rssBytes: 2500 * 65_536,
  });
  assert.equal(parseStat('1 (x) Z 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0'), null);
  assert.equal(parseTcpLine('  sl  local_address rem_address   st tx_queue rx_queue'), null);
  const line = '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1';
  assert.deepEqual(parseTcpLine(line), { hex: '0100007F', port: 8080, state: '0A', isUnread: false, inode: '12345' });
  const unread = line.replace('0A 00000000:00000000', '01 00000000:0000001B');
  assert.equal(parseTcpLine(unread)?.isUnread, true);
  assert.equal(parseTcpLine(line.replace('0A 00000000', '01 0000001B'))?.isUnread, false, 'what is to be sent');
  assert.equal(labelOf('node', ['/usr/bin/node', '--secret=x', '/srv/app.js', 'token']), 'node app.js');
  assert.equal(
    labelOf('python3', ['/usr/bin/python3', '-c', 'from multiprocessing.spawn import spawn_main; x']),
    'python3 spawn_main',
  );
});

test('the page size comes from the system: 16 and 64 KiB on some', () => {
  const pairs = [
    [3, 64],
    [6, 65_536],
    [0, 0],
  ].flat();
  const auxv = Buffer.alloc(pairs.length * 8);
  for (const [n, value] of pairs.entries()) auxv.writeBigUInt64LE(BigInt(value), n * 8);
  assert.equal(pageBytesIn(auxv, 8), 65_536);
  const narrow = Buffer.alloc(16);
  for (const [n, value] of [6, 16_384, 0, 0].entries()) narrow.writeUInt32LE(value, n * 4);
  assert.equal(pageBytesIn(narrow, 4), 16_384);
  assert.equal(pageBytesIn(Buffer.alloc(0), 8), null);
});

test('cores of an affinity list and of a quota', () => {
  assert.deepEqual(['0', '0-3', '0-1,4,6-7\n'].map(cpusInList), [[0], [0, 1, 2, 3], [0, 1, 4, 6, 7]]);
  assert.deepEqual(['max 100000\n', '150000 100000\n', '50000 100000', '-1 100000', ''].map(coresOfQuota), [
    null,
    1.5,
    0.5,
    null,
    null,
  ]);
});

test('a table of any length is read whole, line by line', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'table-')), 'tcp');
  const line = `${'x'.repeat(148)}\n`;
  writeFileSync(file, line.repeat(30_000));
  let lines = 0;
  let bytes = 0;
  assert.equal(
    eachProcLine(file, (text) => {
      lines += 1;
      bytes += text.length + 1;
    }),
    true,
  );
  assert.deepEqual([lines, bytes], [30_000, 30_000 * line.length], 'four megabytes');
  assert.equal(
    eachProcLine('/proc/none', () => {}),
    false,
  );
});

const nobody = {
  isRoot: false,
  parentKind: 'root',
  ofRoot: true,
  kind: '',
  ageMs: 0,
  serves: false,
  parentServes: false,
  isReached: null,
};

/** Roles of children of a root at successive looks. */
function rolesAt(
  looks: readonly { readonly words: readonly string[]; readonly ageMs: number; readonly of?: 'worker' }[],
) {
  const roles = new Roles();
  return looks.map(({ words, ageMs, of }) =>
    roles.roleOf({ ...nobody, ofRoot: of === undefined, parentKind: of ?? 'root', kind: kindOf(words), ageMs }),
  );
}

test('a worker that starts late, of another command line, is one once it stays', () => {
  const early = ['python3', 'spawn_main', '5'];
  const late = ['python3', 'serve-late'];
  assert.deepEqual(
    rolesAt([
      { words: early, ageMs: 60_000 },
      { words: late, ageMs: 100 },
      { words: late, ageMs: 2500 },
      { words: late, ageMs: 10 },
      { words: ['python3', 'spawn_main', '77'], ageMs: 0 },
    ]),
    ['worker', 'helper', 'worker', 'worker', 'worker'],
  );
});

test('a one-off child at the first look, and a job that a worker forks, are helpers', () => {
  const worker = ['gunicorn', 'app:app'];
  assert.deepEqual(
    rolesAt([
      { words: worker, ageMs: 60_000 },
      { words: ['sh', '-c', 'uname'], ageMs: 40 },
      { words: worker, ageMs: 30, of: 'worker' },
      { words: worker, ageMs: 30_000, of: 'worker' },
      { words: ['python3', '-c', 'from multiprocessing.resource_tracker import main'], ageMs: 60_000 },
    ]),
    ['worker', 'helper', 'helper', 'helper', 'helper'],
  );
});

test('where the parent serves by itself, only children that serve are workers, however long the others stay', () => {
  const roles = new Roles();
  const job = { ...nobody, kind: kindOf(['python3', 'app.py']), ageMs: 60_000 };
  assert.equal(roles.roleOf(job), 'worker', 'nothing is known of who serves');
  assert.equal(roles.roleOf({ ...job, parentServes: true }), 'helper');
  assert.equal(roles.roleOf({ ...job, parentServes: true, serves: true }), 'worker');
  assert.equal(roles.roleOf({ ...job, parentServes: true }), 'worker', 'of a kind that serves');
});

test('who cannot be reached is a helper, however long it stays, until one of its kind can be', () => {
  const roles = new Roles();
  const job = { ...nobody, kind: kindOf(['sleep', '30']), ageMs: 3000 };
  const worker = { ...nobody, kind: kindOf(['python3', 'app.py']), ageMs: 3000 };
  assert.equal(roles.roleOf(job), 'worker', 'its sockets were not seen yet');
  assert.equal(roles.roleOf({ ...job, isReached: false }), 'helper');
  assert.equal(roles.roleOf({ ...job, kind: kindOf(['sleep', '7']) }), 'helper', 'of a kind that cannot be reached');
  assert.equal(roles.roleOf({ ...worker, isReached: true }), 'worker');
  assert.equal(roles.roleOf({ ...worker, isReached: false }), 'worker', 'it has not opened its socket yet');
  assert.equal(roles.roleOf({ ...job, isReached: false, serves: true }), 'worker');
});

test('beside workers that serve, a child of another kind is a helper; a new worker of their kind is one at once', () => {
  const roles = new Roles();
  const worker = { ...nobody, kind: kindOf(['node', 'app.js', '--id=1']) };
  const metrics = { ...nobody, kind: kindOf(['node', 'metrics.js']), ageMs: 60_000 };
  assert.equal(roles.roleOf({ ...worker, serves: true }), 'worker');
  assert.equal(roles.roleOf(metrics), 'helper');
  assert.equal(roles.roleOf({ ...worker, kind: kindOf(['node', 'app.js', '--id=2']) }), 'worker');
});

test('children of a root that ended are workers once one of their kind serves, each is told once, and jobs are not', () => {
  const roles = new Roles();
  const ends = new UnknownEnds();
  const always = () => true;
  const kind = kindOf(['node', 'app.js']);
  const ended = (pid: number, of = kind) => ({
    ...{ pid, startTicks: pid, label: 'node', parentPid: 9 },
    parentKind: 'root',
    kind: of,
  });
  ends.add(ended(1), 0);
  ends.add(ended(2), 15_000);
  ends.add(ended(3, kindOf(['sh', '-c', 'uname'])), 15_000);
  assert.deepEqual(ends.takeWorkers(roles, 15_000, always), []);
  roles.roleOf({ ...nobody, ofRoot: true, parentKind: 'root', kind, ageMs: 60_000 });
  assert.deepEqual(
    ends.takeWorkers(roles, 16_000, always),
    [],
    'one of its kind stays, and nobody knows whether it serves',
  );
  roles.roleOf({ ...nobody, ofRoot: true, parentKind: 'root', kind, serves: true });
  const pids = () => ends.takeWorkers(roles, 17_000, always).map(({ pid }) => pid);
  assert.deepEqual([pids(), pids()], [[2], []], 'the first one ended too long before');
});

test('what a helper had started is a worker once that is known to be a master, and a job if not', () => {
  const roles = new Roles();
  const ends = new UnknownEnds();
  const kind = kindOf(['gunicorn']);
  roles.roleOf({ ...nobody, ofRoot: true, parentKind: kind, kind, serves: true });
  ends.add({ pid: 1, startTicks: 1, label: 'gunicorn', parentPid: 9, parentKind: kind, kind }, 0);
  assert.deepEqual(
    ends.takeWorkers(roles, 1000, () => false),
    [],
  );
  assert.deepEqual(
    ends.takeWorkers(roles, 2000, (pid) => pid === 9).map(({ pid }) => pid),
    [1],
  );
});

test('of a master that took over, a worker that ended young is one by what its kind was before, and a job is none', () => {
  const roles = new Roles();
  const ends = new UnknownEnds();
  const [old, title, worker, job] = ['unicorn', 'unicorn master', 'unicorn worker', 'sh job'];
  // Nobody ever saw one with a connection of its own.
  roles.roleOf({ ...nobody, parentKind: old, kind: worker, ageMs: 60_000, isReached: true });
  const ended = { startTicks: 1, label: 'unicorn', parentPid: 9, parentKind: title };
  ends.add({ ...ended, pid: 1, kind: worker }, 0);
  ends.add({ ...ended, pid: 2, kind: job }, 0);
  ends.add({ ...ended, pid: 3, kind: worker, parentPid: 8, parentKind: old }, 0);
  const pids = () => ends.takeWorkers(roles, 1000, () => true).map(({ pid }) => pid);
  assert.deepEqual(pids(), []);
  ends.inherit(9, old);
  assert.deepEqual(pids(), [1]);
});

test('what a forked child is born with is not its own', () => {
  const connections = new OwnConnections();
  const look = (held: Readonly<Record<number, readonly string[]>>): void =>
    connections.note(
      {
        accepted: new Map(Object.entries(held).map(([pid, inodes]) => [Number(pid), new Set(inodes)])),
        unread: new Set(),
      },
      (pid) => pid * 10,
    );
  look({ 1: [] });
  look({ 1: ['7'], 2: ['7'] });
  assert.deepEqual(
    [1, 2].map((pid) => connections.hasServed(pid)),
    [true, false],
  );
  assert.equal(connections.serves(1), false, 'it may only hand it on');
  look({ 1: ['7', '8'], 2: ['7'] });
  assert.deepEqual(
    [1, 2].map((pid) => connections.serves(pid)),
    [true, false],
  );
  look({ 2: ['7', '9'] });
  assert.equal(connections.hasServed(2), true);
});

test('a server whose connections are short serves by itself; a master that keeps those that nobody takes does not', () => {
  const connections = new OwnConnections();
  const look = (held: Readonly<Record<number, readonly string[]>>): void =>
    connections.note(
      {
        accepted: new Map(Object.entries(held).map(([pid, inodes]) => [Number(pid), new Set(inodes)])),
        unread: new Set(),
      },
      (pid) => pid * 10,
    );
  const [serving, waiting, job] = [1, 2, 3];
  look({ 1: [], 2: ['4', '5'], 3: ['7'] });
  for (const n of [10, 20, 30]) {
    look({ 1: [`${n}`], 2: ['4', '5'], 3: ['7'] });
    assert.equal(connections.serves(serving), false, 'it may hand them on');
  }
  look({ 1: [], 2: ['5'], 3: ['7'] });
  const all = [serving, waiting, job].map((pid) => connections.serves(pid));
  assert.deepEqual(all, [true, false, false]);
});

test('10,000 children that a serving process forks for jobs: not one of them is a worker', () => {
  const roles = new Roles();
  const random = seeded(seed);
  let workers = 0;
  roles.roleOf({ ...nobody, kind: 'uvicorn', serves: true });
  for (let job = 0; job < 10_000; job += 1) {
    const inWorker = random() < 0.5;
    const role = roles.roleOf({
      ...nobody,
      // Forked: the command line of its parent. Started: one of its own.
      kind: kindOf(random() < 0.5 && inWorker ? ['uvicorn'] : ['python3', `job-${job}.py`]),
      parentKind: inWorker ? 'uvicorn' : 'root',
      ofRoot: !inWorker,
      parentServes: inWorker,
      ageMs: random() * 10_000,
    });
    if (role !== 'helper') workers += 1;
  }
  assert.equal(workers, 0);
});

test('which listening address gets connections to an address: the exact one, then the wildcards', () => {
  const gets = (target: string, ...listening: readonly string[]): string | null =>
    listeningAddressFor(target, new Set(listening));
  assert.equal(gets('127.0.0.1', '127.0.0.2', '127.0.0.1', '0.0.0.0', '::'), '127.0.0.1');
  assert.equal(gets('127.0.0.1', '127.0.0.2', '0.0.0.0', '::'), '0.0.0.0');
  assert.equal(gets('127.0.0.1', '127.0.0.2', '::'), '::', 'a dual-stack socket');
  assert.equal(gets('127.0.0.1', '127.0.0.2', '::1'), null);
  assert.equal(gets('[::1]', '127.0.0.1', '0.0.0.0', '::1'), '::1');
  assert.equal(gets('0:0:0:0:0:0:0:1', '0.0.0.0', '::'), '::');
  assert.equal(gets('::ffff:127.0.0.1', '127.0.0.1'), '127.0.0.1');
  assert.equal(gets('fe80::1%eth0', 'fe80::1'), 'fe80::1');
});

test('addresses of /proc/net/tcp and tcp6, on machines of either byte order', () => {
  assert.equal(addressOfHex('0100007F', 'LE'), '127.0.0.1');
  assert.equal(addressOfHex('7F000001', 'BE'), '127.0.0.1');
  assert.equal(addressOfHex('00000000000000000000000001000000', 'LE'), '::1');
  assert.equal(addressOfHex('00000000000000000000000000000000', 'LE'), '::');
  assert.equal(addressOfHex('0000000000000000FFFF00000100007F', 'LE'), '127.0.0.1');
  assert.equal(addressOfHex('B80D01200000000000000000010000AB', 'LE'), '2001:db8::ab00:1');
  assert.deepEqual(['127.8.8.8', '::1', '192.0.2.77', '2001:db8::1'].map(isLocalAddress), [true, true, false, false]);
});

test('without /proc: that no process is left is recorded, not thrown', async () => {
  // 4,194,305 is above the highest pid of Linux: pidusage finds no process and rejects.
  const source = new PortableProcesses([process.pid], () => usagesOf([4_194_305]));
  assert.deepEqual(await source.sample(), []);
});
