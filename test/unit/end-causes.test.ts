import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import type { SaidOfEnd } from '../../contract/journal/end-reasons.ts';
import type { AlertLine, ServerSampleLine } from '../../contract/journal/journal.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';
import { seed } from '../fixtures/seed.ts';

const root = processOf({ pid: 100, role: 'root' });
const worker = processOf({ pid: 102 });
const steady: readonly MadeRequest[] = Array.from({ length: 200 }, (_, n) => ({ atMs: n * 100, outcome: 'accepted' }));

type Fact = Partial<SaidOfEnd> & Pick<AlertLine, 'means'> & { readonly atMs: number; readonly ofWorker?: boolean };

const alertOf = ({ atMs, ofWorker = true, ...said }: Fact): AlertLine => ({
  atUs: startUs + atMs * 1000,
  alert: said.means === 'graceful' && ofWorker ? 'process-recycled' : 'end-in-log',
  message: '',
  ...said,
  ...(ofWorker ? { pid: worker.pid, startTicks: worker.startTicks } : {}),
});

/** Worker 102 ended before 5 s, and another one is there in its place. */
function judged(
  facts: readonly Fact[],
  requests: readonly MadeRequest[] = steady,
  { gone = worker.pid, machineCpuPercent = 20, healthMs = 2 } = {},
) {
  const beside = { machineCpuPercent, health: { state: 'ok' as const, latencyMs: healthMs, numbers: {} } };
  const make = (atMs: number): Partial<ServerSampleLine> =>
    atMs >= 5000
      ? {
          ...beside,
          processes: [root, processOf({ pid: 101 }), worker, processOf({ pid: 103 })].filter(({ pid }) => pid !== gone),
        }
      : beside;
  const server = serverOf(20_000, make, { alerts: facts.map(alertOf) });
  return workerCrashes.judge(runOf([{ name: 'hft', ledger: ledgerOf(requests), toMs: 20_000 }], { server }));
}

const timeout = {
  atMs: 4600,
  means: 'crash',
  ...saying('gave no sign of life within the timeout and was aborted'),
} as const;
const exiting = { atMs: 4900, means: 'exiting', ...saying('said that it was exiting') } as const;
const recycled = { atMs: 4000, means: 'graceful', ...saying('had served its number of requests') } as const;
const killed = { atMs: 4900, means: 'crash', ...saying('was ended by SIGKILL') } as const;
const outOfMemory = {
  atMs: 4950,
  means: 'crash',
  ...saying('was killed by the kernel for want of memory (OOM)'),
} as const;
const hup = { atMs: 4500, means: 'asked', ...saying('ended after the master got SIGHUP'), ofWorker: false } as const;
const died = { atMs: 5100, means: 'ended', ...saying('died') } as const;
const panic = { atMs: 4900, means: 'crash', ...saying('panicked (Go)'), ofWorker: false } as const;
/** A connection that stood, and broke while the worker ended. */
const brokenOff: MadeRequest = { atMs: 3000, tookMs: 1900, outcome: 'failed', status: 0, error: 1220 };

const cases: readonly (readonly [string, readonly Fact[], Status, RegExp])[] = [
  [
    'killed by the kernel, whose log tells why',
    [killed, outOfMemory],
    'fail',
    /: it was killed by the kernel for want of memory \(OOM\)$/,
  ],
  [
    'the same, told in the other order',
    [outOfMemory, killed],
    'fail',
    /: it was killed by the kernel for want of memory \(OOM\)$/,
  ],
  [
    'nothing says why',
    [],
    'inconclusive',
    /^1 worker ended, and nothing says why; no request was cut off. Give the log/,
  ],
  ['aborted, although it said that it was exiting', [exiting, timeout], 'fail', /aborted/],
  ['it had served its number of requests', [recycled, exiting], 'pass', /No process crashed/],
  ['the master got HUP, and it exited', [hup, exiting], 'pass', /No process crashed/],
  [
    'the master got HUP, and a line without a pid tells of a fault then',
    [hup, { atMs: 4950, means: 'crash', ...saying('was ended by SIGSEGV'), ofWorker: false }],
    'inconclusive',
    /^1 worker ended, and the log says/,
  ],
  [
    'the same, as a shell tells it',
    [hup, { atMs: 4950, means: 'crash', ...saying('exited with code 134'), ofWorker: false }],
    'inconclusive',
    /^1 worker ended, and the log says/,
  ],
  [
    'the master got HUP, and a line without a pid tells of SIGKILL, by which masters end whoever takes long',
    [hup, { atMs: 4950, means: 'crash', ...saying('was ended by SIGKILL'), ofWorker: false }],
    'pass',
    /No process crashed/,
  ],
  [
    'its own end by SIGTERM is known, so that the fault was of another',
    [
      hup,
      { atMs: 4940, means: 'exiting', ...saying('was ended by SIGTERM') },
      { atMs: 4950, means: 'crash', ...saying('was ended by SIGSEGV'), ofWorker: false },
    ],
    'pass',
    /No process crashed/,
  ],
  [
    'it was told to end by its pid, and the fault names none',
    [
      { atMs: 4500, means: 'asked', ...saying('was told to end') },
      { atMs: 4950, means: 'crash', ...saying('was ended by SIGSEGV'), ofWorker: false },
    ],
    'pass',
    /No process crashed/,
  ],
  ['the master got HUP, and it exited without a word', [hup], 'pass', /No process crashed/],
  ['it said that it was exiting, and nothing says why', [exiting], 'inconclusive', /not why/],
  ['it died, as the supervisor says', [died], 'fail', /died/],
  ['the supervisor says that it died, after it was done', [{ ...recycled }, died], 'pass', /No process crashed/],
  ['a panic right before', [panic], 'fail', /panicked/],
  ['a panic long before', [{ ...panic, atMs: 500 }], 'inconclusive', /nothing says why/],
  ['HUP long after', [{ ...hup, atMs: 15_000 }], 'inconclusive', /nothing says why/],
  [
    'it had had its HUP, and was killed for want of memory',
    [hup, exiting, { ...outOfMemory, atMs: 4600 }],
    'fail',
    /OOM/,
  ],
];

for (const [name, facts, status, summary] of cases) {
  test(`the end of a worker: ${name}`, () => {
    const judgement = judged(facts);
    assert.deepEqual([judgement.status, summary.test(judgement.summary)], [status, true], judgement.summary);
  });
}

test('an end that cuts requests off is not graceful, whatever the log says', () => {
  const judgement = judged([recycled, exiting], [...steady, brokenOff]);
  assert.equal(judgement.status, 'fail');
  assert.match(judgement.summary, /1 request broke off with it/);
  assert.match((judgement.evidence ?? []).join('\n'), /in flight: \d+ of hft; 1 broke off, the oldest after 1900 ms/);
  const closing = judged([recycled], [...steady, { ...brokenOff, atMs: 4895, tookMs: 5 }]);
  assert.equal(closing.status, 'pass', 'a connection at rest may be closed');
  assert.match((closing.evidence ?? []).join('\n'), /1 request met a closing connection/);
  const refused = { ...brokenOff, error: 1212 };
  assert.equal(judged([recycled], [...steady, refused]).status, 'pass', 'it was never with a worker');
  assert.equal(judged([recycled], [...steady, { ...brokenOff, tookMs: 500 }]).status, 'pass', 'it broke off before');
});

test('a proxy that waited in vain while a worker was recycled says nothing of that worker; one that was left does', () => {
  const behindProxy = (status: number) => [...steady, { ...brokenOff, status, error: 0 }];
  const waited = judged([recycled], behindProxy(504));
  assert.equal(waited.status, 'pass', waited.summary);
  const left = judged([recycled], behindProxy(502));
  assert.equal(left.status, 'fail', left.summary);
  assert.match(left.summary, /1 request broke off with it/);
  assert.equal(judged([], behindProxy(504)).status, 'inconclusive');
});

test('on a full machine nobody knows whether a recycled worker had read what broke off with it', () => {
  const full = { machineCpuPercent: 100, healthMs: 900 };
  const open = judged([recycled], [...steady, brokenOff], full);
  assert.equal(open.status, 'inconclusive', open.summary);
  assert.match(open.summary, /whether it cut requests off is not known, for the machine had no CPU to spare/);
  assert.equal(judged([recycled], steady, full).status, 'pass');
  assert.equal(judged([recycled], [...steady, brokenOff], { ...full, healthMs: 2 }).status, 'fail', 'it had CPU');
  assert.equal(judged([timeout], [...steady, brokenOff], full).status, 'fail', 'it was aborted');
  assert.equal(judged([], [...steady, brokenOff], full).status, 'fail', 'nothing says that it was recycled');
});

test('nothing says why: a worker that cut requests off crashed, and so did a root in any case', () => {
  const cutOff = judged([], [...steady, brokenOff]);
  assert.equal(cutOff.status, 'fail');
  assert.match(cutOff.summary, /it ended, and nothing says why, and 1 request broke off with it$/);
  const closing = judged([], [...steady, { ...brokenOff, atMs: 4895, tookMs: 5 }]);
  assert.equal(closing.status, 'fail', 'of an end without a cause any request that broke off is evidence');
  const ofRoot = judged([], steady, { gone: root.pid });
  assert.deepEqual([ofRoot.status, ofRoot.summary], ['fail', "1 crash of the server's processes"]);
});

test('a process that was out of sight for a moment did not end', () => {
  const make = (atMs: number): Partial<ServerSampleLine> => (atMs === 5000 ? { processes: [root] } : {});
  const run = runOf([{ name: 'hft', ledger: ledgerOf(steady), toMs: 20_000 }], { server: serverOf(20_000, make) });
  assert.match(workerCrashes.judge(run).summary, /^No process exited/);
});

test('who was started after the master was told is not meant', () => {
  const make = (atMs: number): Partial<ServerSampleLine> => ({
    processes: [root, ...(atMs >= 6000 && atMs < 9000 ? [worker] : [])],
  });
  const server = serverOf(20_000, make, { alerts: [alertOf(hup)] });
  const run = runOf([{ name: 'hft', ledger: ledgerOf(steady), toMs: 20_000 }], { server });
  assert.equal(workerCrashes.judge(run).status, 'inconclusive');
});

/** A server whose two workers are replaced a thousand times; `crashAt` of them die, the others are recycled. */
function recycling(recycles: number, crashAt: ReadonlySet<number>) {
  const random = seeded(seed);
  const lives = Array.from({ length: recycles }, (_, n) => ({
    process: processOf({ pid: 1000 + n, startTicks: n }),
    fromMs: n * 500,
    toMs: n * 500 + 1000,
    says: random() < 0.5 ? 'max requests' : 'HUP',
  }));
  const make = (atMs: number): Partial<ServerSampleLine> => ({
    processes: [
      root,
      ...lives
        .slice(Math.max(0, atMs / 500 - 4), atMs / 500 + 1)
        .filter(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs)
        .map(({ process }) => process),
    ],
  });
  const alerts = lives.flatMap(({ process: { pid, startTicks }, toMs, says }, n): AlertLine[] => {
    const atUs = startUs + (toMs + random() * 2000) * 1000;
    const own = { alert: 'end-in-log' as const, message: '', atUs, pid, startTicks };
    if (crashAt.has(n)) return [{ ...own, means: 'crash', ...saying('was ended by SIGKILL') }];
    const why: AlertLine =
      says === 'HUP'
        ? {
            alert: 'end-in-log',
            message: '',
            atUs: startUs + (toMs - 200) * 1000,
            means: 'asked',
            ...saying('ended after the master got SIGHUP'),
          }
        : { ...own, alert: 'process-recycled', means: 'graceful', ...saying('had served its number of requests') };
    return [why, { ...own, means: 'exiting', ...saying('said that it was exiting') }];
  });
  const toMs = recycles * 500;
  const requests = Array.from(
    { length: 2000 },
    (_, n): MadeRequest => ({ atMs: (n * toMs) / 2000, outcome: 'accepted' }),
  );
  const server = serverOf(toMs, make, { alerts });
  return workerCrashes.judge(runOf([{ name: 'hft', ledger: ledgerOf(requests), toMs }], { server }));
}

test('1,000 graceful recycles: no false alarm', () => {
  const { status, measures = [] } = recycling(1000, new Set());
  assert.equal(status, 'pass');
  assert.ok((measures.find(({ name }) => name === 'graceful-ends')?.value ?? 0) >= 990);
});

test('20 SIGKILLs among 1,000 graceful recycles: each is found, with its cause', () => {
  const killed = new Set(Array.from({ length: 20 }, (_, n) => n * 47 + 5));
  const { status, summary, measures = [] } = recycling(1000, killed);
  assert.equal(status, 'fail');
  assert.equal(measures.find(({ name }) => name === 'crashes')?.value, 20);
  assert.match(summary, /^20 crashes of the server's processes: it was ended by SIGKILL$/);
});

test('exit code and signal of the server that the run started are told with what its log says of them', () => {
  const exec = { pid: 100, startedAtUs: startUs, readyAtUs: startUs, wasAsked: false, exitCode: null, signal: null };
  const judgedWith = (end: { exitCode: number | null; signal: string | null }, facts: readonly Fact[] = []) => {
    const make = (atMs: number): Partial<ServerSampleLine> => ({
      processes: atMs >= 5000 ? [] : [root],
    });
    const server = serverOf(20_000, make, { alerts: facts.map(alertOf) });
    const run = runOf([{ name: 'hft', ledger: ledgerOf(steady), toMs: 20_000 }], { server });
    return workerCrashes.judge({
      ...run,
      manifest: { ...run.manifest, exec: { ...exec, ...end, endedAtUs: startUs + 4_900_000 } },
    });
  };
  const killed = judgedWith({ exitCode: null, signal: 'SIGKILL' });
  assert.match(killed.summary, /^1 crash of the server's processes: it was ended by SIGKILL$/);
  assert.match(judgedWith({ exitCode: 3, signal: null }).summary, /it exited with code 3$/);
  const panicked = {
    atMs: 4800,
    means: 'thread-ended',
    ...saying('had a thread that panicked (Rust)'),
    ofWorker: false,
  } as const;
  assert.match(
    judgedWith({ exitCode: null, signal: 'SIGABRT' }, [panicked]).summary,
    /it had a thread that panicked \(Rust\) and was ended by SIGABRT$/,
  );
  assert.match(judgedWith({ exitCode: 3, signal: null }, [panicked]).summary, /it exited with code 3$/);
  const oom = { ...panicked, means: 'crash', ...saying('ran out of memory (JVM)') } as const;
  assert.match(
    judgedWith({ exitCode: 3, signal: null }, [oom]).summary,
    /it ran out of memory \(JVM\) and exited with code 3$/,
  );
  assert.match(judgedWith({ exitCode: 4, signal: null }, [oom]).summary, /it exited with code 4$/);
  assert.equal(judgedWith({ exitCode: 0, signal: null }).status, 'fail', 'nothing says why it ended');
});

test('a worker that died before it was known to be one is judged as one; a helper is not', () => {
  const early = processOf({ pid: 110, role: 'helper' });
  const { pid, startTicks } = early;
  const killed: AlertLine = {
    ...{
      atUs: startUs + 1_100_000,
      alert: 'end-in-log',
      message: '',
      means: 'crash',
      ...saying('was ended by SIGKILL'),
    },
    ...{ pid, startTicks },
  };
  const known: AlertLine = {
    ...{ atUs: startUs + 2_000_000, alert: 'process-ended', message: '', role: 'worker' },
    ...{ pid, startTicks },
  };
  const crashesOf = (alerts: readonly AlertLine[]) => {
    const processes = [root, processOf({ pid: 101 }), worker];
    const server = serverOf(20_000, (atMs) => ({ processes: atMs < 1000 ? [...processes, early] : processes }), {
      alerts,
    });
    return workerCrashes.judge(runOf([{ name: 'hft', ledger: ledgerOf(steady), toMs: 20_000 }], { server }));
  };
  const crashed = crashesOf([killed, known]);
  assert.equal(crashed.status, 'fail', crashed.summary);
  assert.match(crashed.summary, /SIGKILL/);
  assert.equal(crashesOf([killed]).status, 'pass', 'a child that worked for somebody else');
});
