import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import type { SaidOfEnd } from '../../contract/journal/end-reasons.ts';
import type { AlertLine, ProcessSample } from '../../contract/journal/journal.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';

interface End {
  readonly atMs: number;
  readonly code?: number;
  /** Requests that broke off with it, after 3 ms. */
  readonly broken?: number;
  /** Those that broke off after 60 ms, besides. */
  readonly long?: number;
  /** What the log says of it: of its pid, or of none. */
  readonly says?: readonly (Partial<SaidOfEnd> & Pick<AlertLine, 'means'> & { readonly ofAny?: boolean })[];
  readonly hasSuccessor?: boolean;
}

const toMs = 20_000;
const root = processOf({ pid: 100, role: 'root' });

/** Two workers, of which the first is replaced after each of these ends, as the kernel tells of them. */
function judged(ends: readonly End[], { label = 'python3 web', failsFromMs = toMs, others = 1 } = {}) {
  const lives = [{ atMs: 0, hasSuccessor: true }, ...ends].map(({ hasSuccessor = true }, n, all) => ({
    process: processOf({ pid: 200 + n, label }),
    fromMs: all[n]?.atMs ?? 0,
    toMs: ends[n]?.atMs ?? Number.POSITIVE_INFINITY,
    isThere: hasSuccessor,
  }));
  const always = Array.from({ length: others }, (_, n): ProcessSample => processOf({ pid: 101 + n, label }));
  const here = (ms: number) =>
    lives.filter((life) => life.isThere && life.fromMs <= ms && ms < life.toMs).map(({ process }) => process);
  const alerts = ends.flatMap(({ atMs, code = 0, says = [] }, n): AlertLine[] => {
    const { pid = 0, startTicks = 0 } = lives[n]?.process ?? {};
    const own = { atUs: startUs + atMs * 1000, message: '', pid, startTicks };
    return [
      ...says.map(({ ofAny = false, ...fact }): AlertLine => {
        const { atUs, message } = own;
        return { alert: 'end-in-log', ...(ofAny ? { atUs, message } : own), ...fact };
      }),
      {
        ...{ alert: 'end-in-log', means: code === 0 ? 'graceful' : 'crash', ...saying(`exited with code ${code}`) },
        ...own,
      },
    ];
  });
  const requests = Array.from(
    { length: toMs / 100 },
    (_, n): MadeRequest =>
      n * 100 < failsFromMs
        ? { atMs: n * 100, outcome: 'accepted' }
        : { atMs: n * 100, outcome: 'failed', status: 0, error: 1212 },
  );
  const broken = ends.flatMap(({ atMs, broken: count = 0, long = 0 }) =>
    Array.from({ length: count + long }, (_, n): MadeRequest => {
      return { atMs: atMs - 20, tookMs: n < count ? 3 : 60, outcome: 'failed', status: 0, error: 1220 };
    }),
  );
  const server = serverOf(toMs, (ms) => ({ processes: [root, ...always, ...here(ms)] }), { alerts });
  return workerCrashes.judge(runOf([{ name: 'hft', ledger: ledgerOf([...requests, ...broken]), toMs }], { server }));
}

const evidenceOf = ({ summary, evidence = [] }: ReturnType<typeof judged>): string => [summary, ...evidence].join('\n');

test('workers that exit with 0 in a request crash, however soon it breaks off', () => {
  const { status, summary } = judged([3000, 6000, 9000].map((atMs) => ({ atMs, broken: 1 })));
  assert.equal(status, 'fail', summary);
  assert.match(
    summary,
    /^3 crashes of the server's processes: it exited with code 0, and 1 request broke off with it$/,
  );
});

test('each end is counted and told once, be it a crash, open or graceful', () => {
  const open = [{ atMs: 3000, broken: 1 }, { atMs: 6000 }];
  const crashes = [3000, 6000, 9000].map((atMs) => ({ atMs, broken: 4, long: 1 }));
  for (const ends of [open, crashes]) {
    const { measures, evidence = [], summary } = judged(ends);
    const figure = (name: string): number => measures?.find((each) => each.name === name)?.value ?? 0;
    const sum = figure('crashes') + figure('graceful-ends') + figure('unclear-ends');
    assert.equal(sum, ends.length, [summary, ...evidence].join('\n'));
    const told = evidence.filter((line) => line.includes('worker 200 '));
    assert.equal(told.length, 1, evidence.join('\n'));
  }
});

test('of requests that broke off with an end, all are told, and how many show that it cut them off', () => {
  const [first] = evidenceOf(judged([{ atMs: 3000, broken: 4, long: 1 }])).split('\n');
  assert.match(first ?? '', /5 requests broke off with it, 1 of them after more than 50 ms$/);
});

test('recycled workers that exit with 0 are no crashes, nor is one of many that met a request as it closed', () => {
  const times = [3000, 6000, 9000, 12_000, 15_000];
  assert.equal(judged(times.map((atMs) => ({ atMs }))).status, 'pass');
  const met = judged(times.map((atMs, n) => ({ atMs, broken: n === 2 ? 1 : 0 })));
  assert.equal(met.status, 'pass', met.summary);
  assert.match(evidenceOf(met), /exited with code 0; 1 request met a closing connection/);
});

test('one exit with 0 that broke a request off is open, unless the log says that it was due or asked for', () => {
  const open = judged([{ atMs: 3000, broken: 1 }]);
  assert.equal(open.status, 'inconclusive', open.summary);
  assert.match(open.summary, /whether it cut 1 request off, or closed the connection meanwhile, is not known/);
  const due = { means: 'graceful', ...saying('had served its number of requests') } as const;
  const asked = { means: 'asked', ...saying('ended after the master got SIGHUP') } as const;
  for (const says of [due, { ...due, ofAny: true }, asked, { ...asked, ofAny: true }]) {
    const told = judged([3000, 6000].map((atMs) => ({ atMs, broken: 1, says: [says] })));
    assert.equal(told.status, 'pass', told.summary);
  }
});

test('a log that says that a worker exited unexpectedly comes before its exit code', () => {
  const unexpected = { means: 'crash', ...saying('exited unexpectedly'), ofAny: true } as const;
  const crashed = judged([{ atMs: 3000, says: [unexpected] }]);
  assert.equal(crashed.status, 'fail', crashed.summary);
  assert.match(crashed.summary, /it exited unexpectedly$/);
  const panic = { means: 'crash', ...saying('panicked (Go)'), ofAny: true } as const;
  assert.equal(
    judged([{ atMs: 3000, says: [panic] }]).status,
    'pass',
    'a job panicked: who panics does not exit with 0',
  );
  const both = judged([
    { atMs: 3000, code: 1, says: [unexpected] },
    { atMs: 5000, says: [{ means: 'exiting', ...saying('said that it was exiting') }] },
  ]);
  assert.match(both.summary, /^1 crash /, 'the line is of the other one');
});

test('an exit with 0 after which nobody is left to answer is a crash', () => {
  const fewer = judged([{ atMs: 3000 }, { atMs: 6000, hasSuccessor: false }]);
  assert.equal(fewer.status, 'pass', fewer.summary);
  const last = judged([{ atMs: 3000 }], { failsFromMs: 3000 });
  assert.equal(last.status, 'pass', 'others are left, who fail for another reason');
  const none = judged([{ atMs: 3000 }, { atMs: 3100, hasSuccessor: false }], { failsFromMs: 3100, others: 0 });
  assert.equal(none.status, 'fail', none.summary);
  assert.match(none.summary, /nobody took over, and no request succeeded after that/);
});

/** Worker 101 exits with 3, its master halts worker 102, which exits with 0, and goes down; or the master lives on. */
function halted(masterEndsMs: number) {
  const [first, second] = [processOf({ pid: 101, parentPid: 100 }), processOf({ pid: 102, parentPid: 100 })];
  const end = ({ pid, startTicks }: ProcessSample, atMs: number, code: number): AlertLine => ({
    ...{ atUs: startUs + atMs * 1000, alert: 'end-in-log', message: '', pid, startTicks },
    ...{ means: code === 0 ? 'graceful' : 'crash', ...saying(`exited with code ${code}`) },
  });
  const server = serverOf(
    toMs,
    (ms) => ({
      processes: [...(ms < masterEndsMs ? [root] : []), ...(ms < 3000 ? [first] : []), ...(ms < 3750 ? [second] : [])],
    }),
    { alerts: [end(first, 3000, 3), end(second, 3750, 0), ...(masterEndsMs < toMs ? [end(root, 4000, 3)] : [])] },
  );
  const requests = Array.from({ length: toMs / 100 }, (_, n): MadeRequest => {
    const atMs = n * 100;
    return atMs < 3500 ? { atMs, outcome: 'accepted' } : { atMs, outcome: 'failed', status: 0, error: 1212 };
  });
  return workerCrashes.judge(runOf([{ name: 'hft', ledger: ledgerOf(requests), toMs }], { server }));
}

test('a worker that its master halts as it goes down is no crash of its own; the last one of a master that lives is', () => {
  const down = halted(4000);
  assert.match(down.summary, /^2 crashes of the server's processes: it exited with code 3$/);
  assert.match(evidenceOf(down), /worker 102 \(.*\) ended gracefully at 3\.8 s: it exited with code 0/);
  assert.match(halted(Number.POSITIVE_INFINITY).summary, /exited with code 0, nobody took over/);
});

test("uWSGI's own codes are no crashes of its workers, with or without its log", () => {
  const done = { means: 'graceful', ...saying('had done its work') } as const;
  const ends = (says: End['says'], code: number, broken = 0): readonly End[] =>
    [3000, 6000, 9000].map((atMs) => ({ atMs, code, broken, ...(says === undefined ? {} : { says }) }));
  for (const code of [17, 30]) {
    assert.equal(judged(ends([done], code), { label: 'app' }).status, 'pass', 'its log says so');
    assert.equal(judged(ends([], code), { label: 'uwsgi' }).status, 'pass');
    assert.equal(judged(ends([], code), { label: 'python3 web' }).status, 'fail', 'a code of another server');
    assert.equal(judged(ends([], code, 1), { label: 'uwsgi' }).status, 'fail', 'requests broke off with it');
  }
  const crashed = judged(ends([done], 1), { label: 'uwsgi' });
  assert.match(crashed.summary, /^3 crashes of the server's processes: it exited with code 1$/);
});
