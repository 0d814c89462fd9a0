import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultThresholds } from '../../contract/report/default-thresholds.ts';
import { Alerts } from '../../monitor/alerts.ts';
import { answered, noAnswer, noJson } from '../fixtures/probe-results.ts';
import { processOf, sampleOf, startUs } from '../fixtures/run.ts';

test('alerts begin once, and again only after the condition has ended', () => {
  const alerts = new Alerts(2, defaultThresholds);
  const failed = answered(500);
  const ok = { state: 'ok' as const, latencyMs: 1, numbers: {} };
  const kinds = [ok, failed, failed, null, failed, ok, failed].flatMap((health, n) =>
    alerts.add(sampleOf(n * 1000, { health })).map(({ alert }) => `${n} ${alert}`),
  );
  assert.deepEqual(kinds, ['1 health-failed', '6 health-failed']);
});

test('alerts: an answer that tells of no store raises none', () => {
  const alerts = new Alerts(2, defaultThresholds);
  const results = [answered(401), answered(429), noJson, answered(302), answered(503), noAnswer];
  const kinds = results.flatMap((redis, n) =>
    alerts.add(sampleOf(n * 1000, { redis, database: noJson })).map(({ alert }) => `${n} ${alert}`),
  );
  assert.deepEqual(kinds, ['4 redis-failed']);
});

test('alerts: a pid that is used again is an end and a start', () => {
  const alerts = new Alerts(2, defaultThresholds);
  alerts.add(
    sampleOf(0, {
      processes: [processOf({ pid: 100, role: 'root' }), processOf({ pid: 7, startTicks: 1, role: 'worker' })],
    }),
  );
  const found = alerts.add(
    sampleOf(1000, {
      processes: [processOf({ pid: 100, role: 'root' }), processOf({ pid: 7, startTicks: 2, role: 'worker' })],
    }),
  );
  assert.deepEqual(
    found.map(({ alert, startTicks }) => [alert, startTicks]),
    [
      ['process-ended', 1],
      ['process-started', 2],
    ],
  );
});

test('alerts: a worker that looks like a helper between fork and exec is a start once it is known, and one of the first sample is none', () => {
  const alerts = new Alerts(2, defaultThresholds);
  const root = processOf({ pid: 100, role: 'root' });
  const [first, second, job] = [7, 8, 9].map((pid) => processOf({ pid, role: 'helper' }));
  assert.ok(first !== undefined && second !== undefined && job !== undefined);
  const known = { ...first, role: 'worker' as const };
  const found = [
    [root, first],
    [root, known, second],
    [root, known, second, job],
    [root, known, { ...second, role: 'worker' as const }, job],
    [root, known, { ...second, role: 'worker' as const }],
  ].flatMap((processes, n) => alerts.add(sampleOf(n * 1000, { processes })));
  assert.deepEqual(
    found.map(({ alert, pid, atUs }) => [alert, pid, (atUs - startUs) / 1e6]),
    [['process-started', 8, 3]],
  );
});

test('alerts are raised at the thresholds of the profile, and name them', () => {
  const thresholds = {
    ...defaultThresholds,
    anyResponse: { warnMs: 2000, failMs: 3000 },
    cpu: { warnPercent: 50, processPercent: 90, sustainedMs: 3000 },
    pool: { nearExhaustion: 0.5 },
    memoryGrowth: { warnBytes: 5e6, failBytes: 10e6 },
  };
  const alerts = new Alerts(1, thresholds);
  const found = Array.from({ length: 9 }, (_, n) =>
    alerts.add(
      sampleOf(n * 1000, {
        processes: [processOf({ pid: 1, role: 'root', cpuPercent: 60, rssBytes: n < 8 ? 50e6 : 61e6 })],
        health: { state: 'ok', latencyMs: n < 5 ? 1900 : 2100, numbers: {} },
        database: { state: 'ok', latencyMs: 1, numbers: { 'pool.size': 10, 'pool.in_use': n < 6 ? 4 : 6 } },
      }),
    ),
  ).flat();
  assert.deepEqual(
    found.map(({ atUs, message }) => `${(atUs - startUs) / 1e6} ${message}`),
    [
      '3 CPU above 50% for 3 s: 60%',
      '5 health check took 2100 ms, longer than 2000 ms',
      '6 6 of 10 database connections in use',
      '8 memory has grown by 11.0 MB, by 10.0 MB or more',
    ],
  );
});

test('an OOM kill says whether it hit the server', () => {
  const root = processOf({ pid: 1, role: 'root' });
  const worker = processOf({ pid: 2, role: 'worker' });
  const job = processOf({ pid: 3, role: 'helper' });
  const alerts = new Alerts(1, defaultThresholds);
  const found = [
    { processes: [root, worker], oomKills: 3 },
    { processes: [root, worker, job], oomKills: 4 },
    { processes: [root, worker], oomKills: 5 },
    { processes: [root], oomKills: 6 },
  ].flatMap((sample, n) => alerts.add(sampleOf(n * 1000, sample)));
  assert.deepEqual(
    found.filter(({ alert }) => alert === 'oom-kill').map(({ message }) => message),
    [
      "1 OOM kill in the server's cgroup; none of the server's processes exited",
      "1 OOM kill in the server's cgroup; whose is not known, for only helpers exited",
      "1 OOM kill in the server's cgroup; 1 of the server's processes exited",
    ],
  );
});

test('alerts name workers that exit and start, and leave helpers out', () => {
  const root = processOf({ pid: 1, role: 'root' });
  const alerts = new Alerts(1, defaultThresholds);
  const found = [
    [root, processOf({ pid: 204, role: 'worker', label: 'python' }), processOf({ pid: 9, role: 'helper' })],
    [root, processOf({ pid: 205, role: 'worker', label: 'python' }), processOf({ pid: 10, role: 'helper' })],
  ].flatMap((processes, n) => alerts.add(sampleOf(n * 1000, { processes })));
  assert.deepEqual(
    found.map(({ message }) => message),
    ['worker 204 (python) exited', 'worker 205 (python) started'],
  );
});

test('a worker that starts with the pages of its parent adds what is its own, if the kernel tells', () => {
  const thresholds = { ...defaultThresholds, memoryGrowth: { warnBytes: 5e6, failBytes: 10e6 } };
  const alertsBy = (memory: 'pss' | 'rss', ownBytes: number) => {
    const alerts = new Alerts(2, thresholds, memory);
    return Array.from({ length: 9 }, (_, n) => {
      const root = processOf({ pid: 1, role: 'root', rssBytes: 50e6, pssBytes: n < 7 ? 50e6 : 30e6 });
      const worker = processOf({ pid: 2, rssBytes: 50e6, pssBytes: n === 7 ? null : 20e6 + ownBytes });
      return alerts.add(sampleOf(n * 1000, { processes: n < 7 ? [root] : [root, worker] }));
    })
      .flat()
      .filter(({ alert }) => alert === 'memory-high').length;
  };
  assert.equal(alertsBy('rss', 1e6), 1);
  assert.equal(alertsBy('pss', 1e6), 0);
  assert.equal(alertsBy('pss', 11e6), 1);
});
