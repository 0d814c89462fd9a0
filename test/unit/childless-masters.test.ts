import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import type { SaidOfEnd } from '../../contract/journal/end-reasons.ts';
import type { AlertLine, ProcessSample } from '../../contract/journal/journal.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';

const toMs = 30_000;
const usr2Ms = 8000;

interface Made {
  /** What the monitor took the new master for. */
  readonly role?: ProcessSample['role'];
  readonly label?: string;
  /** When it ends; what is known of how; null: nothing. */
  readonly endMs?: number;
  readonly ends?: (SaidOfEnd & { readonly means: AlertLine['means'] & string }) | null;
  /** Whether the log tells of the signal. */
  readonly isTold?: boolean;
  readonly connections?: number;
  readonly hasWorker?: boolean;
  readonly failedAtMs?: number;
  readonly oldEndsMs?: number;
}

const exited = { means: 'crash', ...saying('exited with code 1') } as const;
const saidByUnicorn = {
  means: 'crash',
  ...saying('was to take over as the new master and exited with code 1'),
} as const;

/** A hot restart: the old master with two workers, and a child that loads the app and ends. */
function judged(made: Made) {
  const { role = 'helper', label = 'python3 gunicorn', endMs = 9500, ends = exited, isTold = true } = made;
  const old = [
    processOf({ pid: 100, role: 'root', label: 'gunicorn' }),
    ...[101, 102].map((pid) => processOf({ pid, parentPid: 100, connections: 4 })),
  ];
  const { connections } = made;
  const child = processOf({
    ...{ pid: 200, parentPid: 100, role, label },
    ...(connections === undefined ? {} : { connections }),
  });
  const its = made.hasWorker === true ? [processOf({ pid: 201, parentPid: 200, role: 'helper' })] : [];
  const at = (ms: number): readonly ProcessSample[] => [
    ...(ms < (made.oldEndsMs ?? toMs + 1) ? old : []),
    ...(ms >= usr2Ms && ms < endMs ? [child, ...its] : []),
  ];
  const alert = { alert: 'end-in-log', message: '' } as const;
  const alerts: readonly AlertLine[] = [
    ...(isTold
      ? [
          {
            ...{ ...alert, atUs: startUs + usr2Ms * 1000, means: 'asked' as const },
            ...saying('ended after the master got SIGUSR2'),
          },
        ]
      : []),
    ...(ends === null
      ? []
      : [{ ...alert, atUs: startUs + endMs * 1000, pid: 200, startTicks: child.startTicks, ...ends }]),
  ];
  const requests = Array.from(
    { length: toMs / 100 },
    (_, n): MadeRequest => ({
      ...{ atMs: n * 100, outcome: n * 100 === made.failedAtMs ? 'failed' : 'accepted' },
      ...(n * 100 === made.failedAtMs ? { status: 500 } : {}),
    }),
  );
  const server = serverOf(toMs, (ms) => ({ processes: [...at(ms)] }), { alerts });
  return workerCrashes.judge(runOf([{ name: 'hft', ledger: ledgerOf(requests), toMs }], { server }));
}

const failed = 'a new master failed to start; the old one went on serving';

const told: readonly (readonly [string, Made, string])[] = [
  ['a helper', {}, `${failed}: it exited with code 1`],
  ['a worker, as its command line is that of the workers', { role: 'worker' }, `${failed}: it exited with code 1`],
  ['a helper, and nothing says how it ended', { ends: null }, failed],
  ['a worker, and nothing says how it ended', { role: 'worker', ends: null }, failed],
  ['a helper, and unicorn names it', { isTold: false, ends: saidByUnicorn }, `${failed}: it exited with code 1`],
];

for (const [name, made, expected] of told) {
  test(`a new master that ends before it has a worker failed to start: it was taken for ${name}`, () => {
    const { status, summary, measures, evidence } = judged(made);
    assert.equal(status, 'warn');
    assert.equal(summary, expected);
    assert.match((evidence ?? []).join('\n'), /root 200 \(python3 gunicorn\) exited at 9\.5 s/);
    const values = ['failed-starts', 'crashes', 'graceful-ends', 'unclear-ends'].map(
      (each) => measures?.find(({ name }) => name === each)?.value,
    );
    assert.deepEqual(values, [1, 0, 0, 0]);
  });
}

const others: readonly (readonly [string, Made])[] = [
  ['it lives on', { endMs: toMs + 1 }],
  ['it exited with code 0', { ends: { means: 'graceful', ...saying('exited with code 0') } }],
  ['it was ended by SIGTERM', { ends: { means: 'exiting', ...saying('was ended by SIGTERM') } }],
  ['nobody asked for a restart: it is a job', { isTold: false }],
  ['it ran another program', { label: 'sh' }],
  ['it had a child', { hasWorker: true, ends: null }],
  ['it had a connection, as a job that asks a server', { connections: 1 }],
  ['the old master ended, too', { oldEndsMs: 9000, ends: null }],
];

for (const [name, made] of others) {
  test(`no new master failed to start: ${name}`, () => {
    assert.doesNotMatch(judged(made).summary, /failed to start/);
  });
}

test('a worker that dies at once without a restart is a crash, and so is one with which a request failed', () => {
  for (const made of [{ isTold: false }, { failedAtMs: 9400 }, { connections: 2 }]) {
    const { status, summary } = judged({ role: 'worker', ...made });
    assert.equal(status, 'fail');
    assert.doesNotMatch(summary, /failed to start/);
  }
});
