import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackend } from '../fixtures/backend.ts';
import type { TestServer } from '../fixtures/servers.ts';
import { timed } from '../matrix/cell.ts';
import { startHaproxy } from '../third-party/servers.ts';
import { assertJudged, statuses, statusOf, stress } from './stress.ts';

// Whole runs against HAProxy, which is not the server: what stands behind it is watched if it is named, and asked by URL in any case.

let backend: Backend;
let proxy: TestServer;

before(async () => {
  backend = await startBackend();
  proxy = await startHaproxy(Number(new URL(backend.baseUrl).port));
});
after(async () => {
  await proxy.stop();
  await backend.stop();
});

const run = (...options: string[]) =>
  stress(['burst', ...options], { BASE_URL: proxy.url, STRESS_PROFILE: 'embedded' });

test('by its port alone HAProxy is told and no process is watched; the health check is asked all the same', async () => {
  const { report, output, exitCode } = await run();
  assert.match(
    output,
    /belongs to haproxy \(pid \d+\), which only passes connections on: give the server itself by --pid/,
  );
  // Nobody watched the server: milliseconds are the machine's as much as its own.
  const failed = report.findings.filter(({ status }) => status === 'fail');
  assert.deepEqual(
    failed.filter(({ criterion }) => !timed.some((each) => each === criterion)),
    [],
    output,
  );
  assert.equal(exitCode, failed.length === 0 ? 3 : 1, output);
  assert.equal(statusOf(report, 'worker-crashes'), 'inconclusive', statuses(report));
  assertJudged({ report, output }, 'responsiveness', 'pass');
  assertJudged({ report, output }, 'exactly-once', 'pass');
});

test('the server behind HAProxy is watched by its pid', async () => {
  const watched = await run('--pid', String(backend.pid));
  assertJudged(watched, 'worker-crashes', 'pass');
  assertJudged(watched, 'responsiveness', 'pass');
});
