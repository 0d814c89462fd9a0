import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Report } from '../../contract/report/report.ts';
import { startRedis, type TestServer } from '../fixtures/servers.ts';
import { startBullmq, startRq } from '../third-party/servers.ts';
import { assertJudged, statuses, statusOf, stress } from './stress.ts';

const webhooks = Array.from({ length: 20 }, (_, n) => `hook-${n}`).join(',');
const bullmqSeconds = 6;
const rqSeconds = 5;
const sentPerSecond = 80;
const takenPerSecond = 60;
/** RQ costs more CPU a job than BullMQ, and two of it are loaded at once. */
const rqPerSecond = 50;
const rqWorkMs = 24;

const bullmq = (dropsEvery: number): Queue => ({
  start: (redisUrl) => startBullmq(Number(new URL(redisUrl).port), takenPerSecond, dropsEvery),
  seconds: bullmqSeconds,
  perSecond: sentPerSecond,
});
const rq = (raisesEvery: number): Queue => ({
  start: (redisUrl) => startRq(redisUrl, rqWorkMs, raisesEvery),
  seconds: rqSeconds,
  perSecond: rqPerSecond,
});

interface Queue {
  readonly start: (redisUrl: string) => Promise<TestServer>;
  readonly seconds: number;
  readonly perSecond: number;
  readonly readback?: object;
}

/** A sustained load on a queue that is slower than what it gets. */
async function loaded(redisUrl: string, { start, seconds, perSecond, readback }: Queue) {
  const server = await start(redisUrl);
  const profile: { readback: object } = JSON.parse(
    readFileSync(join(import.meta.dirname, '..', 'third-party', 'queue.config.json'), 'utf8'),
  );
  const file = join(mkdtempSync(join(tmpdir(), 'stress-queue-')), 'queue.json');
  writeFileSync(file, JSON.stringify({ ...profile, readback: { ...profile.readback, ...readback } }));
  try {
    return await stress(['sustained', '--pid', String(server.pid)], {
      BASE_URL: server.url,
      STRESS_PROFILE: file,
      WEBHOOK_TOKEN: webhooks,
      READBACK_REDIS_URL: redisUrl,
      SUSTAINED_SECONDS: String(seconds),
      MAX_RATE: String(perSecond),
    });
  } finally {
    await server.stop();
  }
}

async function withRedis<T>(use: (url: string) => Promise<T>): Promise<T> {
  const redis = await startRedis();
  try {
    return await use(redis.url);
  } finally {
    await redis.stop();
  }
}

function figure(report: Report, name: string): number {
  const measures = report.findings.find(({ criterion }) => criterion === 'exactly-once')?.measures ?? [];
  return measures.find((measure) => measure.name === name)?.value ?? Number.NaN;
}

test('a BullMQ queue behind a 202: nothing is lost, and the backlog, which the queue makes, is told', async () => {
  const { report, output } = await withRedis((url) => loaded(url, bullmq(0)));
  assertJudged({ report, output }, 'exactly-once', 'pass');
  // The queue cannot be faster than this, however fast the machine is.
  const minMs = 1000 * ((bullmqSeconds * sentPerSecond) / takenPerSecond - bullmqSeconds - 1.5);
  assert.ok(figure(report, 'backlog-empty-after') >= minMs, `${figure(report, 'backlog-empty-after')} ms`);
  assert.ok(figure(report, 'delivery-max') >= minMs, `${figure(report, 'delivery-max')} ms`);
  const waiting = report.series.backlog.signals.map((value) => value ?? 0);
  // A generator that stalls sends late, and the queue goes on meanwhile.
  assert.ok(Math.max(...waiting) >= 30, waiting.join(' '));
  assert.equal(figure(report, 'lost'), 0);
});

test('the same queue with a worker that drops one in 200, which polls alone show: these are lost', async () => {
  const { report, output } = await withRedis((url) =>
    loaded(url, { ...bullmq(200), readback: { processedAtUs: null } }),
  );
  assert.equal(statusOf(report, 'exactly-once'), 'fail', `${statuses(report)}\n${output}`);
  const sent = figure(report, 'signals');
  assert.ok(sent >= 200, statuses(report));
  assert.equal(figure(report, 'lost'), Math.floor(sent / 200), statuses(report));
  assert.equal(figure(report, 'processed-twice'), 0);
  assert.ok(figure(report, 'delivery-p95') > 0);
});

test('a queue of RQ behind a 202, with a worker of its own: nothing is lost; where one job in 200 raises, these are', async () => {
  // Two databases of one Redis, loaded at once: this measures nothing that the other disturbs.
  const [healthy, raising] = await withRedis((url) =>
    Promise.all([loaded(`${url}/1`, rq(0)), loaded(`${url}/2`, rq(200))]),
  );
  assertJudged(healthy, 'exactly-once', 'pass');
  assert.equal(figure(healthy.report, 'lost'), 0);
  // A worker that takes one after the other cannot be faster than its jobs.
  const minMs = figure(healthy.report, 'signals') * rqWorkMs - 1000 * (rqSeconds + 0.5);
  assert.ok(figure(healthy.report, 'delivery-max') >= minMs, `${figure(healthy.report, 'delivery-max')} ms`);
  assert.ok(figure(healthy.report, 'backlog-empty-after') >= minMs, statuses(healthy.report));

  assert.equal(statusOf(raising.report, 'exactly-once'), 'fail', `${statuses(raising.report)}\n${raising.output}`);
  const sent = figure(raising.report, 'signals');
  assert.ok(sent >= 200, statuses(raising.report));
  assert.equal(figure(raising.report, 'lost'), Math.floor(sent / 200), statuses(raising.report));
  assert.equal(figure(raising.report, 'processed-twice'), 0);
});
