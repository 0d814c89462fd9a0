import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpu } from '../../analysis/rules/cpu.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import type { ProcessSample } from '../../contract/journal/journal.ts';
import { processUse } from '../../contract/journal/process-use.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { assertAdvice, toldOf } from '../fixtures/advice.ts';
import { ledgerOf, processOf, runOf, serverOf } from '../fixtures/run.ts';

const ledger = ledgerOf([{ atMs: 1000, outcome: 'accepted' }]);

type Made = Partial<ProcessSample>;

/** A server whose one worker is as `make` says, beside an idle root. */
function judged(make: (atMs: number) => Made, cores = 64): Judgement {
  const server = serverOf(
    60_000,
    (atMs) => ({
      processes: [
        processOf({ pid: 100, role: 'root', cpuPercent: 1 }),
        processOf({ pid: 101, label: 'server', cores, ...make(atMs) }),
      ],
    }),
    { cores },
  );
  return cpu.judge(runOf([{ name: 'hft', ledger }], { server }));
}

test('cpu: the whole tree warns only after a long plateau', () => {
  const tree = (percentAt: (atMs: number) => number): Status =>
    judged((atMs) => ({ cpuPercent: percentAt(atMs) }), 2).status;
  assert.equal(
    tree(() => 100),
    'pass',
    'one of two cores',
  );
  assert.equal(
    tree(() => 170),
    'warn',
  );
  assert.equal(
    tree((atMs) => (atMs % 9000 < 8000 ? 190 : 50)),
    'pass',
    'never ten seconds on end',
  );
  assert.equal(cpu.judge(runOf([{ name: 'hft', ledger }])).status, 'inconclusive');
});

const saturated: readonly (readonly [string, Made, RegExp])[] = [
  ['a single thread', { cpuPercent: 99, threads: 1 }, /has one thread/],
  [
    'Node, its main thread busy, its others collecting garbage',
    { label: 'node app.js', cpuPercent: 131, threads: 11, mainThreadPercent: 98, busiestThreadPercent: 98 },
    /main thread/,
  ],
  [
    'Node, its main thread busy beside four busy worker threads',
    { label: 'node app.js', cpuPercent: 480, threads: 15, mainThreadPercent: 97, busiestThreadPercent: 99 },
    /main thread/,
  ],
  [
    'Python, whose four threads take turns',
    { label: 'python3.11 gunicorn', cpuPercent: 101, threads: 5, mainThreadPercent: 1, busiestThreadPercent: 26 },
    /take turns/,
  ],
  [
    'Ruby under its lock',
    { label: 'puma', cpuPercent: 99, threads: 9, mainThreadPercent: 1, busiestThreadPercent: 31 },
    /take turns/,
  ],
  ['php-fpm without figures of threads', { label: 'php-fpm', cpuPercent: 99, threads: null }, /one core/],
  [
    'a JVM with one busy event loop',
    { label: 'java app.jar', cpuPercent: 112, threads: 40, mainThreadPercent: 0, busiestThreadPercent: 99 },
    /one of its threads/,
  ],
  ['a Go program that is bound to one core', { cores: 1, cpuPercent: 98, threads: 9 }, /one core that it may use/],
  ['a Go program at the quota of its cgroup', { cores: 1.5, cpuPercent: 149, threads: 9 }, /1\.5 cores/],
];

const healthy: readonly (readonly [string, Made])[] = [
  [
    'a Go program on four of 64 cores',
    { cpuPercent: 400, threads: 30, mainThreadPercent: 60, busiestThreadPercent: 97 },
  ],
  ['a Go program that uses one core by all its threads', { cpuPercent: 100, threads: 30, busiestThreadPercent: 40 }],
  ['a Go program of which no thread is known', { cpuPercent: 100, threads: 30 }],
  [
    'a JVM whose compiler is busy, and nobody else',
    { label: 'java app.jar', cpuPercent: 130, threads: 40, mainThreadPercent: 0, busiestThreadPercent: 20 },
  ],
  [
    'Node with four busy worker threads and time left in the main one',
    { label: 'node app.js', cpuPercent: 430, threads: 15, mainThreadPercent: 30, busiestThreadPercent: 100 },
  ],
  ['Node at three quarters', { label: 'node app.js', cpuPercent: 76, threads: 11 }],
  [
    'Python that leaves its lock for long',
    { label: 'python3 app.py', cpuPercent: 320, threads: 9, mainThreadPercent: 5, busiestThreadPercent: 80 },
  ],
  [
    'Python without a lock, on one core by chance',
    { label: 'python3.13t app.py', cpuPercent: 100, threads: 9, mainThreadPercent: 5, busiestThreadPercent: 30 },
  ],
  ['a job', { role: 'helper', cpuPercent: 100, threads: 1 }],
];

for (const [name, made, words] of saturated) {
  test(`cpu: ${name}, saturated on 64 cores`, () => {
    const { status, evidence = [] } = judged(() => made);
    assert.equal(status, 'warn');
    assert.match(evidence.join('\n'), words);
    assert.equal(
      judged((atMs) =>
        atMs % 9000 < 8000 ? made : { ...made, cpuPercent: 20, mainThreadPercent: 10, busiestThreadPercent: 10 },
      ).status,
      'pass',
      'never ten seconds on end',
    );
  });
}

for (const [name, made] of healthy) {
  test(`cpu: ${name}, not saturated`, () => assert.equal(judged(() => made).status, 'pass'));
}

test('cpu: a saturated process loses a little of its core to others now and then, and one close to it is not saturated', () => {
  // Measured: a Node worker that never rests, on two cores with other work.
  const measured = [94, 92.1, 96, 92.2, 90.7, 88.4, 90.6, 92.3, 95.1, 93.6, 95.2, 92.1, 90.8, 88.8, 97.3, 94];
  const judgedBy = (percents: readonly number[]): Status =>
    judged((atMs) => ({ cpuPercent: percents[Math.floor(atMs / 1000) % percents.length] ?? 0, threads: 1 })).status;
  assert.equal(judgedBy(measured), 'warn');
  assert.equal(judgedBy(measured.map((percent) => percent - 8)), 'pass');
});

test('cpu: each of several saturated workers is told; a restarted one begins anew', () => {
  const spinning = (pid: number): ProcessSample => processOf({ pid, cpuPercent: 99, threads: 1 });
  const server = serverOf(60_000, (atMs) => ({ processes: [spinning(101), spinning(200 + Math.floor(atMs / 8000))] }), {
    cores: 64,
  });
  const { measures = [], evidence = [] } = cpu.judge(runOf([{ name: 'hft', ledger }], { server }));
  assert.equal(measures.find(({ name }) => name === 'saturated-processes')?.value, 1);
  assert.match(evidence.join('\n'), /worker 101 .* used 99% .* for 60\.0 s at 0\.0 s/);
});

test('a process without a figure of its CPU says nothing', () => {
  assert.equal(processUse(processOf({ pid: 1, cpuPercent: null, cores: 1 })), null);
});

test('cpu: what is used up decides which advice stands first, and what is not said', () => {
  const thread: Made = { cpuPercent: 99, threads: 1 };
  const high = judged(() => ({ cpuPercent: 170 }), 2);
  assertAdvice(cpu, high, { first: /^profile a worker/, never: /start more|quota|one worker has more/ });
  const bound = judged(() => ({ cores: 1.5, cpuPercent: 149, threads: 9 }));
  assertAdvice(cpu, bound, { first: /^the limit of CPU for the process/, never: /start more|more cores/ });
  assertAdvice(
    cpu,
    judged(() => thread),
    { first: /^a process that serves in one thread/, never: /quota|more cores/ },
  );
  const server = serverOf(
    60_000,
    () => ({
      processes: [
        processOf({ pid: 100, role: 'root', cpuPercent: 1 }),
        ...[101, 102, 103, 104].map((pid) =>
          processOf({ pid, label: 'server', ...thread, cpuPercent: pid === 101 ? 99 : 20 }),
        ),
      ],
    }),
    { cores: 64 },
  );
  const uneven = cpu.judge(runOf([{ name: 'hft', ledger }], { server }));
  assertAdvice(cpu, uneven, { first: /^one worker has more to do/, never: /start more|quota|more cores/ });
  assert.deepEqual(
    toldOf(
      cpu,
      judged(() => ({ cpuPercent: 20 })),
    ),
    [],
  );
});
