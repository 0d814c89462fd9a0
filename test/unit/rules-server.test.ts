import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseAndRedis } from '../../analysis/rules/database-and-redis.ts';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import type { ProbeResult, ServerSampleLine } from '../../contract/journal/journal.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { answered, noAnswer as silent } from '../fixtures/probe-results.ts';
import { ledgerOf, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';

const ledger = ledgerOf([{ atMs: 1000, outcome: 'accepted' }]);
const root = processOf({ pid: 100, role: 'root' });

const crashCases: readonly (readonly [string, (atMs: number) => Partial<ServerSampleLine>, Status])[] = [
  ['all live', () => ({}), 'pass'],
  ['a worker exited', (atMs) => (atMs > 5000 ? { processes: [root, processOf({ pid: 101 })] } : {}), 'inconclusive'],
  [
    'a worker is replaced',
    (atMs) => (atMs > 5000 ? { processes: [root, processOf({ pid: 101 }), processOf({ pid: 103 })] } : {}),
    'inconclusive',
  ],
  [
    'its pid is used again by another process',
    (atMs) =>
      atMs > 5000 ? { processes: [root, processOf({ pid: 101 }), processOf({ pid: 102, startTicks: 99 })] } : {},
    'inconclusive',
  ],
  ['no look found a process', () => ({ processes: [] }), 'inconclusive'],
  ['the server exited', (atMs) => (atMs > 5000 ? { processes: [] } : {}), 'fail'],
  [
    'a helper comes and goes',
    (atMs) =>
      atMs < 5000
        ? { processes: [root, processOf({ pid: 101 }), processOf({ pid: 55, role: 'helper' })] }
        : { processes: [root, processOf({ pid: 101 })] },
    'pass',
  ],
  ['the OOM killer ended another program in its cgroup', (atMs) => ({ oomKills: atMs > 5000 ? 3 : 2 }), 'pass'],
  [
    'more workers are started',
    (atMs) => (atMs > 5000 ? { processes: [root, ...[101, 102, 103].map((pid) => processOf({ pid }))] } : {}),
    'pass',
  ],
];

for (const [name, make, expected] of crashCases) {
  test(`worker crashes: ${name}`, () => {
    const server = serverOf(60_000, make);
    assert.equal(workerCrashes.judge(runOf([{ name: 'hft', ledger }], { server })).status, expected);
  });
}

test('worker crashes: a recycled worker has not crashed', () => {
  const make = (atMs: number): Partial<ServerSampleLine> =>
    atMs > 5000 ? { processes: [root, processOf({ pid: 101 }), processOf({ pid: 103 })] } : {};
  const alerts = [
    {
      atUs: startUs + 5_000_000,
      alert: 'process-recycled' as const,
      means: 'graceful' as const,
      reason: 'recycled' as const,
      message: '',
      pid: 102,
      startTicks: 1020,
    },
  ];
  const judgement = workerCrashes.judge(
    runOf([{ name: 'hft', ledger }], { server: serverOf(60_000, make, { alerts }) }),
  );
  assert.equal(judgement.status, 'pass');
  assert.match((judgement.evidence ?? []).join(), /102 .* ended gracefully .* was recycled/);
});

test('worker crashes: where the log was refused, nobody knows whether a worker was recycled; the server itself never is', () => {
  const judged = (processes: ServerSampleLine['processes'], file: string): Status => {
    const server = serverOf(60_000, (atMs) => (atMs > 5000 ? { processes } : {}));
    const gaps = [{ file, problem: 'it could not be written (ENOSPC: no space left on device)' }];
    return workerCrashes.judge({ ...runOf([{ name: 'hft', ledger }], { server }), gaps }).status;
  };
  assert.equal(judged([root, processOf({ pid: 101 })], journalFiles.backendLog), 'inconclusive');
  assert.equal(judged([root, processOf({ pid: 101 })], journalFiles.monitorLog), 'inconclusive');
  assert.equal(judged([], journalFiles.backendLog), 'fail');
});

test('worker crashes: not watching is no pass', () => {
  assert.equal(workerCrashes.judge(runOf([{ name: 'hft', ledger }])).status, 'inconclusive');
  assert.equal(
    workerCrashes.judge(runOf([{ name: 'hft', ledger }], { server: serverOf(30_000) })).status,
    'inconclusive',
    'the monitor ended half way',
  );
});

const ok = (numbers: Record<string, number>): ProbeResult => ({ state: 'ok', latencyMs: 1, numbers });
const failed = answered(503);
const between = (atMs: number, fromMs: number, toMs: number): boolean => atMs >= fromMs && atMs <= toMs;
/** What a sample tells while others took the machine. */
const takenByOthers = (atMs: number, fromMs: number, toMs: number): Partial<ServerSampleLine> =>
  between(atMs, fromMs, toMs) ? { machineCpuPercent: 100, health: silent } : {};

const storeCases: readonly {
  readonly name: string;
  readonly redis?: 'present' | 'none' | 'unknown';
  readonly database: 'present' | 'none' | 'unknown';
  readonly probe: (atMs: number) => Partial<ServerSampleLine>;
  readonly expected: Status;
}[] = [
  { name: 'declared absent', database: 'none', probe: () => ({}), expected: 'not-applicable' },
  {
    name: 'healthy',
    database: 'present',
    probe: () => ({ database: ok({ pool_size: 10, in_use: 3, errors: 0 }) }),
    expected: 'pass',
  },
  {
    name: 'stopped in mid-run',
    database: 'present',
    probe: (atMs) => ({ database: atMs > 20_000 ? failed : ok({ pool_size: 10, in_use: 3, errors: 0 }) }),
    expected: 'fail',
  },
  {
    name: 'errors counted by the server',
    database: 'present',
    probe: (atMs) => ({ database: ok({ pool_size: 10, in_use: 3, errors: atMs > 20_000 ? 4 : 1 }) }),
    expected: 'fail',
  },
  {
    name: 'errors from before the run',
    database: 'present',
    probe: () => ({ database: ok({ errors: 7 }) }),
    expected: 'pass',
  },
  {
    name: 'near exhaustion',
    database: 'present',
    probe: () => ({ database: ok({ pool_size: 10, in_use: 9 }) }),
    expected: 'warn',
  },
  {
    name: 'a burst that takes the whole pool at one probe',
    database: 'present',
    probe: (atMs) => ({ database: ok({ pool_size: 10, in_use: atMs === 10_000 ? 10 : 3 }) }),
    expected: 'pass',
  },
  {
    name: 'near exhaustion while others took the machine',
    database: 'present',
    probe: (atMs) => ({
      ...takenByOthers(atMs, 17_000, 22_000),
      database: ok({ pool_size: 10, in_use: between(atMs, 18_000, 21_000) ? 10 : 3 }),
    }),
    expected: 'pass',
  },
  {
    name: 'near exhaustion, and others took the machine for a part of that time',
    database: 'present',
    probe: (atMs) => ({
      ...takenByOthers(atMs, 17_000, 22_000),
      database: ok({ pool_size: 10, in_use: between(atMs, 18_000, 27_000) ? 10 : 3 }),
    }),
    expected: 'warn',
  },
  {
    name: 'near exhaustion on a full machine whose server answered at once',
    database: 'present',
    probe: () => ({ machineCpuPercent: 100, health: ok({}), database: ok({ pool_size: 10, in_use: 10 }) }),
    expected: 'warn',
  },
  {
    name: 'undeclared and without statistics',
    database: 'unknown',
    probe: () => ({ database: { state: 'unavailable' } }),
    expected: 'inconclusive',
  },
  { name: 'never probed', database: 'present', probe: () => ({}), expected: 'inconclusive' },
  {
    name: 'the server itself exited: that says nothing on the database',
    database: 'present',
    probe: (atMs) => (atMs > 20_000 ? { processes: [], database: failed } : { database: ok({}) }),
    expected: 'pass',
  },
  {
    name: 'no answer in time while others took the machine',
    database: 'present',
    probe: (atMs) => ({
      ...takenByOthers(atMs, 18_000, 20_000),
      database: atMs === 20_000 ? silent : ok({ errors: 0 }),
    }),
    expected: 'inconclusive',
  },
  {
    name: 'no answer in time while the machine had CPU to spare',
    database: 'present',
    probe: (atMs) => ({ database: atMs === 20_000 ? silent : ok({ errors: 0 }) }),
    expected: 'fail',
  },
  {
    name: 'no answer in time on a full machine, and errors that the server counted',
    database: 'present',
    probe: (atMs) => ({
      ...takenByOthers(atMs, 18_000, 20_000),
      database: atMs === 20_000 ? silent : ok({ errors: atMs > 20_000 ? 4 : 0 }),
    }),
    expected: 'inconclusive',
  },
  {
    name: 'errors that the server counted on a full machine and after it',
    database: 'present',
    probe: (atMs) => ({
      ...takenByOthers(atMs, 18_000, 20_000),
      database: ok({ errors: atMs > 30_000 ? 5 : atMs > 19_000 ? 4 : 0 }),
    }),
    expected: 'fail',
  },
  {
    name: 'an error answered on a full machine',
    database: 'present',
    probe: (atMs) => ({ machineCpuPercent: 100, database: atMs === 20_000 ? failed : ok({ errors: 0 }) }),
    expected: 'fail',
  },
  {
    name: 'one absent, one failing',
    redis: 'present',
    database: 'none',
    probe: () => ({ redis: failed }),
    expected: 'fail',
  },
];

for (const { name, redis = 'none', database, probe, expected } of storeCases) {
  test(`database and Redis: ${name}`, () => {
    const profile = { ...builtInProfiles.embedded, redis, database };
    const judgement = databaseAndRedis.judge(
      runOf([{ name: 'hft', ledger }], { profile, server: serverOf(60_000, probe, { stepMs: 1000 }) }),
    );
    assert.equal(judgement.status, expected, judgement.summary);
  });
}
