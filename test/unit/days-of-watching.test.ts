import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ServerLog } from '../../monitor/log/server-log.ts';
import { RecentKinds } from '../../monitor/system/recent-kinds.ts';
import { Roles } from '../../monitor/system/roles.ts';
import { processOf } from '../fixtures/run.ts';

const secondUs = 1_000_000;

function logOf() {
  const file = join(mkdtempSync(join(tmpdir(), 'days-')), 'server.log');
  writeFileSync(file, '');
  const log = new ServerLog({ paths: [file], intervalMs: 250, redact: (text) => text });
  const said = (line: string, atUs: number) => {
    appendFileSync(file, line);
    return log.alerts(atUs).map(({ means = 'left out' }) => means);
  };
  return { log, said };
}

test('a line that comes each second for hours is told some times a minute, and every other line as well', () => {
  const { said } = logOf();
  const job = 'worker 2 exited with code: 0, signal: null\n';
  const told = Array.from({ length: 180 }, (_, n) => said(job, n * secondUs)).flat();
  assert.equal(told.filter((means) => means === 'graceful').length, 60);
  assert.equal(told.filter((means) => means === 'left out').length, 3);
  assert.equal(said(job.repeat(12_000), 200 * secondUs).length, 21);
  const hup = '[1] [INFO] Handling signal: hup\n';
  assert.deepEqual(said(hup.repeat(30), 201 * secondUs), Array<string>(30).fill('asked'));
  assert.deepEqual(said('panic: boom\n', 202 * secondUs), ['crash']);
});

test('what was left out right before a process ended is told with its end', () => {
  const { log, said } = logOf();
  log.see([processOf({ pid: 101, startTicks: 5 })], 0);
  assert.equal(said('panic: boom\n'.repeat(30), secondUs).length, 21);
  const ends = log.exits([{ pid: 101, code: 2, signal: 0 }], secondUs);
  assert.deepEqual(
    ends.map(({ reason, exitCode = null }) => [reason, exitCode]),
    [
      ['goPanic', null],
      ['exited', 2],
    ],
  );
});

test('a process is known by its pid for a minute after its end, and then forgotten', () => {
  const { log, said } = logOf();
  const line = 'worker 4711001 died (signal SIGKILL)\n';
  log.see([processOf({ pid: 4_711_001, startTicks: 5 })], 0);
  log.see([], 59 * secondUs);
  // Nobody watched for an hour, such as on a machine that slept.
  log.see([], 3600 * secondUs);
  assert.deepEqual(said(line, 3600 * secondUs), ['crash']);
  log.see([], 3661 * secondUs);
  assert.deepEqual(said('child 4711001 exited with code: 1\n', 3661 * secondUs), []);
});

test('kinds of jobs that never come again are forgotten, and not those that are there', () => {
  const kinds = new RecentKinds();
  for (let n = 0; n < 5000; n += 1) kinds.note(`job ${n}`);
  assert.deepEqual([kinds.size, kinds.has('job 4999'), kinds.has('job 1')], [1000, true, false]);
  const roles = new Roles();
  const of = { isRoot: false, parentKind: 'server', ofRoot: true, parentServes: false, isReached: true };
  const worker = { ...of, kind: 'worker', ageMs: 10_000, serves: false };
  for (let n = 0; n < 5000; n += 1) {
    roles.roleOf({ ...of, kind: `job ${n}`, ageMs: 3000, serves: false });
    assert.equal(roles.roleOf(worker), 'worker');
  }
});
