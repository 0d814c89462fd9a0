import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyResponse } from '../../analysis/rules/any-response.ts';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';

const root = processOf({ pid: 100, role: 'root' });
const worker = processOf({ pid: 102 });
const steady = Array.from(
  { length: 200 },
  (_, n): MadeRequest => ({ atMs: n * 100, tookMs: 5, outcome: 'accepted', signal: `s${n}` }),
);
const timeoutAt = (atMs: number): MadeRequest => ({ atMs, tookMs: 10_000, outcome: 'timeout', signal: 's999' });

/** A worker ends gracefully before 5 s, or is killed, and another one is there in its place. */
function runWith(one: MadeRequest, { isKilled = false, endsAtMs = 5000, machineCpuPercent = 20 } = {}) {
  const cpu = { cpuPercent: 2, cpuWaitPercent: 60 };
  const server = serverOf(
    20_000,
    (atMs) => ({
      machineCpuPercent,
      processes: [root, atMs >= endsAtMs ? processOf({ pid: 103, ...cpu }) : { ...worker, ...cpu }],
    }),
    {
      alerts: [
        {
          atUs: startUs + (endsAtMs - 200) * 1000,
          alert: isKilled ? 'end-in-log' : 'process-recycled',
          message: '',
          means: isKilled ? 'crash' : 'graceful',
          ...saying(isKilled ? 'was ended by SIGKILL' : 'ended after PM2 was told to stop it'),
          pid: worker.pid,
          startTicks: worker.startTicks,
        },
      ],
    },
  );
  return runOf([{ name: 'sustained', ledger: ledgerOf([...steady, one]), toMs: 20_000 }], { server });
}

const told = (run: ReturnType<typeof runWith>): string => {
  const { status, summary, evidence = [] } = workerCrashes.judge(run);
  return [`${status}: ${summary}`, ...evidence].join('\n');
};

test('a request that was open as a worker ended gracefully, and got no answer, is named as what may have been lost', () => {
  const text = told(runWith(timeoutAt(4700)));
  assert.match(
    text,
    /^pass: No process crashed .*; 1 request open as one ended got no answer in time, and may have been lost$/m,
  );
  assert.match(text, /^worker 102 .* ended gracefully .*; 1 request open then got no answer in time.* \(.*s999\)$/m);
});

test('so it is beside a crash', () => {
  assert.match(
    told(runWith(timeoutAt(4700), { isKilled: true })),
    /^fail: [\s\S]*^worker 102 .*SIGKILL; .*may have been lost with it \(.*s999\)/m,
  );
});

test('what was answered, or was sent later, was not lost with it', () => {
  assert.doesNotMatch(told(runWith({ ...timeoutAt(4700), tookMs: 2000, outcome: 'accepted' })), /lost/);
  assert.doesNotMatch(told(runWith(timeoutAt(5100))), /lost/);
  assert.doesNotMatch(told(runWith(timeoutAt(1000), { endsAtMs: 12_000 })), /lost/, 'it had timed out before');
});

test('the slowest response names the end beside the want of CPU', () => {
  const slowest = (one: MadeRequest) => anyResponse.judge(runWith(one, { machineCpuPercent: 100 }));
  const lost = slowest(timeoutAt(4700));
  assert.equal(lost.status, 'inconclusive');
  const words = /no CPU to spare.*; it was open as worker 102 ended at \d+\.\d s.*: it may have been lost with that/;
  assert.match(lost.summary, words);
  assert.match(lost.evidence?.[0] ?? '', /no answer came in 10000 ms; it was open as worker 102 ended/);
  assert.doesNotMatch(slowest(timeoutAt(5100)).summary, /lost/);
});
