import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { KeptStats } from '../../monitor/system/kept-stats.ts';
import { NewPids } from '../../monitor/system/new-pids.ts';
import { descriptorsOf, readStat } from '../../monitor/system/proc-file.ts';
import { ProcessSampler } from '../../monitor/system/process-sampler.ts';
import { ProcessTree } from '../../monitor/system/process-tree.ts';
import { type PageTables, ProportionalMemory, tablesIn } from '../../monitor/system/proportional-memory.ts';

// What the monitor leaves out of a look, because it cannot have changed.

const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** A child that lives until its stdin closes. */
async function child(): Promise<ChildProcess & { readonly pid: number }> {
  const started = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
  children.push(started);
  await once(started, 'spawn');
  const { pid } = started;
  assert.ok(pid !== undefined);
  return Object.assign(started, { pid });
}

async function kill(started: ChildProcess): Promise<void> {
  const ended = once(started, 'exit');
  started.kill('SIGKILL');
  await ended;
}

/** How many files of /proc/<pid>/stat and statm this process has open. */
const openStats = (): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return /^\/proc\/\d+\/statm?\b/.test(readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      return false;
    }
  }).length;

test('processes may be new once after each new pid and once more; always where the kernel does not tell', () => {
  const pids = [7, 7, 7, 9, 9, 9, null, null, 9, 9, 9];
  const newPids = new NewPids(() => pids.shift() ?? null);
  const said = Array.from({ length: 11 }, () => newPids.mayBeThere());
  assert.deepEqual(said, [true, true, false, true, true, false, true, true, true, true, false]);
});

test('a child that starts between two scans of the machine is seen at the next look, and its end, too', async () => {
  const tree = new ProcessTree([process.pid]);
  const pidsAt = (nowMs: number): readonly number[] => tree.look(nowMs).map(({ stat }) => stat.pid);
  for (let nowMs = 0; nowMs < 1000; nowMs += 250) pidsAt(nowMs);
  const started = await child();
  assert.ok(pidsAt(1000).includes(started.pid));
  assert.ok(pidsAt(1250).includes(started.pid));
  await kill(started);
  assert.equal(pidsAt(1500).includes(started.pid), false);
});

test('open files are those of the look at connections: what opens later is in neither', () => {
  const tree = new ProcessTree([process.pid]);
  const sampler = new ProcessSampler();
  const counts = { established: 0, listen: 0, timeWait: 0, closeWait: 0, other: 0 };
  const elsewhere = { towards: new Set<number>(), elsewhere: new Set<string>(), outgoing: new Set<string>() };
  const look = {
    counts,
    accepted: new Map(),
    open: new Map([[process.pid, 5]]),
    unread: new Set<string>(),
    holds: new Map(),
    ...elsewhere,
  };
  const filesAt = (nowMs: number) =>
    sampler.sample(tree.look(nowMs), nowMs, false).find(({ pid }) => pid === process.pid)?.fileDescriptors ?? 0;
  // The tree's own files are open from its first look on.
  filesAt(0);
  sampler.note(look);
  const before = filesAt(250);
  const opened = Array.from({ length: 9 }, () => openSync('/dev/null', 'r'));
  try {
    assert.equal(filesAt(10_000), before);
    sampler.note(look);
    assert.equal(filesAt(10_250), before + 9);
  } finally {
    for (const file of opened) closeSync(file);
  }
});

test('a child that is met before it runs its own program is known by that later', async () => {
  const parent = spawn('bash', ['-c', '(sleep 0.5; exec -a tracker sleep 60) & wait'], { stdio: 'ignore' });
  children.push(parent);
  await once(parent, 'spawn');
  const { pid } = parent;
  assert.ok(pid !== undefined);
  const tree = new ProcessTree([pid]);
  const labels = (): readonly string[] => tree.look(performance.now()).map(({ label }) => label);
  while (labels().length < 2) await sleep(20);
  assert.equal(labels()[1], 'bash');
  for (const startMs = Date.now(); labels()[1] === 'bash' && Date.now() - startMs < 10_000; ) await sleep(100);
  assert.equal(labels()[1], 'tracker');
  for (const { stat } of tree.look(performance.now()).toReversed()) process.kill(stat.pid, 'SIGKILL');
});

test('a stat that stays open says what one that is opened anew says, and nothing of a process that has ended', async () => {
  const stats = new KeptStats();
  const one = await child();
  const other = await child();
  const before = openStats();
  const read = (pid: number, nowMs: number) => stats.read(pid, nowMs)?.stat ?? null;
  for (const nowMs of [0, 250, 1000]) {
    // What it says of resident memory is not exact.
    assert.deepEqual({ ...read(one.pid, nowMs), rssBytes: 0 }, { ...readStat(one.pid), rssBytes: 0 });
  }
  read(other.pid, 1000);
  assert.equal(openStats(), before + 4);
  stats.keepOnly(new Set([one.pid]));
  assert.equal(openStats(), before + 2);
  await kill(one);
  assert.equal(read(one.pid, 1250), null);
  assert.equal(openStats(), before);
  assert.equal(read(other.pid, 1250)?.pid, other.pid, 'a process that was forgotten is read again');
  await kill(other);
  assert.equal(read(other.pid, 2250), null);
});

test('between two readings of all only resident memory is new', () => {
  const stats = new KeptStats();
  const first = stats.read(process.pid, 0);
  const grown = Buffer.alloc(64 << 20, 1);
  const second = stats.read(process.pid, 250);
  assert.ok((second?.stat.rssBytes ?? 0) > (first?.stat.rssBytes ?? 0) + 32e6, String(grown.length));
  assert.deepEqual([second?.atMs, second?.stat.faults], [first?.atMs, first?.stat.faults]);
  const third = stats.read(process.pid, 1000);
  assert.equal(third?.atMs, 1000);
  assert.ok((third?.stat.faults ?? 0) > (first?.stat.faults ?? 0));
});

test('a process that rests is not read between two readings of all, and its end is seen at once', async () => {
  const stats = new KeptStats();
  const resting = await child();
  for (let nowMs = 0; nowMs < 4000; nowMs += 1000) stats.read(resting.pid, nowMs);
  const last = stats.read(resting.pid, 3250);
  assert.equal(last?.atMs, 3000);
  assert.equal(stats.read(resting.pid, 3500), last);
  await kill(resting);
  assert.equal(stats.read(resting.pid, 3750), null);
});

test('a process that is dead and not reaped is none, whatever is read of it', async () => {
  const stats = new KeptStats();
  // Its parent never waits for it.
  const parent = spawn('python3', [
    '-c',
    'import os,sys,time\npid=os.fork()\nif pid==0: time.sleep(60)\nprint(pid,flush=True)\ntime.sleep(60)',
  ]);
  children.push(parent);
  const [text] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(String(text).trim());
  assert.equal(stats.read(pid, 0)?.stat.pid, pid);
  process.kill(pid, 'SIGKILL');
  while (readStat(pid) !== null) await sleep(10);
  assert.equal(stats.read(pid, 250), null);
});

test('open files are counted as they are listed', async () => {
  const { pid } = await child();
  assert.equal(descriptorsOf(pid), readdirSync(`/proc/${pid}/fd`).length);
  assert.equal(descriptorsOf(4_194_305), null);
});

/** Three processes of 100 MB at looks of 250 ms; `change` says what they did since the start. */
function walkedAt(looks: number, change: (nowMs: number) => readonly { faults?: number; rss?: number }[]) {
  const walked: [number, number][] = [];
  let nowMs = 0;
  const memory = new ProportionalMemory((pid) => {
    walked.push([nowMs / 1000, pid]);
    return { pssBytes: 50e6 };
  });
  let last: ReadonlyMap<number, PageTables> = new Map();
  for (let n = 0; n < looks; n += 1) {
    nowMs = n * 250;
    const changes = change(nowMs);
    last = memory.sample(
      changes.map(({ faults = 0, rss = 0 }, at) => ({
        ...{ pid: at + 1, startTicks: 5, faults: 1000 + faults, rssBytes: 100e6 + rss },
      })),
      nowMs,
    );
  }
  return { walked, last };
}

const idle = {};

test('page tables of idle processes are walked at the first look and after a minute', () => {
  const { walked } = walkedAt(245, () => [idle, idle]);
  assert.deepEqual(walked, [
    [0, 1],
    [0, 2],
    [60, 1],
    [60, 2],
  ]);
});

test('those of a process that touches or frees memory are walked every second, and between two walks it counts as its own', () => {
  const touching = (nowMs: number) => [idle, { faults: nowMs / 10 }];
  assert.deepEqual(
    walkedAt(9, touching).walked.filter(([atS]) => atS > 0),
    [
      [1, 2],
      [2, 2],
    ],
  );
  const freeing = (nowMs: number) => [idle, { rss: nowMs < 1250 ? 0 : -10e6 }];
  const { walked, last } = walkedAt(8, freeing);
  assert.deepEqual(walked.slice(2), [], 'the next walk is due at 2 s');
  assert.deepEqual([last.get(1), last.get(2)], [{ pssBytes: 50e6 }, { pssBytes: 40e6 }]);
  assert.deepEqual(walkedAt(9, freeing).walked.slice(2), [[2, 2]]);
});

test('what one process does to the pages that it shares with idle ones has these walked, too', () => {
  const copying = (nowMs: number) => [idle, { faults: nowMs < 1000 ? 0 : 600 }];
  assert.deepEqual(walkedAt(6, copying).walked.slice(2), [
    [1, 1],
    [1, 2],
  ]);
  const starting = (nowMs: number) => (nowMs < 500 ? [idle] : [idle, idle]);
  assert.deepEqual(walkedAt(6, starting).walked, [
    [0, 1],
    [0.5, 2],
    [1, 1],
  ]);
  const ending = (nowMs: number) => (nowMs < 500 ? [idle, idle] : [idle]);
  assert.deepEqual(walkedAt(6, ending).walked.slice(2), [[1, 1]]);
});

test('a process that got the pid of another is walked at once', () => {
  const walked: number[] = [];
  const memory = new ProportionalMemory((pid) => ({ pssBytes: walked.push(pid) }));
  const look = (startTicks: number, nowMs: number) =>
    memory.sample([{ pid: 1, startTicks, faults: 1, rssBytes: 1e6 }], nowMs);
  look(5, 0);
  look(5, 250);
  look(8, 500);
  assert.equal(walked.length, 2);
});

test('one reading of the page tables tells what is swapped out, and nothing where nothing is', () => {
  const rollup = (swap: number, share: number) =>
    `00400000-7ffc ---p 00000000 00:00 0 [rollup]\nRss:  9000 kB\nPss:  7000 kB\nPss_Anon:  6000 kB\nSwap:  ${swap} kB\nSwapPss:  ${share} kB\nLocked: 0 kB\n`;
  assert.deepEqual(tablesIn(rollup(0, 0), ''), { pssBytes: 7000 * 1024 });
  const swapped = { swapBytes: 4000 * 1024, swapPssBytes: 1000 * 1024 };
  assert.deepEqual(tablesIn(rollup(4000, 1000), ''), { pssBytes: 7000 * 1024, ...swapped });
  assert.deepEqual(tablesIn('', 'VmRSS:\t 9000 kB\nVmSwap:\t     800 kB\n'), {
    ...{ pssBytes: null, swapBytes: 800 * 1024, swapPssBytes: 800 * 1024 },
  });
  assert.deepEqual(tablesIn('', ''), { pssBytes: null });
});

test('what is swapped out is read again when resident memory has fallen', () => {
  let swapBytes = 0;
  const memory = new ProportionalMemory(() => tablesIn(`Pss: 50000 kB\nSwap: ${swapBytes / 1024} kB\n`, ''));
  const look = (rssBytes: number, nowMs: number) =>
    memory.sample([{ pid: 1, startTicks: 5, faults: 1, rssBytes }], nowMs).get(1)?.swapBytes;
  assert.equal(look(100e6, 0), undefined);
  swapBytes = 40 * 1024 * 1024;
  assert.equal(look(100e6, 1000), undefined, 'nothing moved: it is not read');
  assert.equal(look(60e6, 2000), swapBytes);
});
