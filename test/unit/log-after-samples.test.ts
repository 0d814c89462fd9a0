import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AlertLine } from '../../contract/journal/journal.ts';
import { defaultThresholds } from '../../contract/report/default-thresholds.ts';
import { newClock } from '../../monitor/clock.ts';
import { type MonitorSettings, monitorServer, monitorStores, noServer } from '../../monitor/monitor.ts';
import type { Sink } from '../../monitor/sinks/sink.ts';

/** The first look is at once, the second would be when the test is long over. */
const intervalMs = 3_600_000;

const settings: Omit<MonitorSettings, 'serverLogs'> = {
  ...{ address: { by: 'pid', pids: [process.pid] }, found: { ...noServer, roots: [process.pid] } },
  ...{ host: 'test', intervalMs, baseUrl: null, probeAddress: null, token: null, metricsUrl: null, trust: null },
  probePaths: { health: null, redis: null, database: null },
  ...{ exitsProgram: null, redact: (text) => text, thresholds: defaultThresholds },
  stores: { redis: null, postgres: null },
};

/** A process that its master aborted, and a pool that ran out, as gunicorn and SQLAlchemy write them. */
const lastLines = [
  `[28] [CRITICAL] WORKER TIMEOUT (pid:${process.pid})`,
  'sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out',
];

/** What a monitor tells of a log that is written to after the only sample, in order. */
async function toldOf(monitor: typeof monitorServer): Promise<readonly string[]> {
  const file = join(mkdtempSync(join(tmpdir(), 'late-log-')), 'server.log');
  writeFileSync(file, '');
  const stop = new AbortController();
  const told: string[] = [];
  const nothing = (): void => {};
  const sink: Sink = {
    ...{ path: null, start: nothing, watch: nothing, metrics: nothing },
    sample: () => told.push('sample'),
    alert: ({ alert }: AlertLine) => told.push(alert),
    store: (line) => 'trouble' in line && told.push(line.trouble),
    end: () => told.push('end'),
  };
  const watched = monitor({ ...settings, serverLogs: [file] }, newClock(), stop.signal, sink);
  // The first sample of processes takes a few turns of the event loop, and no other follows.
  if (monitor === monitorServer) while (!told.includes('sample')) await new Promise(setImmediate);
  await new Promise(setImmediate);
  appendFileSync(file, `${lastLines.join('\n')}\n`);
  stop.abort();
  await watched;
  return told;
}

test('what the log says after the last sample is told before the end', async () => {
  const told = await toldOf(monitorServer);
  assert.equal(told.filter((what) => what === 'sample').length, 1);
  const after = told.slice(told.indexOf('sample') + 1);
  for (const what of ['end-in-log', 'pool-timeout']) assert.ok(after.includes(what), told.join());
  assert.equal(after.at(-1), 'end');
});

test('so it is where the processes are not seen', async () => {
  const told = await toldOf(monitorStores);
  assert.ok(told.includes('pool-timeout'), told.join());
  assert.equal(told.at(-1), 'end');
});
