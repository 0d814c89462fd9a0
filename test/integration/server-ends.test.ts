import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../e2e/stress.ts';
import {
  cluster,
  clusterWith,
  gunicorn,
  hypercorn,
  type Outcome,
  uvicorn,
  uwsgi,
  type Watched,
  watch,
  workersIn,
} from '../third-party/watched-ends.ts';

const told = ({ judgement: { status, summary, evidence = [] } }: Outcome): string =>
  `${status}: ${summary}\n${evidence.join('\n')}`;

const measure = ({ judgement }: Outcome, name: string): number =>
  judgement.measures?.find((each) => each.name === name)?.value ?? Number.NaN;

/** Waits until the monitor knows the server's workers; returns them. */
async function workers(server: Watched, count = 2): Promise<readonly number[]> {
  await until(`${count} workers are known`, () => workersIn(server.journal()).length === count);
  return workersIn(server.journal());
}

async function ends(server: Watched, count: number): Promise<void> {
  const all = (): number => server.journal().match(/"alert":"process-ended"/g)?.length ?? 0;
  await until(`${count} processes ended`, () => all() >= count);
  await sleep(400);
}

/** It tells root how a process ended, and others as its version has it. */
const kernelTells = process.getuid?.() === 0;

/** A worker is looked at once more when it is a second old. */
const settledMs = 1300;

/** SIGKILL to a worker, then requests in which a worker exits with 7 and one aborts, each once the one before was replaced. */
async function crashThree(server: Watched): Promise<void> {
  const [worker = 0] = await workers(server);
  process.kill(worker, 'SIGKILL');
  await ends(server, 1);
  for (const [n, path] of ['/exit/7', '/abort'].entries()) {
    await workers(server);
    await sleep(settledMs);
    await server.ask(path);
    await ends(server, n + 2);
  }
}

const threeCauses = [/it was ended by SIGKILL/, /it exited with code 7/, /it was ended by SIGABRT/];

describe('the ends of workers of servers of others', { concurrency: 3 }, () => {
  test('gunicorn: a worker that is aborted with a request in it crashed, although it says that it exits', async () => {
    const outcome = await watch(
      { command: gunicorn('-w', '2', '--timeout', '3', 'ending_server:app') },
      async (server) => {
        await workers(server);
        await server.ask('/sleep/30');
        await ends(server, 1);
        assert.match(server.log(), /Worker exiting/);
      },
    );
    assert.match(told(outcome), /^fail: 1 crash of the server's processes: it gave no sign of life within the timeout/);
    assert.match(
      told(outcome),
      /in flight: 1 of hft; 1 (?:broke off|failed with an answer), the oldest after \d{4} ms/,
    );
    assert.match(told(outcome), /log: .*WORKER TIMEOUT/);
  });

  for (const [name, command] of [
    ['gunicorn', gunicorn('-w', '2', 'ending_server:app')],
    ['node:cluster', cluster],
  ] as const) {
    test(`${name}: a SIGKILL, an exit code and an abort are crashes with their causes`, async () => {
      const outcome = await watch({ command }, crashThree);
      assert.equal(measure(outcome, 'crashes'), 3, told(outcome));
      for (const cause of threeCauses) assert.match(told(outcome), cause);
    });
  }

  test('uvicorn: the same; its log says that they died, and the kernel how', async () => {
    const outcome = await watch({ command: uvicorn('--workers', '2') }, async (server) => {
      await crashThree(server);
      await until('the log tells of each', () => server.log().match(/Child process \[\d+\] died/g)?.length === 3);
      await sleep(300);
    });
    assert.equal(measure(outcome, 'crashes'), 3, told(outcome));
    for (const cause of kernelTells ? threeCauses : [/it (?:died|was ended by SIGKILL)/])
      assert.match(told(outcome), cause);
  });

  test('gunicorn: workers that had served their requests, and all of them after a HUP, ended gracefully', async () => {
    const command = gunicorn('-w', '2', '--threads', '2', '--max-requests', '15', 'ending_server:app');
    const outcome = await watch({ command }, async (server) => {
      await workers(server);
      for (let n = 0; n < 60; n += 1) await server.ask();
      await ends(server, 2);
      process.kill(server.pid, 'SIGHUP');
      await ends(server, 4);
    });
    assert.equal(outcome.judgement.status, 'pass', told(outcome));
    assert.ok(measure(outcome, 'graceful-ends') >= 4, told(outcome));
  });

  test('gunicorn, whose log nobody has: the kernel says which worker was killed and which one had served', async () => {
    const command = gunicorn('-w', '2', '--threads', '2', '--max-requests', '15', 'ending_server:app');
    const recycled = await watch({ command, isSilent: true }, async (server) => {
      await workers(server);
      for (let n = 0; n < 40; n += 1) await server.ask();
      await ends(server, 1);
    });
    const killed = await watch(
      { command: gunicorn('-w', '2', 'ending_server:app'), isSilent: true },
      async (server) => {
        const [worker = 0] = await workers(server);
        process.kill(worker, 'SIGKILL');
        await ends(server, 1);
      },
    );
    // It tells root alone.
    if (process.getuid?.() !== 0) {
      assert.deepEqual(
        [recycled, killed].map(({ judgement }) => judgement.status),
        ['inconclusive', 'inconclusive'],
      );
      return;
    }
    assert.equal(recycled.judgement.status, 'pass', told(recycled));
    assert.ok(measure(recycled, 'graceful-ends') >= 1, told(recycled));
    assert.match(told(killed), /^fail: 1 crash of the server's processes: it was ended by SIGKILL/);
  });

  for (const [app, status] of [
    ['breaking', 'warn'],
    ['ending', 'pass'],
  ] as const) {
    test(`gunicorn --preload: a new master of a hot restart with the ${app} app is told as what it is (${status})`, async () => {
      const command = gunicorn('--preload', '-w', '2', '--threads', '2', `${app}_server:app`);
      const outcome = await watch({ command }, async (server) => {
        await workers(server);
        for (let n = 0; n < 20; n += 1) await server.ask();
        process.kill(server.pid, 'SIGUSR2');
        await until('the log tells of the signal', () => server.log().includes('Handling signal: usr2'));
        await sleep(4000);
        for (let n = 0; n < 20; n += 1) await server.ask();
      });
      assert.equal(outcome.judgement.status, status, told(outcome));
      if (status === 'warn') assert.match(told(outcome), /a new master failed to start; the old one went on serving/);
    });
  }

  test('uvicorn: children that had served their requests, and all of them after a HUP, ended gracefully', async () => {
    const outcome = await watch(
      { command: uvicorn('--workers', '2', '--limit-max-requests', '15') },
      async (server) => {
        await workers(server);
        for (let n = 0; n < 40; n += 1) await server.ask();
        await ends(server, 1);
        process.kill(server.pid, 'SIGHUP');
        await ends(server, 3);
      },
    );
    assert.equal(outcome.judgement.status, 'pass', told(outcome));
    assert.ok(measure(outcome, 'graceful-ends') >= 3, told(outcome));
  });

  test('hypercorn: a killed worker crashed, and the server with it', async () => {
    const outcome = await watch({ command: hypercorn('-w', '2') }, async (server) => {
      const [worker = 0] = await workers(server);
      process.kill(worker, 'SIGKILL');
      await ends(server, 1);
    });
    assert.equal(outcome.judgement.status, 'fail', told(outcome));
    if (kernelTells) assert.match(told(outcome), /worker \d+ .* it was ended by SIGKILL/);
  });

  test('hypercorn: workers that a HUP replaced ended gracefully', async () => {
    const outcome = await watch({ command: hypercorn('-w', '2') }, async (server) => {
      await workers(server);
      for (let n = 0; n < 10; n += 1) await server.ask();
      process.kill(server.pid, 'SIGHUP');
      await ends(server, 2);
      await workers(server);
    });
    assert.equal(outcome.judgement.status, 'pass', told(outcome));
    assert.equal(measure(outcome, 'graceful-ends'), 2, told(outcome));
  });

  const uwsgiWorkers = uwsgi('--processes', '2', '--wsgi-file', 'ending_server.py', '--callable', 'app');

  test('uWSGI: a killed worker crashed', async () => {
    const outcome = await watch({ command: uwsgiWorkers }, async (server) => {
      const [worker = 0] = await workers(server);
      process.kill(worker, 'SIGKILL');
      await ends(server, 1);
      await until('the log tells', () => server.log().includes(`(pid: ${worker}) died, killed by signal 9`));
      await sleep(300);
    });
    assert.match(told(outcome), /^fail: 1 crash of the server's processes: it was ended by SIGKILL/);
  });

  test('uWSGI: workers that a HUP replaced ended gracefully', async () => {
    const outcome = await watch({ command: uwsgiWorkers }, async (server) => {
      await workers(server);
      for (let n = 0; n < 10; n += 1) await server.ask();
      process.kill(server.pid, 'SIGHUP');
      await ends(server, 2);
      await workers(server);
      assert.notEqual(await server.ask(), '');
    });
    assert.equal(outcome.judgement.status, 'pass', told(outcome));
    assert.equal(measure(outcome, 'graceful-ends'), 2, told(outcome));
  });

  test('node:cluster: an exit code is a crash; a worker that exits with 0 ended gracefully', async () => {
    const outcome = await watch({ command: cluster }, async (server) => {
      await workers(server);
      await server.ask('/disconnect');
      await ends(server, 1);
      await server.ask('/exit/7');
      await ends(server, 2);
    });
    assert.match(told(outcome), /^fail: 1 crash of the server's processes: it exited with code 7/);
    assert.equal(measure(outcome, 'graceful-ends'), 1, told(outcome));
  });

  test('gunicorn: workers that exit with 0 in a request crash', async () => {
    const outcome = await watch({ command: gunicorn('-w', '2', 'ending_server:app') }, async (server) => {
      for (let n = 1; n <= 2; n += 1) {
        await workers(server);
        await server.ask('/exit/0');
        await ends(server, n);
      }
    });
    // Who ended by which code the kernel tells root alone; without it nothing says why.
    assert.equal(outcome.judgement.status, 'fail', told(outcome));
    assert.equal(measure(outcome, 'crashes'), 2, told(outcome));
  });

  test('gunicorn: children that workers fork for jobs are no workers', async () => {
    const outcome = await watch(
      { command: gunicorn('-w', '2', '--threads', '4', 'ending_server:app') },
      async (server) => {
        await workers(server);
        for (let n = 0; n < 60; n += 1) await server.ask('/job/0.1');
        await sleep(500);
        assert.match(server.journal(), /"role":"helper"/);
      },
    );
    assert.match(told(outcome), /^pass: No process crashed \(3 processes/);
  });

  test('node:cluster: children that the primary starts for jobs, with the command line of its workers, are no workers', async () => {
    const outcome = await watch({ command: clusterWith('jobs') }, async (server) => {
      while ((server.log().match(/a job was started/g)?.length ?? 0) < 7) {
        await server.ask();
        await sleep(50);
      }
      await sleep(1500);
    });
    // Two of them exited with 1.
    assert.match(told(outcome), /^pass: No process crashed/);
  });

  test('uvicorn, one process: children that it forks for long jobs are no workers', async () => {
    const outcome = await watch({ command: uvicorn() }, async (server) => {
      // A connection that stays shows that it serves by itself.
      for (let n = 0; n < 30; n += 1) {
        await server.ask();
        await sleep(100);
      }
      for (let n = 0; n < 5; n += 1) await server.ask('/job/2.6');
      for (let n = 0; n < 35; n += 1) {
        await server.ask();
        await sleep(100);
      }
    });
    assert.match(told(outcome), /^pass: No process crashed \(1 process/);
  });
});
