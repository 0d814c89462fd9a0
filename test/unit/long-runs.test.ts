import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import { reconcile } from '../../analysis/delivery/reconciliation/reconcile.ts';
import { expectedOutcomes } from '../../analysis/interpret/expected-outcome.ts';
import { touchesSpan } from '../../analysis/interpret/spans.ts';
import { may } from '../../analysis/interpret/tolerance.ts';
import { AlertLog } from '../../analysis/journal/alert-log.ts';
import { processesIn } from '../../analysis/journal/server.ts';
import { ServerSamples } from '../../analysis/journal/server-samples.ts';
import { buildReport } from '../../analysis/report.ts';
import { seriesOf } from '../../analysis/series.ts';
import type { ServerSampleLine } from '../../contract/journal/journal.ts';
import { processSample } from '../../contract/journal/monitor-lines.ts';
import { probeFailures } from '../../contract/journal/probe-failures.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { ledgerOf, processOf, runOf, sampleOf, serverOf, startUs } from '../fixtures/run.ts';
import '../fixtures/seed.ts';

const figure = fc.oneof(fc.constant(null), fc.integer({ min: 0 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
const probe = fc.oneof(
  fc.constant(null),
  fc.constant({ state: 'unavailable' as const }),
  fc.record({
    state: fc.constant('failed' as const),
    latencyMs: fc.nat(),
    failure: fc.constantFrom(...probeFailures),
    reason: fc.string(),
  }),
  fc.record({
    state: fc.constant('ok' as const),
    latencyMs: fc.nat(),
    numbers: fc.constantFrom({}, { errors: 1 }, { pool_size: 2, in_use: 1 }),
  }),
);
const known = fc.oneof(fc.nat(), fc.double({ noNaN: true, noDefaultInfinity: true }));
const always = {
  ...{ pid: fc.integer({ min: 1, max: 4 }), parentPid: fc.nat(), startTicks: fc.nat({ max: 3 }), label: fc.string() },
  role: fc.constantFrom('root' as const, 'worker' as const, 'helper' as const),
  ...{ cpuPercent: figure, rssBytes: figure, pssBytes: figure, threads: figure, fileDescriptors: figure },
};
const sometimes = {
  ...{ cores: known, mainThreadPercent: known, busiestThreadPercent: known, maxDescriptors: known, connections: known },
};
const process = fc.record(
  { ...always, ...sometimes },
  {
    requiredKeys: [
      'pid',
      'parentPid',
      'startTicks',
      'label',
      'role',
      'cpuPercent',
      'rssBytes',
      'pssBytes',
      'threads',
      'fileDescriptors',
    ],
  },
);
const sockets = fc.record({
  ...{ established: fc.nat(), listen: fc.nat(), timeWait: fc.nat(), closeWait: fc.nat(), other: fc.nat() },
});
const sample = fc.record(
  {
    atUs: fc.integer({ min: 0 }),
    processes: fc.uniqueArray(process, { selector: ({ pid }) => pid, maxLength: 4 }),
    ...{
      sockets: fc.option(sockets),
      oomKills: figure,
      machineCpuPercent: figure,
      cpuPressurePercent: fc.nat({ max: 100 }),
    },
    ...{ health: probe, redis: probe, database: probe },
  },
  { requiredKeys: ['atUs', 'processes', 'sockets', 'oomKills', 'machineCpuPercent', 'health', 'redis', 'database'] },
);

test('property: samples come back as they were added, each time', () => {
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 12 }), (samples) => {
      const kept = new ServerSamples();
      for (const each of samples) kept.add(each);
      assert.equal(kept.length, samples.length);
      for (let pass = 0; pass < 2; pass += 1) {
        assert.deepEqual(JSON.parse(JSON.stringify([...kept])), JSON.parse(JSON.stringify(samples)));
        assert.deepEqual(
          kept.flatMap(({ processes }) => processes.map(({ rssBytes }) => rssBytes ?? -1)).length,
          [...samples.flatMap(({ processes }) => processes)].length,
        );
      }
    }),
    { numRuns: 200 },
  );
});

test('property: the decoder of processes takes what the schema takes, and nothing else', () => {
  const names = Object.keys(processSample.shape);
  const damage = fc.record({
    name: fc.constantFrom('', ...names),
    value: fc.constantFrom<unknown>(null, 'text', 7, true, undefined, {}, 'worker'),
  });
  fc.assert(
    fc.property(process, damage, (whole, { name, value }) => {
      const line: unknown = JSON.parse(JSON.stringify(name === '' ? [whole] : [{ ...whole, [name]: value }]));
      const parsed = z.array(processSample).safeParse(line);
      assert.deepEqual(processesIn(line), parsed.success ? parsed.data : null);
    }),
    { numRuns: 2000 },
  );
});

test('a run of many samples is judged: no maximum is a call with an argument a sample', () => {
  const samples = new ServerSamples();
  for (let n = 0; n < 200_000; n += 1) samples.add(sampleOf(n * 100));
  const server = { ...serverOf(0), samples };
  const run = runOf([{ name: 'hft', ledger: ledgerOf([]), toMs: 20_000_000 }], { server });
  const report = buildReport(run, { strict: false, now: new Date(0) });
  assert.equal(report.server?.samples, 200_000);
  assert.equal(report.findings.find(({ criterion }) => criterion === 'cpu')?.status, 'pass');
  assert.equal(report.findings.find(({ criterion }) => criterion === 'worker-crashes')?.status, 'pass');
});

test('series are bounded, and show the highest values', () => {
  const peakAt = 12_345;
  const server = serverOf(
    20_000 * 250,
    (atMs): Partial<ServerSampleLine> => ({
      processes: [
        processOf({ pid: 100, role: 'root', cpuPercent: atMs === peakAt * 250 ? 190 : 5 }),
        // A child that lives for one sample.
        processOf({ pid: 1000 + (atMs / 250) * 2, role: 'helper', rssBytes: 1e6 }),
      ],
    }),
  );
  const { memory, seconds, cpuPercent } = seriesOf(runOf([{ name: 'hft', ledger: null }], { server })).server;
  assert.ok(seconds.length <= 4000, `${seconds.length} points`);
  assert.ok(memory.length <= 33, `${memory.length} lines`);
  for (const { bytes } of memory) assert.equal(bytes.length, seconds.length);
  assert.equal(
    cpuPercent.reduce((highest, value) => Math.max(highest ?? 0, value ?? 0), 0),
    97.5,
  );
  assert.equal(memory[0]?.label, 'root 100');
  assert.equal(memory.at(-1)?.label, 'other processes');
});

test('a second far from all others makes no series of millions', () => {
  const timeline = (second: number) => ({ second, outcomes: { accepted: 1 }, service: null });
  const run = runOf([{ name: 'hft', ledger: null }]);
  const [scenario] = run.scenarios;
  assert.ok(scenario?.timeline !== null && scenario !== undefined);
  const seconds = [timeline(0), timeline(startUs / 1e6)];
  const { load } = seriesOf({ ...run, scenarios: [{ ...scenario, timeline: { ...scenario.timeline, seconds } }] });
  assert.ok(load.seconds.length <= 4000, `${load.seconds.length} points`);
});

test('alerts are bounded, but for those that decide what is a crash', () => {
  const alerts = new AlertLog();
  for (let n = 0; n < 5000; n += 1) {
    alerts.add({ atUs: n, alert: 'process-started', message: '' });
    alerts.add({ atUs: n, alert: 'process-recycled', message: '' });
  }
  assert.deepEqual([alerts.kept.length, alerts.leftOut], [6000, 4000]);
});

test('a stall is found by looking at few of them', () => {
  const stalls = Array.from({ length: 3000 }, (_, n) => ({ fromUs: n * 1000, toUs: n * 1000 + 100 }));
  let looks = 0;
  const counted = new Proxy(stalls, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1;
      return Reflect.get(target, key);
    },
  });
  assert.equal(touchesSpan(counted, 1_500_050, 1_500_060), true);
  assert.equal(touchesSpan(counted, 1_500_100, 1_500_100), true);
  assert.equal(touchesSpan(counted, 1_500_101, 1_500_999), false);
  assert.equal(touchesSpan(counted, 3_000_000, 4_000_000), false);
  assert.ok(looks <= 60, `${looks} looks`);
});

test('a hundred thousand copies of one signal are judged', () => {
  const copies = 100_000;
  const profile = {
    ...builtInProfiles.embedded,
    idempotency: {
      kind: 'ttl' as const,
      ...{ ttlMs: 1000, fields: ['signal_id'], order: 'before-limiter' as const, repeatRefreshes: true },
    },
  };
  const requests = Array.from({ length: copies }, (_, n) => ({
    atMs: n / 1000,
    outcome: n === 0 ? ('accepted' as const) : ('duplicate' as const),
    signal: 'tag-1',
  }));
  const ledger = ledgerOf(requests);
  const [indices = new Uint32Array()] = ledger.signalsByWebhook().values();
  const expected = expectedOutcomes(profile, ledger, indices);
  assert.equal(expected.length, copies);
  assert.equal(expected[copies - 1], may.duplicate);
  const { repeated, wrong } = reconcile(ledger, profile);
  assert.equal(repeated, 1);
  for (const [kind, { count }] of Object.entries(wrong)) assert.equal(count, 0, kind);
});
