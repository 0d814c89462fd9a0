import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '../fixtures/servers.ts';
import { reportOf, startStress, statuses, underWay } from './stress.ts';

/** Every file of a folder, by its path. */
function filesIn(folder: string): readonly (readonly [path: string, text: string])[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path, 'latin1')]);
}

test('Redis killed and started again under load: the moment is told, and no URL reaches a file', async () => {
  const redis = await startRedis();
  const monitorUrl = redis.url.replace('//', '//default:canary-redis-8d1@');
  try {
    const run = startStress(['sustained'], {
      BACKEND_REDIS_URL: redis.url,
      MONITOR_REDIS_URL: monitorUrl,
      MONITOR_POSTGRES_URL: 'postgres://canary-user:canary-postgres-8d2@127.0.0.1:1/canary-database',
      DATABASE: 'present',
      SUSTAINED_SECONDS: '6',
    });
    await underWay(run.folder, 'sustained', 50);
    await redis.crash();
    await sleep(1200);
    await redis.restart();
    const { exitCode } = await run.ended();
    const report = reportOf(run.folder);
    const told = `${statuses(report)}\n${run.output()}`;
    const finding = report.findings.find(({ criterion }) => criterion === 'database-and-redis');
    assert.deepEqual([finding?.status, exitCode], ['fail', 1], told);
    const evidence = finding?.evidence.join('\n') ?? '';
    assert.match(
      evidence,
      /Redis at \d+\.\d s: it refused the connection: nobody listens \(ECONNREFUSED\); it answered again at/,
      told,
    );
    assert.match(evidence, /was restarted once/);
    assert.match(
      finding?.summary ?? '',
      /database: asked \d+ times by the monitor, and it never answered.*MONITOR_POSTGRES_URL/,
    );
    assert.ok(report.alerts.some(({ kind }) => kind === 'redis-failed'));
    for (const [path, text] of [...filesIn(run.folder), ['the output', run.output()] as const]) {
      assert.equal(/canary-|:\/\/default|redis:\/\/|postgres:\/\//.exec(text)?.[0], undefined, path);
    }
  } finally {
    await redis.stop();
  }
});
