import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startRedis } from '../fixtures/servers.ts';
import { assertToldInTime, assertWentOn, episode, lasts } from './store-episode.ts';

/** Every file of a folder, by its path. */
function filesIn(folder: string): readonly (readonly [path: string, text: string])[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path, 'latin1')]);
}

test('Redis killed and started again under load: the moment is told, the monitor goes on, and no URL reaches a file', async () => {
  const redis = await startRedis();
  try {
    const run = await episode({
      env: {
        BACKEND_REDIS_URL: redis.url,
        MONITOR_REDIS_URL: redis.url.replace('//', '//default:canary-redis-8d1@'),
        MONITOR_POSTGRES_URL: 'postgres://canary-user:canary-postgres-8d2@127.0.0.1:1/canary-database',
        DATABASE: 'present',
      },
      afterSignals: 50,
      act: async () => [
        await lasts(
          1200,
          () => redis.crash(),
          () => redis.restart(),
        ),
      ],
    });
    const [away] = run.happenings;
    assert.ok(away !== undefined);
    assert.deepEqual([run.finding.status, run.exitCode], ['fail', 1], run.told);
    // A look that is under way as it is killed sees the connection end.
    const refused =
      /Redis at [\d.]+ s: it (?:ended the connection(?: \(ECONNRESET\))?, then )?refused the connection: nobody listens .*it answered again at/;
    assertToldInTime(run, 'redis', refused, away);
    assertToldInTime(run, 'redis', /was restarted once/, away);
    assertWentOn(run, 'redis');
    assert.match(
      run.finding.summary,
      /database: asked \d+ times by the monitor, and it never answered.*MONITOR_POSTGRES_URL/,
    );
    assert.ok(run.report.alerts.some(({ kind }) => kind === 'redis-failed'));
    for (const [path, text] of [...filesIn(run.folder), ['the output', run.output] as const]) {
      assert.equal(/canary-|:\/\/default|redis:\/\/|postgres:\/\//.exec(text)?.[0], undefined, path);
    }
  } finally {
    await redis.stop();
  }
});
