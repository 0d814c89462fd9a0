import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../contract/report/report.ts';
import { renderHealthReport } from '../../render/health-report.ts';
import { reports } from '../fixtures/report.ts';

const { fileName, text } = renderHealthReport(reports.failing);
const health = JSON.parse(text);
const { server } = reports.failing.series;

test('the file is named by the start of the run in UTC, whatever the zone it was written in', () => {
  assert.equal(fileName, 'server_health_report_20260302_140509.json');
  const elsewhere = { ...reports.failing, startedAt: '2026-03-02T23:05:09.700+09:00' };
  assert.equal(renderHealthReport(elsewhere).fileName, fileName);
});

test('all arrays run in step with the timestamps', () => {
  for (const [name, values] of Object.entries<readonly unknown[]>(health.metrics)) {
    assert.equal(values.length, server.seconds.length, name);
  }
  assert.equal(health.metrics.timestamps[0], '2026-03-02T14:05:09.800Z');
});

test('memory is that of the processes alive at each sample, in megabytes', () => {
  for (const n of [0, 100, 359]) {
    const bytes = server.memory.reduce((sum, line) => sum + (line.bytes[n] ?? 0), 0);
    assert.equal(health.metrics.memory_mb[n], Math.round(bytes / 10_000) / 100);
  }
  assert.equal(health.summary.max_memory_mb, Math.max(...health.metrics.memory_mb));
});

test('crashes are those that the criterion counted, whatever the alerts say; null if no server was watched', () => {
  assert.equal(health.summary.worker_crashes, 2);
  const crashes = (measures: Finding['measures']) => {
    const findings = reports.failing.findings.map((finding) => ({ ...finding, measures }));
    return JSON.parse(renderHealthReport({ ...reports.failing, findings }).text).summary.worker_crashes;
  };
  assert.equal(crashes([{ name: 'crashes', value: 0, unit: 'count' }]), 0);
  assert.equal(crashes([]), null);
});

test('alerts keep their time, kind and text', () => {
  assert.equal(health.summary.total_alerts, reports.failing.alerts.length);
  assert.deepEqual(health.alerts[0], {
    timestamp: '2026-03-02T14:05:51.300Z',
    type: 'process-ended',
    message: 'worker 203 (python uvicorn) exited',
  });
});

test('what was not measured is null, never 0', () => {
  const nothing = server.seconds.map(() => null);
  const blind = {
    ...reports.failing,
    server: null,
    series: { ...reports.failing.series, server: { ...server, cpuPercent: nothing, memory: [] } },
  };
  const { metrics, summary } = JSON.parse(renderHealthReport(blind).text);
  assert.deepEqual(metrics.memory_mb, nothing);
  assert.deepEqual([summary.max_cpu_percent, summary.max_memory_mb, summary.avg_response_time_ms], [null, null, null]);
});
