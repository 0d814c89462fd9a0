import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import type { AlertLine, ServerSampleLine } from '../../contract/journal/journal.ts';
import { OomKillCount } from '../../monitor/system/cgroup.ts';
import { OomLooks } from '../../monitor/system/oom-looks.ts';
import { ledgerOf, processOf, runOf, sampleOf, serverOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';

const ledger = ledgerOf([{ atMs: 1000, outcome: 'accepted' }]);
const root = processOf({ pid: 100, role: 'root' });
const worker = processOf({ pid: 101 });
const job = processOf({ pid: 55, role: 'helper' });

type Processes = ServerSampleLine['processes'];

/** One count of an OOM kill more from the fifth second on. */
function judged(processes: (atMs: number) => Processes, said: readonly Partial<AlertLine>[] = []): Judgement {
  const make = (atMs: number): Partial<ServerSampleLine> => ({
    processes: processes(atMs),
    oomKills: atMs > 5000 ? 1 : 0,
  });
  const alerts = said.map(
    (line): AlertLine => ({ atUs: startUs + 5_100_000, alert: 'end-in-log', message: '', means: 'crash', ...line }),
  );
  return workerCrashes.judge(runOf([{ name: 'hft', ledger }], { server: serverOf(60_000, make, { alerts }) }));
}

const measured = ({ measures = [] }: Judgement, name: string): number | undefined =>
  measures.find((each) => each.name === name)?.value;

const jobEnds = (atMs: number): Processes => (atMs > 5000 ? [root, worker] : [root, worker, job]);

test('another program in the cgroup is killed as a job ends: whose kill it was is not known', () => {
  const judgement = judged(jobEnds);
  assert.equal(judgement.status, 'inconclusive');
  assert.match(judgement.summary, /^1 OOM kill in the server's cgroup; whose is not known/);
  assert.deepEqual([measured(judgement, 'crashes'), measured(judgement, 'oom-kills')], [0, 0]);
});

test('a line that names no process may mean the other program, and accuses no job', () => {
  assert.equal(judged(jobEnds, [{ ...saying('was ended by SIGKILL') }]).status, 'inconclusive');
});

test('a job that the kernel names as killed is an OOM kill of the server', () => {
  const named = { pid: job.pid, startTicks: job.startTicks };
  for (const cause of ['was killed by the kernel for want of memory (OOM)', 'was ended by SIGKILL']) {
    const judgement = judged(jobEnds, [{ ...named, ...saying(cause) }]);
    assert.deepEqual([judgement.status, measured(judgement, 'oom-kills')], ['fail', 1], cause);
  }
});

test('a job of which the kernel tells another end was not the one that was killed', () => {
  const named = { pid: job.pid, startTicks: job.startTicks };
  const orderly = { ...named, alert: 'process-recycled', means: 'graceful', ...saying('exited with code 0') } as const;
  for (const said of [orderly, { ...named, ...saying('exited with code 1') }]) {
    assert.equal(judged(jobEnds, [said]).status, 'pass', said.reason);
  }
});

test('a worker of whose end nothing is said may have been killed; one that ended otherwise was not', () => {
  const workerEnds = (atMs: number): Processes => (atMs > 5000 ? [root] : [root, worker]);
  const named = { pid: worker.pid, startTicks: worker.startTicks };
  const unexplained = judged(workerEnds);
  assert.deepEqual([unexplained.status, measured(unexplained, 'oom-kills')], ['fail', 1]);
  const broken = judged(workerEnds, [{ ...named, ...saying('was ended by SIGSEGV') }]);
  assert.deepEqual([broken.status, measured(broken, 'oom-kills')], ['fail', 0]);
  const recycled = judged(workerEnds, [
    { ...named, means: 'graceful', ...saying('had served its number of requests') },
  ]);
  assert.deepEqual([recycled.status, measured(recycled, 'oom-kills')], ['pass', 0]);
  const exiting = judged(workerEnds, [{ ...named, means: 'exiting', ...saying('said that it was exiting') }]);
  assert.deepEqual([exiting.status, measured(exiting, 'oom-kills')], ['inconclusive', 0]);
});

test('one end explains one kill, however close together two of them are', () => {
  const make = (atMs: number): Partial<ServerSampleLine> => ({
    processes: atMs > 5000 ? [root] : [root, worker],
    oomKills: atMs > 7000 ? 2 : atMs > 5000 ? 1 : 0,
  });
  const judgement = workerCrashes.judge(runOf([{ name: 'hft', ledger }], { server: serverOf(60_000, make) }));
  assert.equal(measured(judgement, 'oom-kills'), 1);
  assert.match(
    (judgement.evidence ?? []).join('\n'),
    /2 OOM kills in the server's cgroup, 1 of the server's processes/,
  );
});

/** Files that count, by path; process 1 is in the cgroup `a`, 2 in `b`. */
function countOver(files: Map<string, number>): OomKillCount {
  return new OomKillCount({
    filesOf: (pid) => (pid === 1 ? ['a'] : ['b']),
    read: (path) => (files.has(path) ? `oom 9\noom_kill ${files.get(path)}\n` : null),
  });
}

test('after the last end the count is read once more, and then it is not known until somebody lives again', () => {
  const files = new Map([['a', 3]]);
  const count = countOver(files);
  assert.equal(count.read([1]), 3);
  files.set('a', 4);
  assert.deepEqual([count.read([]), count.read([]), count.read([])], [4, null, null]);
  files.set('a', 5);
  assert.equal(count.read([1]), 5);
  files.delete('a');
  assert.deepEqual([count.read([]), count.read([1])], [null, null], 'the cgroup went away with its last process');
});

test('what a cgroup counted before it was watched is no rise, and one that was made anew counts from 0', () => {
  const files = new Map([
    ['a', 3],
    ['b', 50],
  ]);
  const count = countOver(files);
  assert.deepEqual([count.read([1]), count.read([1, 2]), count.read([2]), count.read([1, 2])], [3, 3, 3, 3]);
  files.set('a', 1);
  assert.equal(count.read([1, 2]), 4);
});

/** The one process of a server is killed at 10 s; the kernel's count is read as the monitor reads it. */
function killedAlone(backMs: number | null): Judgement {
  const files = new Map([['a', 0]]);
  const count = countOver(files);
  let kills: number | null = null;
  const make = (atMs: number): Partial<ServerSampleLine> => {
    if (atMs === 10_000) files.set('a', 1);
    const isBack = backMs !== null && atMs >= backMs;
    const processes = atMs < 10_000 ? [root] : isBack ? [processOf({ pid: 200, role: 'root' })] : [];
    if (atMs % 1000 === 500) kills = count.read(processes.map(() => 1));
    return { processes, oomKills: kills };
  };
  return workerCrashes.judge(runOf([{ name: 'hft', ledger }], { server: serverOf(60_000, make) }));
}

test('an OOM kill of a server of one process is its cause, whether it comes back later or never', () => {
  for (const backMs of [14_000, 40_000, null]) {
    const judgement = killedAlone(backMs);
    assert.deepEqual([judgement.status, measured(judgement, 'oom-kills')], ['fail', 1], String(backMs));
    assert.match(
      (judgement.evidence ?? []).join('\n'),
      /1 OOM kill in the server's cgroup, 1 of the server's processes/,
    );
    assert.match((judgement.advice ?? []).join('\n'), /^the kernel killed it for want of memory/);
  }
});

/** Sixty workers, of which the first is killed at 10 s; what is sampled until the monitor ends, as the monitor does it. */
function killedInLargeTree(endMs: number): Judgement {
  const files = new Map([['a', 0]]);
  const looks = new OomLooks(countOver(files));
  const alive = (atMs: number): readonly number[] =>
    Array.from({ length: 60 }, (_, n) => 101 + n).filter((pid) => pid !== 101 || atMs < 10_100);
  const make = (atMs: number): Partial<ServerSampleLine> => {
    if (atMs >= 10_000) files.set('a', 1);
    const workers = alive(atMs).map((pid) => processOf({ pid }));
    const pids = [root, ...workers].map(({ pid }) => pid);
    return { processes: [root, ...workers], oomKills: looks.kills([1], pids, atMs) };
  };
  const { samples, ...server } = serverOf(endMs, make);
  files.set('a', 1);
  const last = looks.isAfterKill() ? [{ ...sampleOf(endMs + 400), ...make(endMs + 400) }] : [];
  assert.equal(looks.isAfterKill(), false, 'it is told');
  const scenario = { name: 'hft' as const, ledger, toMs: endMs };
  return workerCrashes.judge(runOf([scenario], { server: { ...server, samples: [...samples, ...last] } }));
}

test('an OOM kill in a large tree is found with its end, also when the monitor ends just after it', () => {
  for (const endMs of [9_750, 10_000, 10_250, 12_000, 30_000]) {
    const judgement = killedInLargeTree(endMs);
    assert.deepEqual(
      [judgement.status, measured(judgement, 'oom-kills')],
      ['fail', 1],
      `${endMs}: ${judgement.summary}`,
    );
    assert.match(
      (judgement.evidence ?? []).join('\n'),
      /1 OOM kill in the server's cgroup, 1 of the server's processes/,
    );
  }
});

test('a process that ended between the look at processes and the reading leaves the last reading to the next look', () => {
  const files = new Map([['a', 3]]);
  const gone = new Set<number>();
  const count = new OomKillCount({
    filesOf: (pid) => (gone.has(pid) ? [] : ['a']),
    read: (path) => `oom_kill ${files.get(path)}`,
  });
  assert.equal(count.read([1]), 3);
  gone.add(1);
  files.set('a', 4);
  assert.deepEqual([count.hasRisen(), count.read([1]), count.hasRisen(), count.read([])], [true, 4, false, null]);
});
