import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CriterionId } from '../contract/criteria.ts';
import { startPostgres } from './servers.ts';
import { reportOf, startStress, statuses, statusOf, stress, underWay } from './stress.ts';

/** For each criterion a server that deserves to fail it; its healthy twin is in stress-healthy.test.ts. */
const broken: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly fails: readonly CriterionId[];
}[] = [
  { name: 'a worker killed by SIGKILL', args: ['hft', '--fault', 'worker-sigkill=1'], fails: ['worker-crashes'] },
  {
    name: 'memory growing by 150 MB',
    args: ['sustained', '--fault', 'leak=250000'],
    fails: ['memory-growth'],
  },
  {
    name: 'a leak of 256 KiB a request',
    args: ['memory-leak', '--fault', 'leak=262144'],
    env: { LEAK_REQUESTS: '800', LEAK_CYCLES: '10', LEAK_SETTLE_SECONDS: '2' },
    fails: ['memory-leak'],
  },
  {
    name: 'no limiter',
    args: ['hft', 'rate-limit', '--fault', 'limiter-absent'],
    fails: ['rate-limiter', 'limited-share'],
  },
  {
    name: 'answers after 1.2 s',
    args: ['sustained', '--fault', 'slow=1200'],
    env: { SUSTAINED_SECONDS: '6' },
    fails: ['average-response-time', 'p95-response-time', 'any-response'],
  },
  { name: 'a duplicate processed twice', args: ['burst', '--fault', 'duplicate-twice'], fails: ['exactly-once'] },
];

for (const { name, args, env, fails } of broken) {
  test(`broken server: ${name}`, async () => {
    const { exitCode, report, output } = await stress(args, env);
    for (const criterion of fails) assert.equal(statusOf(report, criterion), 'fail', statuses(report));
    assert.equal(exitCode, 1, output);
    assert.match(output, /Do not deploy/);
    for (const { status, advice } of report.findings) assert.equal(status !== 'fail' || advice.length > 0, true);
  });
}

test('broken server: PostgreSQL stopped in mid-run', async () => {
  const postgres = await startPostgres();
  try {
    const run = startStress(['sustained'], { TARGET_POSTGRES_URL: postgres.url });
    await underWay(run.folder, 'sustained', 200);
    await postgres.crash();
    const { exitCode } = await run.ended();
    const report = reportOf(run.folder);
    assert.equal(statusOf(report, 'database-and-redis'), 'fail', statuses(report));
    assert.equal(statusOf(report, 'success-rate'), 'fail', statuses(report));
    assert.equal(exitCode, 1, run.output());
    assert.equal(run.output().includes('not-checked'), false, 'the password of the database was printed');
  } finally {
    await postgres.stop();
  }
});
