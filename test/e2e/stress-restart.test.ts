import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { startPostgres } from '../fixtures/servers.ts';
import { assertJudged, assertPassed, statuses, stress } from './stress.ts';

test('SIGTERM under load: each accepted signal is there, none twice, and the drain time is reported', async () => {
  const postgres = await startPostgres();
  try {
    const run = await stress(['sustained', '--restart-after', '2'], {
      BACKEND_POSTGRES_URL: postgres.url,
      // Memory and descriptors are judged from the restart on, which takes some seconds on a busy machine.
      SUSTAINED_SECONDS: '20',
    });
    const { report, output } = run;
    const told = `${statuses(report)}\n${output}`;
    const { restart, scenarios } = { restart: report.run?.restart ?? null, scenarios: report.scenarios };
    assert.ok(restart?.backAtUs != null && restart.endedAtUs !== null && restart.exitCode === 0, told);
    assert.match(
      scenarios[0]?.notes.join() ?? '',
      /SIGTERM under load: drained in \d+\.\d+ s, back after \d+\.\d+ s; \d+ signals fell into it/,
    );
    for (const criterion of [
      'exactly-once',
      'worker-crashes',
      'success-rate',
      'error-rate',
      'database-and-redis',
    ] as const) {
      assertJudged(run, criterion, 'pass');
    }
    assert.ok((scenarios[0]?.requests.load?.accepted ?? 0) >= 300, told);
    assertPassed(run);
  } finally {
    await postgres.stop();
  }
});

test('a restart is refused where it would lose the data or has nothing to restart in', () => {
  const refused = spawnSync(
    process.execPath,
    ['dist/cli/webhook-stress.js', 'run', 'burst', '--restart-after', 'soon'],
    {
      encoding: 'utf8',
      env: { ...process.env, BACKEND_POSTGRES_URL: '' },
    },
  );
  assert.equal(refused.status, 2, refused.stderr);
  for (const words of [
    /--restart-after is "soon"/,
    /set BACKEND_POSTGRES_URL/,
    /restarts the backend during sustained/,
  ]) {
    assert.match(refused.stderr, words);
  }
});
