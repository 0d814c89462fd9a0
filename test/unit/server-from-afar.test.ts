import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { ServerTimeline } from '../../analysis/journal/server.ts';
import { buildReport } from '../../analysis/report.ts';
import { cpu } from '../../analysis/rules/cpu.ts';
import { databaseAndRedis } from '../../analysis/rules/database-and-redis.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import type { AlertLine, MetricsLookLine, ProbeResult, ServerSampleLine } from '../../contract/journal/journal.ts';
import { defaultThresholds } from '../../contract/report/default-thresholds.ts';
import { newClock } from '../../monitor/clock.ts';
import { monitorStores, noServer } from '../../monitor/monitor.ts';
import type { Sink } from '../../monitor/sinks/sink.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { answered, noAnswer, noConnection } from '../fixtures/probe-results.ts';
import { ledgerOf, runOf, serverOf, startUs } from '../fixtures/run.ts';

const ledger = ledgerOf([{ atMs: 1000, outcome: 'accepted' }]);
const ok: ProbeResult = { state: 'ok', latencyMs: 3, numbers: { pool_size: 10, in_use: 2, errors: 0 } };

/** What the runner's own monitor knows of a server elsewhere: what it answers, and nothing of its processes. */
function fromAfar(
  make: (atMs: number) => Partial<ServerSampleLine> = () => ({}),
  looks: readonly MetricsLookLine[] = [],
): ServerTimeline {
  const server = serverOf(
    60_000,
    (atMs) => ({ processes: [], sockets: null, machineCpuPercent: null, ...make(atMs) }),
    {
      stepMs: 1000,
    },
  );
  return {
    ...server,
    identity: { ...server.identity, rootPid: 0, unwatched: noServer.unwatched },
    metrics: { ...server.metrics, looks },
  };
}

const profile = { ...builtInProfiles.embedded, redis: 'none' as const, database: 'present' as const };
const runWith = (server: ServerTimeline) => runOf([{ name: 'hft', ledger }], { profile, server });
const stores = (make: (atMs: number) => Partial<ServerSampleLine>): Judgement =>
  databaseAndRedis.judge(runWith(fromAfar(make)));

test('from afar the statistics of the server judge its stores', () => {
  assert.equal(stores(() => ({ health: ok, database: ok })).status, 'pass');
  const down = stores((atMs) => ({ health: ok, database: atMs > 20_000 ? answered(503) : ok }));
  assert.equal(down.status, 'fail');
});

test('from afar a server that does not answer at all accuses no store', () => {
  const silent = stores((atMs) =>
    atMs > 20_000 ? { health: noConnection, database: answered(503) } : { database: ok },
  );
  assert.equal(silent.status, 'pass', silent.summary);
  const withoutHealth = (result: ProbeResult): Judgement =>
    stores((atMs) => ({ health: null, database: atMs > 20_000 ? result : ok }));
  assert.equal(withoutHealth(noAnswer).status, 'pass');
  assert.equal(withoutHealth(answered(500)).status, 'fail');
  assert.equal(withoutHealth({ ...answered(500), reason: 'in other words' }).status, 'fail');
});

test('from afar nothing is known of processes: no CPU, no memory, no crash', () => {
  const run = runWith(fromAfar());
  assert.equal(workerCrashes.judge(run).status, 'inconclusive');
  assert.equal(cpu.judge(run).status, 'inconclusive');
  const { server } = buildReport(run, { strict: false, now: new Date(0) });
  assert.equal(server?.maxMemoryBytes, null);
  assert.equal(server?.meanHealthMs, 2);
});

/** Looks a second apart, each at the process that started then. */
const page = (starts: readonly (number | null)[]): readonly MetricsLookLine[] =>
  starts.map((startedAt, n) => ({
    ...{ metrics: 'page' as const, atUs: startUs + n * 1e6, latencyMs: 1 },
    processes: [
      {
        ...{ process: null, startedAt, runtime: null, heapBytes: null, liveBytes: null, heldBytes: null },
        ...{ collections: null, residentBytes: null, cpuSeconds: null, fileDescriptors: null },
        ...{ maxFileDescriptors: null, threads: null, goroutines: null, codeBytes: null },
      },
    ],
  }));
const row = (startedAt: number, times: number): readonly number[] => new Array<number>(times).fill(startedAt);
const byPage = (starts: readonly (number | null)[]): Judgement =>
  workerCrashes.judge(runWith(fromAfar(undefined, page(starts))));

test('a changed start time on the metrics page is a restart, which is told and blamed on nobody', () => {
  const restarted = byPage([...row(100, 20), ...row(160, 20)]);
  assert.equal(restarted.status, 'inconclusive');
  assert.match(restarted.summary, /started anew in mid-run, as its metrics page shows/);
  assert.match((restarted.evidence ?? [])[0] ?? '', /started anew, from 20\.0 s on/);
});

test('workers that take turns on the metrics page were not restarted', () => {
  const turns = byPage(Array.from({ length: 40 }, (_, n) => 100 + (n % 3)));
  assert.equal(turns.summary, 'the server was not watched all the time');
  assert.match((turns.evidence ?? [])[0] ?? '', /3 processes by turns, at 40 looks/);
  assert.match((byPage(row(100, 40)).evidence ?? [])[0] ?? '', /one process, the same at 40 looks/);
  assert.equal(byPage([...row(100, 38), 160, 160]).summary, 'the server was not watched all the time');
  assert.doesNotMatch((byPage([null, null]).evidence ?? []).join(), /metrics page/);
});

test('the monitor asks health check and statistics of a server whose processes it cannot see', async () => {
  const asked = new Set<string>();
  const server = createServer((request, response) => {
    asked.add(`${request.url} ${request.headers.authorization}`);
    response.end('{"status":"ok","errors":1}');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const stop = new AbortController();
  const samples: ServerSampleLine[] = [];
  const alerts: AlertLine[] = [];
  const nothing = (): void => {};
  const sink: Sink = {
    ...{ path: null, start: nothing, watch: nothing, store: nothing, metrics: nothing, end: nothing },
    alert: (alert) => alerts.push(alert),
    sample(sample) {
      samples.push(sample);
      stop.abort();
    },
  };
  const settings = {
    ...{ address: { by: 'pid' as const, pids: [] }, found: noServer, intervalMs: 100, token: 'secret', host: 'here' },
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ probeAddress: '127.0.0.1', probePaths: { health: '/health', redis: null, database: '/db' }, trust: null },
    ...{ serverLogs: [], exitsProgram: null, redact: (text: string) => text, stores: { redis: null, postgres: null } },
    ...{ thresholds: defaultThresholds, metricsUrl: null },
  };
  await monitorStores(settings, newClock(), stop.signal, sink);
  server.close();
  server.closeAllConnections();
  assert.deepEqual([...asked].sort(), ['/db Bearer secret', '/health Bearer secret']);
  const [sample] = samples;
  assert.equal(sample?.health?.state, 'ok');
  // A busy machine may make it wait.
  const others = alerts.filter(({ alert }) => alert !== 'health-slow');
  assert.deepEqual([sample?.processes, sample?.redis, others], [[], null, []]);
});
