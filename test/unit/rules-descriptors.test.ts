import assert from 'node:assert/strict';
import { test } from 'node:test';
import { steadyGrowth } from '../../analysis/resources/steady-growth.ts';
import { descriptors } from '../../analysis/rules/descriptors.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import type { ProcessSample } from '../../contract/journal/journal.ts';
import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { assertAdvice, toldOf } from '../fixtures/advice.ts';
import { noFigures } from '../fixtures/memory-run.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';

const [cycles, cycleMs, loadMs] = [10, 4000, 1250];
const sustainedMs = 30_000;
const rate = 50;

const cycleRequests: readonly MadeRequest[] = Array.from({ length: cycles * 100 }, (_, n) => ({
  atMs: Math.floor(n / 100) * cycleMs + (n % 100) * (loadMs / 100),
  outcome: 'accepted',
  phase: `cycle_${Math.floor(n / 100)}`,
}));
const sustainedRequests: readonly MadeRequest[] = Array.from({ length: (sustainedMs / 1000) * rate }, (_, n) => ({
  atMs: n * (1000 / rate),
  outcome: 'accepted',
  phase: 'sustained',
}));

type Held = Partial<Pick<ProcessSample, 'fileDescriptors' | 'threads' | 'connections' | 'maxDescriptors' | 'pid'>>;

/** What a worker holds after so many requests to it, half of all. */
type Holds = (requests: number, atMs: number, random: () => number) => Held;

interface Made {
  /** Whether the monitor may see what the server's processes have open: it knows how many files these are in any case. */
  readonly isSeen?: boolean;
  readonly seed?: number;
  readonly outcome?: (n: number) => RecordedOutcome;
}

function judged(
  scenario: 'memory-leak' | 'sustained',
  holds: Holds,
  { seed = 1, isSeen = true, outcome }: Made = {},
): Judgement {
  const random = seeded(seed);
  const toMs = scenario === 'sustained' ? sustainedMs : cycles * cycleMs;
  const served = (atMs: number): number =>
    scenario === 'sustained'
      ? (atMs / 1000) * (rate / 2)
      : Math.floor(atMs / cycleMs) * 50 + Math.min(1, (atMs % cycleMs) / loadMs) * 50;
  const known = isSeen ? { connections: 0 } : {};
  const server = serverOf(toMs, (atMs) => ({
    ...(isSeen ? {} : { sockets: null }),
    processes: [
      processOf({ pid: 100, role: 'root', fileDescriptors: 25, threads: 11, ...known }),
      ...[101, 102].map((pid) =>
        processOf({ pid, maxDescriptors: 1024, ...known, ...holds(served(atMs), atMs, random) }),
      ),
    ],
  }));
  const requests = scenario === 'sustained' ? sustainedRequests : cycleRequests;
  const ledger = ledgerOf(
    outcome === undefined ? requests : requests.map((request, n) => ({ ...request, outcome: outcome(n) })),
  );
  return descriptors.judge(runOf([{ name: scenario, ledger, toMs }], { server }));
}

const wobble = (random: () => number, by: number): number => Math.round((random() - 0.5) * 2 * by);

const cases: readonly (readonly [string, Holds, Status])[] = [
  ['steady', (_, __, random) => ({ fileDescriptors: 30 + wobble(random, 3) }), 'pass'],
  ['one more per request', (n) => ({ fileDescriptors: 30 + Math.floor(n) }), 'warn'],
  ['one more per ten requests', (n) => ({ fileDescriptors: 30 + Math.floor(n / 10) }), 'warn'],
  ['a pool that fills and stops', (n) => ({ fileDescriptors: 30 + Math.min(100, Math.floor(n)) }), 'pass'],
  [
    'a pool that grows with the most at once so far',
    (n) => ({ fileDescriptors: 30 + Math.floor(9 * Math.log(1 + n / 5)) }),
    'pass',
  ],
  [
    'connections of the load, one more per request',
    (n) => ({ fileDescriptors: 30 + Math.floor(n), connections: Math.floor(n) }),
    'pass',
  ],
  [
    'connections that come and go',
    (_, __, random) => ({ fileDescriptors: 60 + wobble(random, 30), connections: 30 }),
    'pass',
  ],
  ['a step', (n) => ({ fileDescriptors: n > 300 ? 90 : 30 }), 'pass'],
  [
    'a pool that fills at once, under a queue',
    (n) => ({ fileDescriptors: 30 + Math.floor(n / 60) + Math.min(40, Math.max(0, Math.floor((n - 250) / 2))) }),
    'pass',
  ],
  ['closed again', (n) => ({ fileDescriptors: 200 - Math.floor(n / 5) }), 'pass'],
  ['a few more in all', (n) => ({ fileDescriptors: 30 + Math.floor(n / 50) }), 'pass'],
  ['one more thread per ten requests', (n) => ({ threads: 11 + Math.floor(n / 10) }), 'warn'],
  ['a thread pool that fills', (n) => ({ threads: 11 + Math.min(40, Math.floor(n / 2)) }), 'pass'],
  ['leaks close to its limit', (n) => ({ fileDescriptors: 400 + Math.floor(n), maxDescriptors: 512 }), 'fail'],
  ['close to its limit, and steady', () => ({ fileDescriptors: 245, maxDescriptors: 256 }), 'warn'],
  ['descriptors that may not be seen', () => ({ fileDescriptors: null }), 'inconclusive'],
];

for (const [name, holds, expected] of cases) {
  test(`descriptors: ${name}: ${expected}`, () => {
    for (const scenario of ['sustained', 'memory-leak'] as const) {
      for (let seed = 1; seed <= 10; seed += 1) {
        const { status, summary } = judged(scenario, holds, { seed });
        assert.equal(status, expected, `${scenario}, seed ${seed}: ${summary}`);
      }
    }
  });
}

test('descriptors: what grows in the later half alone, and up to its end, may be a leak', () => {
  const { status, summary } = judged('sustained', (n) => ({
    fileDescriptors: 30 + Math.floor(n / 100) + Math.max(0, Math.floor((n - 480) / 2)),
  }));
  assert.equal(status, 'inconclusive', summary);
  assert.match(summary, /^\d+ descriptors more in sustained, all in a part of it and up to its end: a leak that began/);
  assert.match(summary, /raise SUSTAINED_SECONDS$/);
});

test('descriptors: the rate, the limit, and when it is reached are told', () => {
  const { summary, measures = [] } = judged('memory-leak', (n) => ({ fileDescriptors: 30 + Math.floor(n / 2) }));
  assert.match(summary, /^50 descriptors more per 100 requests: \+\d+ in memory-leak; process 101 may have 1024 open/);
  assert.match(summary, /reaches that after about \d+ more requests/);
  assert.equal(measures.find(({ name }) => name === 'descriptors-per-100-requests')?.value, 50);
});

test('descriptors: the rate is one of the requests that were sent, though the server fails at nearly all of them', () => {
  for (const scenario of ['memory-leak', 'sustained'] as const) {
    const failing = (holds: Holds, every = 100): Judgement =>
      judged(scenario, holds, {
        outcome: (n) => (n % every === 0 ? 'accepted' : n % 2 === 0 ? 'failed' : 'timeout'),
      });
    const { status, summary, measures = [] } = failing((n) => ({ fileDescriptors: 30 + Math.floor(n / 2) }));
    assert.equal(status, 'warn', summary);
    const told = measures.find(({ name }) => name === 'descriptors-per-100-requests')?.value ?? 0;
    assert.ok(told > 45 && told < 55, `${scenario}: ${told}`);
    assert.equal(failing((n) => ({ fileDescriptors: 30 + Math.floor(n / 2) }), 1e9).status, 'warn');
    const clean = failing(() => ({ fileDescriptors: 30 }));
    assert.equal(clean.status, 'inconclusive', 'ten accepted requests show no leak');
    assert.equal(clean.summary, 'too few accepted requests to see a leak');
    assert.equal(failing(() => ({ fileDescriptors: 30 }), 10).status, 'pass');
  }
});

test('descriptors: a replaced worker begins anew, and one that is replaced all the time cannot leak', () => {
  const replaced: Holds = (_, atMs) => ({
    pid: 200 + Math.floor(atMs / 9000),
    fileDescriptors: 30 + Math.floor((atMs % 9000) / 50),
  });
  assert.equal(judged('sustained', replaced).status, 'pass');
});

test('descriptors: of a process that lived too short to be judged they need not be seen, of one that stays they must', () => {
  const judgedWith = (livesMs: number) => {
    const shown = processOf({ pid: 101, fileDescriptors: 30, threads: 11, connections: 0 });
    const hidden = processOf({ pid: 102, fileDescriptors: null, threads: null, connections: 0 });
    const server = serverOf(sustainedMs, (ms) => ({
      processes: [shown, ...(ms >= 10_000 && ms <= 10_000 + livesMs ? [hidden] : [])],
    }));
    return descriptors.judge(runOf([{ name: 'sustained', ledger: ledgerOf(sustainedRequests) }], { server }));
  };
  assert.equal(judgedWith(300).status, 'pass');
  assert.equal(judgedWith(sustainedMs).status, 'inconclusive');
});

test('descriptors: children that are made for requests and never end are told, and those that end are not', () => {
  const found = (childrenAt: (atMs: number) => number): Judgement => {
    const server = serverOf(sustainedMs, (atMs) => ({
      processes: [
        processOf({ pid: 100, fileDescriptors: 25, threads: 11, connections: 0 }),
        ...Array.from({ length: childrenAt(atMs) }, (_, n) => processOf({ pid: 200 + n, role: 'helper' })),
      ],
    }));
    const ledger = ledgerOf(sustainedRequests);
    return descriptors.judge(runOf([{ name: 'sustained', ledger, toMs: sustainedMs }], { server }));
  };
  const leaking = found((atMs) => Math.floor(atMs / 200));
  assert.equal(leaking.status, 'warn', leaking.summary);
  assert.match(leaking.summary, /^10 processes more per 100 requests: \+\d+ in sustained$/);
  assert.equal(found((atMs) => 30 + (Math.floor(atMs / 200) % 7)).status, 'pass');
});

test('descriptors: without samples, requests, or what the system shows there is no pass', () => {
  const ledger = ledgerOf(sustainedRequests);
  assert.equal(descriptors.judge(runOf([{ name: 'sustained', ledger }])).status, 'inconclusive');
  const hidden = (make: Partial<ProcessSample>): Status => {
    const server = serverOf(sustainedMs, () => ({ processes: [processOf({ pid: 100, role: 'root', ...make })] }));
    return descriptors.judge(runOf([{ name: 'sustained', ledger }], { server })).status;
  };
  assert.equal(hidden({ fileDescriptors: null, connections: 0 }), 'inconclusive');
  assert.equal(hidden({}), 'not-run');
  // A number of files that grows with the connections of a slower server, which nobody sees.
  const slower: Holds = (n) => ({ fileDescriptors: 30 + Math.floor(n / 10) });
  assert.equal(judged('sustained', slower, { isSeen: false }).status, 'inconclusive');
  const nearLimit: Holds = () => ({ fileDescriptors: 245, maxDescriptors: 256 });
  assert.equal(judged('sustained', nearLimit, { isSeen: false }).status, 'warn');
  const few = ledgerOf(sustainedRequests.slice(0, 10));
  assert.equal(
    descriptors.judge(runOf([{ name: 'sustained', ledger: few }], { server: serverOf(sustainedMs) })).status,
    'inconclusive',
  );
});

test('steady growth: a leak in noise is one, noise alone is none', () => {
  let [alarms, missed] = [0, 0];
  for (let seed = 1; seed <= 500; seed += 1) {
    const random = seeded(seed);
    const noise = (): number => wobble(random, 8);
    const flat = steadyGrowth(Array.from({ length: 8 }, () => 50 + noise()));
    const leak = steadyGrowth(Array.from({ length: 8 }, (_, n) => 50 + 10 * n + noise()));
    if (flat?.isSteady === true && flat.grown >= 20) alarms += 1;
    if (leak?.isSteady !== true || leak.grown < 20) missed += 1;
  }
  assert.deepEqual([alarms, missed < 25], [0, true], `${alarms} false alarms, ${missed} missed`);
  assert.equal(steadyGrowth([1, 2, 3, 4, 5]), null);
});

/** A server in Go behind its metrics page: one goroutine for each open connection, and what requests leave. */
function judgedGo(leftPerRequest: number, connectionsIn: (atMs: number) => number = () => 8): Judgement {
  const totalMs = cycles * cycleMs;
  const at = (atMs: number) => {
    const connections = connectionsIn(atMs);
    const requests = Math.floor(atMs / cycleMs) * 100 + Math.min(1, (atMs % cycleMs) / loadMs) * 100;
    return { connections, goroutines: Math.round(12 + connections + requests * leftPerRequest) };
  };
  const server = serverOf(totalMs, (atMs) => ({
    processes: [processOf({ pid: 100, role: 'root', fileDescriptors: 25, connections: at(atMs).connections })],
  }));
  const looks = Array.from({ length: totalMs / 1000 }, (_, n) => ({
    ...{ metrics: 'page' as const, atUs: startUs + n * 1_000_000, latencyMs: 3 },
    processes: [{ ...noFigures, runtime: 'go' as const, goroutines: at(n * 1000).goroutines }],
  }));
  const ledger = ledgerOf(cycleRequests);
  const metrics = { looks, failures: [], collectors: [] };
  return descriptors.judge(runOf([{ name: 'memory-leak', ledger, toMs: totalMs }], { server: { ...server, metrics } }));
}

test('goroutines that requests leave behind are a leak; those of connections are none', () => {
  const leaking = judgedGo(1);
  assert.equal(leaking.status, 'warn', leaking.summary);
  assert.match(leaking.summary, /^100 goroutines more per 100 requests: \+\d+ in memory-leak$/);
  assert.equal(leaking.measures?.find(({ name }) => name === 'goroutines-per-100-requests')?.value, 100);
  assert.equal(judgedGo(0).status, 'pass');
  assert.equal(judgedGo(0, (atMs) => 8 + Math.floor(atMs / 500)).status, 'pass', 'the load opens more and more');
});

test('descriptors: what grows decides which advice stands first, and what is not said', () => {
  const told: readonly (readonly [Holds, RegExp, RegExp])[] = [
    [(n) => ({ fileDescriptors: 30 + Math.floor(n) }), /^ls -l/, /thread|goroutine|child process|ulimit/],
    [(n) => ({ threads: 11 + Math.floor(n / 10) }), /^a thread, an executor/, /ls -l|connections|child|ulimit/],
    [() => ({ fileDescriptors: 245, maxDescriptors: 256 }), /^the limit of open files/, /ls -l|thread|not closed/],
  ];
  for (const [holds, first, never] of told) assertAdvice(descriptors, judged('sustained', holds), { first, never });
  const both = judged('sustained', (n) => ({ fileDescriptors: 400 + Math.floor(n), maxDescriptors: 512 }));
  assertAdvice(descriptors, both, { first: /^ls -l/, never: /thread|goroutine/ });
  assert.match(toldOf(descriptors, both).join('\n'), /ulimit/);
  assert.deepEqual(
    toldOf(
      descriptors,
      judged('sustained', () => ({})),
    ),
    [],
  );
});
