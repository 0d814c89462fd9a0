import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import type { AlertLine, ProcessSample } from '../../contract/journal/journal.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';

const toMs = 20_000;
const endMs = 8100;

interface Made {
  /** Of the request that broke off with the end; null: none did. */
  readonly brokenMs?: number | null;
  /** When connections were refused. */
  readonly refused?: readonly [number, number] | null;
  /** When the successor is first there. */
  readonly nextMs?: number;
  /** What is there all the time beside the root. */
  readonly beside?: readonly ProcessSample[];
  readonly answerMs?: number;
  /** What a proxy in front answers while the server is away; null: there is none. */
  readonly proxyStatus?: number | null;
  readonly code?: number;
  /** A worker's master is process 50. */
  readonly role?: 'root' | 'worker';
}

/** A server of one process that exits, with 0 if nothing else is said, and another one that comes after it. */
function judged(made: Made = {}) {
  const { brokenMs = 10, refused = [endMs, 9000], nextMs = 9000, beside = [], answerMs = 1, code = 0 } = made;
  const { role = 'root' } = made;
  const first = processOf({ pid: 100, role, label: 'server', parentPid: 50 });
  const next = processOf({ pid: 200, role, label: 'server', parentPid: 50 });
  const { pid, startTicks } = first;
  const means = code === 0 ? 'graceful' : 'crash';
  const said: AlertLine = {
    ...{ atUs: startUs + endMs * 1000, alert: 'end-in-log', message: '', pid, startTicks },
    ...{ means, ...saying(`exited with code ${code}`) },
  };
  const server = serverOf(
    toMs,
    (ms) => ({ processes: [...beside, ...(ms < endMs ? [first] : []), ...(ms >= nextMs ? [next] : [])] }),
    { alerts: [said] },
  );
  const status = made.proxyStatus ?? 0;
  const failed = { outcome: 'failed' as const, status, tookMs: 0.4, ...(status === 0 ? { error: 1212 } : {}) };
  const requests = Array.from({ length: toMs / 25 }, (_, n): MadeRequest => {
    const atMs = n * 25;
    const isRefused = refused !== null && atMs >= refused[0] && atMs < refused[1];
    return isRefused ? { atMs, ...failed } : { atMs, outcome: 'accepted', tookMs: answerMs };
  });
  const broken: MadeRequest[] =
    brokenMs === null
      ? []
      : [
          {
            ...{ atMs: endMs - brokenMs, tookMs: brokenMs, outcome: 'failed', status },
            ...(status === 0 ? { error: 1220 } : {}),
          },
        ];
  return workerCrashes.judge(runOf([{ name: 'hft', ledger: ledgerOf([...requests, ...broken]), toMs }], { server }));
}

test('a root that exits with 0 in a request, while nobody else is there, crashes', () => {
  const { status, summary } = judged();
  assert.equal(status, 'fail', summary);
  assert.match(summary, /it exited with code 0, 1 request broke off with it, and 36 more found nobody there$/);
  assert.equal(judged({ proxyStatus: 502 }).status, 'fail', 'behind a proxy');
  const supervisor = processOf({ pid: 50, role: 'root', label: 'supervisor' });
  assert.equal(judged({ beside: [supervisor] }).status, 'fail', 'who starts it does not serve');
  assert.equal(judged({ nextMs: 8200, refused: [endMs, 8200] }).status, 'fail', 'back before the next look');
});

test('a root that finishes its requests and is away for a second is no crash, however many are refused', () => {
  for (const refused of [
    [endMs, 9000],
    [endMs - 200, 9000],
    [endMs, 12_000],
  ] as const) {
    const { status, summary } = judged({ brokenMs: null, refused, nextMs: refused[1] });
    assert.equal(status, 'pass', summary);
  }
});

test('a request that may have met a connection as a server closed it gracefully is no crash', () => {
  const open = (made: Made, why: string) => {
    const { status, summary } = judged(made);
    assert.equal(status, 'inconclusive', `${why}: ${summary}`);
    assert.match(summary, /whether it cut 1 request off, or closed the connection meanwhile, is not known/);
  };
  open({ brokenMs: 1 }, 'it broke off at once');
  open({ brokenMs: 10, answerMs: 15 }, 'answers take as long');
  open({ refused: [endMs - 200, 9000] }, 'the server listened no more before');
  open({ refused: null, nextMs: 8000 }, 'the successor was handed the socket');
});

test('a root with a successor that was there first does not crash by one request that was refused', () => {
  const successor = processOf({ pid: 300, parentPid: 100, label: 'server' });
  assert.equal(judged({ beside: [successor], refused: [endMs, 8150] }).status, 'inconclusive');
  assert.equal(judged({ beside: [successor], refused: null, brokenMs: null }).status, 'pass');
});

test('workers that exit with 0 in a request crash if their master is left alone, and are open if another one is there', () => {
  const master = processOf({ pid: 50, role: 'root', label: 'server' });
  const other = processOf({ pid: 150, parentPid: 50, label: 'server' });
  const job = processOf({ pid: 160, parentPid: 50, label: 'sleep', role: 'helper' });
  const alone = judged({ role: 'worker', beside: [master, job] });
  assert.equal(alone.status, 'fail', alone.summary);
  assert.match(alone.summary, /it exited with code 0, 1 request broke off with it, and 36 more found nobody there$/);
  assert.equal(judged({ role: 'worker', beside: [master, other] }).status, 'inconclusive');
  assert.equal(judged({ role: 'worker', beside: [master], brokenMs: null }).status, 'pass', 'nothing was cut off');
});
