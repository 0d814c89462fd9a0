import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Report } from '../../contract/report/report.ts';
import { startRedis } from '../fixtures/servers.ts';
import { startBullmq } from '../third-party/servers.ts';
import { statuses, statusOf, stress } from './stress.ts';

const webhooks = Array.from({ length: 20 }, (_, n) => `hook-${n}`).join(',');
const seconds = 8;
/** What a target without a limiter gets per second, see contract/plan/limits.ts. */
const sentPerSecond = 80;
const takenPerSecond = 60;

/** A sustained load on a queue that takes three quarters of it. */
async function loaded(dropsEvery: number, readback: object) {
  const redis = await startRedis();
  const server = await startBullmq(redis.port, takenPerSecond, dropsEvery);
  const profile: { readback: object } = JSON.parse(
    readFileSync(join(import.meta.dirname, '..', 'third-party', 'bullmq.config.json'), 'utf8'),
  );
  const file = join(mkdtempSync(join(tmpdir(), 'stress-queue-')), 'queue.json');
  writeFileSync(file, JSON.stringify({ ...profile, readback: { ...profile.readback, ...readback } }));
  try {
    return await stress(['sustained', '--pid', String(server.pid)], {
      BASE_URL: server.url,
      STRESS_PROFILE: file,
      WEBHOOK_TOKEN: webhooks,
      READBACK_REDIS_URL: redis.url,
      SUSTAINED_SECONDS: String(seconds),
    });
  } finally {
    await server.stop();
    await redis.stop();
  }
}

function figure(report: Report, name: string): number {
  const measures = report.findings.find(({ criterion }) => criterion === 'exactly-once')?.measures ?? [];
  return measures.find((measure) => measure.name === name)?.value ?? Number.NaN;
}

test('a BullMQ queue behind a 202: nothing is lost, and the backlog, which the queue makes, is told', async () => {
  const { report, output } = await loaded(0, {});
  assert.equal(statusOf(report, 'exactly-once'), 'pass', `${statuses(report)}\n${output}`);
  // The queue cannot be faster than this, however fast the machine is.
  const minMs = 1000 * ((seconds * sentPerSecond) / takenPerSecond - seconds - 1.5);
  assert.ok(figure(report, 'backlog-empty-after') >= minMs, `${figure(report, 'backlog-empty-after')} ms`);
  assert.ok(figure(report, 'delivery-max') >= minMs, `${figure(report, 'delivery-max')} ms`);
  const waiting = report.series.backlog.signals.map((value) => value ?? 0);
  assert.ok(Math.max(...waiting) >= 80, waiting.join(' '));
  assert.equal(figure(report, 'lost'), 0);
});

test('the same queue with a worker that drops one in 200, which polls alone show: these are lost', async () => {
  const { report, output } = await loaded(200, { processedAtUs: null });
  assert.equal(statusOf(report, 'exactly-once'), 'fail', `${statuses(report)}\n${output}`);
  assert.equal(figure(report, 'lost'), Math.floor((seconds * sentPerSecond) / 200), statuses(report));
  assert.equal(figure(report, 'processed-twice'), 0);
  assert.ok(figure(report, 'delivery-p95') > 0);
});
