import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../e2e/stress.ts';
import { newPm2, type Pm2 } from '../third-party/pm2.ts';
import { type Outcome, type Watched, watch } from '../third-party/watched-ends.ts';

const told = ({ judgement: { status, summary, evidence = [] }, printed }: Outcome): string =>
  `${status}: ${summary}\n${evidence.join('\n')}\n${printed}`;

const measure = ({ judgement }: Outcome, name: string): number =>
  judgement.measures?.find((each) => each.name === name)?.value ?? Number.NaN;

const counted = (server: Watched, alert: 'process-ended' | 'process-started'): number =>
  server.journal().match(new RegExp(`"alert":"${alert}"`, 'g'))?.length ?? 0;

/** It tells root how a process ended, and others as its version has it. */
const kernelTells = process.getuid?.() === 0;

/** A process that has replaced another one listens, and is looked at once more when it is a second old. */
const settledMs = 1800;

async function replaced(server: Watched, count: number): Promise<void> {
  await until(
    `${count} processes ended and were replaced`,
    () => counted(server, 'process-ended') >= count && counted(server, 'process-started') >= count,
  );
  await sleep(settledMs);
}

async function served(server: Watched): Promise<void> {
  for (let n = 0; n < 20; n += 1) await server.ask();
}

/** SIGKILL to the process that answers, then a request in which one exits with 7, and one that throws. */
async function crashThree(server: Watched): Promise<void> {
  await sleep(settledMs);
  await served(server);
  process.kill(Number(await server.ask()), 'SIGKILL');
  await replaced(server, 1);
  await server.ask('/exit/7');
  await replaced(server, 2);
  await server.ask('/throw');
  await replaced(server, 3);
  await served(server);
}

/** A reload of all processes, then of the one that holds too much memory. */
const recycled =
  (pm2: Pm2, processes: number) =>
  async (server: Watched): Promise<void> => {
    await sleep(settledMs);
    await served(server);
    await pm2.run('reload', 'app');
    await replaced(server, processes);
    await served(server);
    await server.ask('/grow/200');
    await replaced(server, processes + 1);
    await served(server);
  };

const limited = ['--max-memory-restart', '150M'] as const;

describe('ends under a PM2 of npm, whose logs the monitor finds', { concurrency: 2 }, () => {
  for (const [mode, thrown, processes] of [
    ['cluster', /it threw an exception that nobody caught \(Node\.js\) and exited with code 0/, 2],
    ['fork', /it exited with code 1/, 1],
  ] as const) {
    test(`${mode}: a SIGKILL, an exit code and an exception are crashes with their causes`, async () => {
      const outcome = await watch(newPm2(mode).options, crashThree);
      assert.equal(measure(outcome, 'crashes'), 3, told(outcome));
      if (!kernelTells) return;
      for (const cause of [/it was ended by SIGKILL/, /it exited with code 7/, thrown])
        assert.match(told(outcome), cause);
      assert.match(told(outcome), /log: TypeError: no route for this order/);
      if (mode === 'fork') return;
      assert.match(told(outcome), /log tells of an end like this one.*\n(?:log: .*\n)*log: .*exited with code \[7\]/);
      assert.doesNotMatch(told(outcome), /no known words of an end/);
    });

    test(`${mode}: a reload, and a restart for its memory, are no crashes`, async () => {
      const pm2 = newPm2(mode, ...limited);
      const outcome = await watch(pm2.options, recycled(pm2, processes));
      if (mode === 'fork' && !kernelTells) return assert.notEqual(outcome.judgement.status, 'fail', told(outcome));
      assert.equal(outcome.judgement.status, 'pass', told(outcome));
      assert.equal(measure(outcome, 'crashes'), 0, told(outcome));
      assert.equal(measure(outcome, 'graceful-ends'), processes + 1, told(outcome));
      // PM2's own log, which names the limit, is that of the daemon, which is watched for its clusters alone.
      const limits = told(outcome).match(/ended gracefully .*: it was restarted by PM2: more memory than max-memory-/g);
      assert.equal(limits?.length ?? 0, mode === 'cluster' ? 1 : 0, told(outcome));
    });
  }

  test('in which nobody ends: it passes', async () => {
    const outcome = await watch(newPm2('cluster', ...limited).options, async (server) => {
      await served(server);
      await server.ask('/grow/20');
      // The limit of memory is looked at three times.
      await sleep(settledMs);
      await served(server);
    });
    assert.match(told(outcome), /^pass: No process exited \(3 processes/);
    assert.ok(!/exited|ended/.test(outcome.printed), outcome.printed);
  });
});
