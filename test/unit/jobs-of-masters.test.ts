import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import type { AlertLine, ProcessSample, ServerSampleLine } from '../../contract/journal/journal.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';
import '../fixtures/seed.ts';

const root = processOf({ pid: 100, role: 'root' });
const steady: readonly MadeRequest[] = Array.from({ length: 600 }, (_, n) => ({ atMs: n * 100, outcome: 'accepted' }));

interface Life {
  readonly pid: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly connections?: number;
  /** The kernel tells of it. */
  readonly exitCode?: number;
  readonly lines?: readonly string[];
}

/** Before the first sample: the server is as old as that. */
const bootTicks = 100_000;

const sampleOf = ({ pid, fromMs, connections = 0 }: Life): ProcessSample =>
  processOf({ pid, parentPid: root.pid, startTicks: bootTicks + fromMs / 10, connections });

const workers: readonly Life[] = [101, 102].map((pid) => ({ pid, fromMs: -60_000, toMs: 90_000, connections: 3 }));

function judged(lives: readonly Life[], requests: readonly MadeRequest[] = steady) {
  const make = (atMs: number): Partial<ServerSampleLine> => ({
    processes: [root, ...lives.filter(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs).map(sampleOf)],
  });
  const alerts = lives.flatMap((life): AlertLine[] => {
    const { toMs, exitCode = 0, lines } = life;
    if (exitCode === 0) return [];
    const { pid, startTicks } = sampleOf(life);
    const said = {
      means: 'crash' as const,
      ...saying(`exited with code ${exitCode}`),
      ...(lines === undefined ? {} : { lines }),
    };
    return [{ atUs: startUs + toMs * 1000, alert: 'end-in-log', message: '', pid, startTicks, ...said }];
  });
  const made = serverOf(60_000, make, { alerts });
  const server = { ...made, identity: { ...made.identity, bootUs: startUs - bootTicks * 10_000 } };
  return workerCrashes.judge(runOf([{ name: 'hft', ledger: ledgerOf(requests), toMs: 60_000 }], { server }));
}

const crashesIn = (lives: readonly Life[], requests?: readonly MadeRequest[]): number =>
  judged(lives, requests).measures?.find(({ name }) => name === 'crashes')?.value ?? Number.NaN;

/** One that begins before the first sample, and others. */
const jobs: readonly Life[] = Array.from({ length: 100 }, (_, n) => ({
  ...{ pid: 200 + n, fromMs: n * 500 - 1000, toMs: n * 500 + 250 + (n % 5) * 500 },
  exitCode: n % 3 === 0 ? 1 : 0,
}));

test('children that a master forks for jobs, with the command line of its workers: none is a worker that crashed', () => {
  const judgement = judged([...workers, ...jobs]);
  assert.equal(judgement.status, 'pass', judgement.summary);
});

test('beside such jobs, a worker that serves and one that takes its place and dies before it serves crashed', () => {
  const [first, second] = workers;
  assert.ok(first !== undefined && second !== undefined);
  const crashing = { ...first, toMs: 30_100, exitCode: 7 };
  const dying = { pid: 301, fromMs: 30_300, toMs: 31_100, exitCode: 3 };
  const served = { pid: 302, fromMs: 31_300, toMs: 90_000, connections: 3 };
  assert.equal(crashesIn([second, crashing, dying, served]), 2);
});

test('one that nobody was seen to talk to is a worker if it is as old as the others, or its master writes down its end', () => {
  const idle = { pid: 303, fromMs: -59_000, toMs: 500, exitCode: 1 };
  assert.equal(crashesIn([...workers, idle]), 1, 'one of the first');
  const added = { pid: 304, fromMs: 20_000, toMs: 25_100, exitCode: 1 };
  assert.equal(crashesIn([...workers, added]), 0);
  assert.equal(crashesIn([...workers, { ...added, lines: ['Worker (pid:304) exited with code 1.'] }]), 1);
  const brokenOff: MadeRequest = { atMs: 24_000, tookMs: 1050, outcome: 'failed', status: 0, error: 1220 };
  assert.equal(crashesIn([...workers, added], [...steady, brokenOff]), 1, 'a request broke off with it');
  assert.equal(crashesIn([...workers, { ...added, fromMs: -50_000, toMs: 40_100 }]), 1, 'it lived for long');
});

/** A server that its monitor first saw in the middle of a job, of which it never saw a connection. */
const unconnected: readonly Life[] = workers.map((life) => ({ ...life, connections: 0 }));
const atFirst: Life = { pid: 399, fromMs: -1000, toMs: 600, exitCode: 1 };
const lateJobs = fc.array(
  fc.record({
    fromMs: fc.integer({ min: -50_000, max: 50_000 }),
    livesMs: fc.integer({ min: 300, max: 8000 }),
    exitCode: fc.integer({ min: 0, max: 9 }),
  }),
  { minLength: 1, maxLength: 20 },
);

test('where nobody was seen to serve, generated jobs of a master are no crashes; where a worker was, they are jobs', () => {
  let open = 0;
  fc.assert(
    fc.property(lateJobs, (made) => {
      const children = made.map(({ livesMs, ...life }, n) => ({ ...life, pid: 400 + n, toMs: life.fromMs + livesMs }));
      const judgement = judged([...unconnected, atFirst, ...children]);
      assert.notEqual(judgement.status, 'fail', judgement.summary);
      if (/whether it was a worker, or a child for a job/.test(judgement.summary)) open += 1;
      assert.equal(crashesIn([...workers, ...children]), 0);
    }),
    { numRuns: 60 },
  );
  assert.ok(open > 20, `${open} were left open`);
});

test('where nobody was seen to serve, a generated crash of one of the first, or with which a request broke off, stays one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1 }),
      fc.integer({ min: 5000, max: 50_000 }),
      fc.integer({ min: 1, max: 99 }),
      (which, toMs, exitCode) => {
        const dying = unconnected.map((life, n) => (n === which ? { ...life, toMs, exitCode } : life));
        assert.equal(crashesIn(dying), 1);
        const added = { pid: 500, fromMs: toMs - 4000, toMs, exitCode };
        const brokenOff: MadeRequest = { atMs: toMs - 1000, tookMs: 950, outcome: 'failed', status: 0, error: 1220 };
        assert.equal(crashesIn([...unconnected, added], [...steady, brokenOff]), 1);
        assert.equal(
          crashesIn([...unconnected, { ...added, lines: [`Worker (pid:500) exited with code ${exitCode}.`] }]),
          1,
        );
      },
    ),
    { numRuns: 40 },
  );
});
