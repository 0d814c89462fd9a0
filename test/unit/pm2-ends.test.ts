import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import { reasonOf } from '../../contract/journal/end-reasons.ts';
import type { AlertLine, ProcessSample } from '../../contract/journal/journal.ts';
import { endLinesIn } from '../../monitor/log/end-lines.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';

const toMs = 20_000;
const daemon = processOf({ pid: 100, role: 'root', label: 'PM2' });
const workerAt = (pid: number): ProcessSample => processOf({ pid, parentPid: 100, label: 'node' });

interface End {
  readonly pid: number;
  readonly atMs: number;
  /** Its error log has the stack of an exception at its end. */
  readonly throws?: boolean;
}

interface Story {
  readonly ends: readonly End[];
  /** Lines of pm2.log, by when they were read. */
  readonly log: readonly (readonly [atMs: number, line: string])[];
  readonly requests?: readonly MadeRequest[];
  /** What the kernel says: exit codes where it may be asked. */
  readonly hasKernel?: boolean;
  readonly master?: string;
  /** In the words of earlier journals. */
  readonly isEarlier?: boolean;
}

const steady: readonly MadeRequest[] = Array.from({ length: 200 }, (_, n) => ({ atMs: n * 100, outcome: 'accepted' }));
const refusedIn = (fromMs: number, untilMs: number): readonly MadeRequest[] =>
  steady.map((each) =>
    each.atMs > fromMs && each.atMs < untilMs ? { ...each, outcome: 'failed', status: 0, error: 1212 } : each,
  );

const exited = (id: number | string): string => `PM2 log: App [sig:${id}] exited with code [0] via signal [SIGINT]`;
const stopping = (id: number | string): string => `PM2 log: Stopping app:sig id:${id}`;
const killed = (pid: number): string => `PM2 log: pid=${pid} msg=process tree killed (1 pids)`;

/** As the monitor writes it. */
function alertsOf({ ends, log, hasKernel = true, isEarlier = false }: Story): readonly AlertLine[] {
  const known = new Set([101, 102, 103, 104]);
  const said = log.flatMap(([atMs, line]) =>
    endLinesIn(`${line}\n`).map((line): AlertLine => {
      const { pid, means } = line;
      const of = pid !== null && known.has(pid) ? { pid, startTicks: workerAt(pid).startTicks } : {};
      const isBoth = isEarlier && line.reason === 'pm2CodeOrSigint';
      const reason = isBoth ? saying('was ended by SIGINT') : reasonOf(line);
      return { atUs: startUs + atMs * 1000, alert: 'end-in-log', message: '', means, ...reason, ...of };
    }),
  );
  const own = ends.flatMap(({ pid, atMs, throws = false }): readonly AlertLine[] => {
    const { startTicks } = workerAt(pid);
    const of = { atUs: startUs + atMs * 1000, alert: 'end-in-log' as const, message: '', pid, startTicks };
    return [
      ...(throws
        ? [
            {
              ...of,
              means: 'thrown' as const,
              reason: 'nodeException' as const,
              lines: ['TypeError: no route', '    at a.js'],
            },
          ]
        : []),
      ...(hasKernel ? [{ ...of, means: 'graceful' as const, ...saying('exited with code 0') }] : []),
    ];
  });
  return [...said, ...own].toSorted((a, b) => a.atUs - b.atUs);
}

/** Two workers of a cluster of PM2, each replaced a second after its end. */
function judged(story: Story) {
  const { ends, requests = steady, master = 'PM2' } = story;
  const here = (ms: number): readonly ProcessSample[] =>
    [101, 102].flatMap((pid) => {
      const end = ends.find((each) => each.pid === pid);
      if (end === undefined || ms < end.atMs) return [workerAt(pid)];
      return ms < end.atMs + 1000 ? [] : [workerAt(pid + 2)];
    });
  const alerts = alertsOf(story);
  const root = { ...daemon, label: master };
  const server = serverOf(toMs, (ms) => ({ processes: [root, ...here(ms)] }), { alerts });
  const {
    status,
    summary,
    evidence = [],
  } = workerCrashes.judge(runOf([{ name: 'hft', ledger: ledgerOf(requests), toMs }], { server }));
  return { status, all: [summary, ...evidence].join('\n') };
}

/** The recorded run: both workers threw an exception in one moment, and nobody listened until they were back. */
const both: readonly End[] = [
  { pid: 101, atMs: 5000 },
  { pid: 102, atMs: 5300 },
];
const crashLog: Story['log'] = [
  [5000, 'PM2 log: App name:sig id:0 disconnected'],
  [5000, exited(0)],
  [5300, exited(1)],
];

test('workers of PM2 that threw an exception crashed, whatever their exit code, and the exception is quoted', () => {
  for (const hasKernel of [true, false]) {
    const found = judged({ ends: both.map((end) => ({ ...end, throws: true })), log: crashLog, hasKernel });
    assert.equal(found.status, 'fail', found.all);
    assert.match(found.all, /^2 crashes of .*: it threw an exception that nobody caught \(Node\.js\) and exited with /);
    assert.match(found.all, /log: TypeError: no route/);
  }
});

test('workers of PM2 that ended unasked are open, and crashed if requests were refused or broke off meanwhile', () => {
  const quiet = judged({ ends: both, log: crashLog });
  assert.equal(quiet.status, 'inconclusive', quiet.all);
  assert.match(quiet.all, /exited with code 0, and no log says that PM2 was told to stop it/);
  const refused = judged({ ends: both, log: crashLog, requests: refusedIn(5250, 6000) });
  assert.equal(refused.status, 'fail', refused.all);
  assert.match(refused.all, /^1 crash .* and 7 requests found nobody there/);
  const cut: MadeRequest = { atMs: 4980, tookMs: 15, outcome: 'failed', status: 0, error: 1220 };
  const broken = judged({ ends: both.slice(0, 1), log: crashLog.slice(0, 2), requests: [...steady, cut] });
  assert.equal(broken.status, 'fail', broken.all);
  assert.match(broken.all, /1 request broke off with it/);
});

test('requests that were refused while another worker was there are not of the one that ended', () => {
  const one = judged({ ends: both.slice(0, 1), log: crashLog.slice(0, 2), requests: refusedIn(5050, 5500) });
  assert.equal(one.status, 'inconclusive', one.all);
});

test('without the log of PM2 nothing is known of its workers that exit with 0', () => {
  const found = judged({ ends: both, log: [] });
  assert.equal(found.status, 'inconclusive', found.all);
});

test('journals of earlier versions are read in the same way', () => {
  const quiet = judged({ ends: both, log: crashLog, isEarlier: true });
  assert.equal(quiet.status, 'inconclusive', quiet.all);
  const refused = judged({ ends: both, log: crashLog, requests: refusedIn(5250, 6000), isEarlier: true });
  assert.equal(refused.status, 'fail', refused.all);
});

/** What PM2 7.0.4 writes for each command, and for its own reasons. */
const asked: readonly (readonly [string, Story['log']])[] = [
  [
    'stop, restart, delete and scale',
    [
      [4900, stopping(0)],
      [5000, exited(0)],
      [5200, killed(101)],
    ],
  ],
  [
    'an earlier version',
    [
      [4900, stopping(0)],
      [5000, exited(0)],
      [5200, 'pid=101 msg=process killed'],
    ],
  ],
  [
    'reload',
    [
      [4800, 'PM2 log: -reload- New worker listening'],
      [4800, stopping('_old_0')],
      [5000, exited('_old_0')],
      [5200, killed(101)],
    ],
  ],
  [
    'the limit of memory',
    [
      [
        3000,
        '[PM2][WORKER] Process 0 restarted because it exceeds --max-memory-restart value (current_memory=9 max_memory_limit=8 [octets])',
      ],
      [4800, 'PM2 log: -reload- New worker listening'],
      [4800, stopping('_old_0')],
      [5000, exited('_old_0')],
      [5200, killed(101)],
    ],
  ],
  [
    'a change of its code',
    [
      [4900, 'Change detected on path a.js for app sig - restarting'],
      [4900, stopping(0)],
      [5000, exited(0)],
      [5200, killed(101)],
    ],
  ],
  [
    'a stop of which the run saw no end',
    [
      [4900, stopping(0)],
      [5000, exited(0)],
    ],
  ],
  [
    'a soft reload',
    [
      [4900, 'PM2 log: -softReload- New worker listening'],
      [5000, 'PM2 log: -softReload- Old worker disconnected'],
      [5000, exited('_old_0')],
    ],
  ],
];

for (const [name, log] of asked) {
  test(`a worker that PM2 was told to end is no crash: ${name}`, () => {
    for (const hasKernel of [true, false]) {
      for (const throws of [false, true]) {
        const found = judged({
          ends: [{ pid: 101, atMs: 5000, throws }],
          log,
          hasKernel,
          requests: refusedIn(5000, 5500),
        });
        assert.equal(found.status, 'pass', found.all);
        assert.match(found.all, /worker 101 \(node\) ended gracefully/);
      }
    }
  });
}

test('that PM2 was told to stop one worker excuses no other one', () => {
  for (const [name, log] of asked.slice(0, 5)) {
    const two: Story = { ends: both, log: [...log, [5300, exited(1)]], requests: refusedIn(5250, 6000) };
    const found = judged(two);
    assert.equal(found.status, 'fail', `${name}: ${found.all}`);
    assert.match(found.all, /worker 102 .* found nobody there/);
    assert.match(found.all, /worker 101 \(node\) ended gracefully/);
  }
});

test('of two workers the one that PM2 stopped ended gracefully, and the one whose exit code PM2 tells crashed', () => {
  const log: Story['log'] = [
    [4900, stopping(0)],
    [5200, killed(101)],
    [5300, 'PM2 log: App [sig:1] exited with code [1] via signal [SIGINT]'],
  ];
  const found = judged({ ends: both, log, hasKernel: false });
  assert.match(found.all, /^1 crash of the server's processes: it exited with code 1\n/);
  assert.match(found.all, /worker 101 \(node\) ended gracefully/);
});

test('PM2 that is told to stop all of them is no crash, though nobody is there then', () => {
  const log: Story['log'] = [
    ...[0, 1].map((id) => [4900, stopping(id)] as const),
    ...crashLog,
    ...[101, 102].map((pid) => [5400, killed(pid)] as const),
  ];
  const found = judged({ ends: both, log, requests: refusedIn(5000, 6000) });
  assert.equal(found.status, 'pass', found.all);
});

test('workers of other masters that exit with 0 are judged as before', () => {
  const found = judged({ ends: both, log: [], master: 'node cluster.js' });
  assert.equal(found.status, 'pass', found.all);
});

test('what an app wrote as another worker was told to end excuses no exception; right before the end it does', () => {
  const judgedAt = (atMs: number) =>
    judged({
      ends: [{ pid: 101, atMs: 9000, throws: true }],
      log: [
        [atMs, 'Received SIGINT'],
        [9000, exited(0)],
      ],
    });
  assert.equal(judgedAt(2000).status, 'fail', judgedAt(2000).all);
  assert.equal(judgedAt(8900).status, 'pass', judgedAt(8900).all);
});

const limit = (id: number): string =>
  `[PM2][WORKER] Process ${id} restarted because it exceeds --max-memory-restart value (current_memory=9 max_memory_limit=8 [octets])`;
const limitWords =
  /worker 101 \(node\) ended gracefully .*: it was restarted by PM2: more memory than max-memory-restart/;

test('a worker that PM2 restarted at its limit of memory is told with that limit', () => {
  const restarted: Story['log'] = [
    [4700, limit(0)],
    [4900, stopping(0)],
    [5000, exited(0)],
    [5200, killed(101)],
  ];
  const one: Story = { ends: both.slice(0, 1), log: restarted };
  for (const hasKernel of [true, false]) {
    assert.match(judged({ ...one, hasKernel }).all, limitWords);
    const afterReload: Story['log'] = [[2000, stopping(1)], [2100, stopping(0)], ...restarted];
    assert.match(judged({ ...one, log: afterReload, hasKernel }).all, limitWords, 'others were stopped before');
    assert.match(judged({ ...one, log: restarted.slice(1), hasKernel }).all, /it ended after PM2 was told to stop it/);
    const another: Story['log'] = [[2000, limit(1)], [2100, stopping(1)], ...restarted.slice(1)];
    assert.doesNotMatch(judged({ ...one, log: another, hasKernel }).all, limitWords, 'the limit was of another one');
    const mixed: Story['log'] = [...restarted, [6000, stopping(1)]];
    assert.doesNotMatch(judged({ ...one, log: mixed, hasKernel }).all, limitWords, 'which one was stopped for it?');
  }
});
