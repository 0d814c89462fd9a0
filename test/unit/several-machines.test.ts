import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unknownClock } from '../../analysis/journal/clock.ts';
import type { ServerTimeline } from '../../analysis/journal/server.ts';
import { buildReport } from '../../analysis/report.ts';
import { cpu } from '../../analysis/rules/cpu.ts';
import { databaseAndRedis } from '../../analysis/rules/database-and-redis.ts';
import { onEachMachine } from '../../analysis/rules/on-each-machine.ts';
import { responsiveness } from '../../analysis/rules/responsiveness.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import type { AlertLine, StoreFailureLine } from '../../contract/journal/journal.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { clockWithin, losesWorker, machine } from '../fixtures/machines.ts';
import { ledgerOf, processOf, runOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';

const quiet = ledgerOf([{ atMs: 1000, outcome: 'accepted' }]);
/** A request that a server was at, and never answered, when the clock said 5.0 s. */
const cut = ledgerOf([
  { atMs: 1000, outcome: 'accepted' },
  { atMs: 4900, tookMs: 200, outcome: 'failed', status: 0 },
]);

const judged = (servers: readonly ServerTimeline[], ledger = quiet): Judgement =>
  workerCrashes.judge(runOf([{ name: 'hft', ledger }], { servers }));

const recycled = (pid: number): readonly AlertLine[] => [
  {
    atUs: startUs + 5_000_000,
    alert: 'process-recycled',
    means: 'graceful',
    ...saying('was recycled'),
    message: '',
    pid,
    startTicks: pid * 10,
  },
];

const killed: readonly AlertLine[] = [
  {
    ...{ atUs: startUs + 5_000_000, alert: 'end-in-log', message: '', pid: 102, startTicks: 1020 },
    ...{ means: 'crash', ...saying('was ended by SIGKILL') },
  },
];

const measureOf = ({ measures = [] }: Judgement, name: string, host?: string): number | undefined =>
  measures.find((one) => one.name === name && one.host === host)?.value;

test('the same pids on two machines are processes apart, and no machine is named where all is well', () => {
  const judgement = judged([machine({ host: 'app-1' }), machine({ host: 'app-2' })]);
  assert.equal(judgement.status, 'pass', judgement.summary);
  assert.equal(measureOf(judgement, 'processes'), 6);
  assert.match(judgement.summary, /^No process exited on 2 machines \(6 processes/);
});

test('a crash on one machine is told with its name and counted for it alone', () => {
  const judgement = judged([
    machine({ host: 'app-1' }),
    machine({ host: 'app-2', make: losesWorker(5000), changes: { alerts: killed } }),
  ]);
  assert.equal(judgement.status, 'fail');
  assert.match((judgement.evidence ?? [])[0] ?? '', /^app-2: worker 102 .* exited at 5\.3 s/);
  assert.deepEqual(
    ['app-1', 'app-2', undefined].map((host) => measureOf(judgement, 'crashes', host)),
    [0, 1, 1],
  );
});

test('with one machine elsewhere alone its name is left out', () => {
  const judgement = judged([machine({ host: 'app-1', make: losesWorker(5000), changes: { alerts: killed } })]);
  assert.equal(judgement.status, 'fail');
  assert.match((judgement.evidence ?? [])[0] ?? '', /^worker 102/);
});

test('two monitors of one machine that see the same process count its end once', () => {
  const one = machine({ host: 'app-1', make: losesWorker(5000), changes: { alerts: killed } });
  const judgement = judged([one, { ...one, id: 'again' }]);
  assert.equal(measureOf(judgement, 'crashes'), 1);
  assert.equal(measureOf(judgement, 'processes'), 3);
});

test('a recycled worker is not to blame for what a crash on another machine broke', () => {
  const recycling = (host: string): ServerTimeline =>
    machine({ host, make: losesWorker(5000), changes: { alerts: recycled(102) } });
  const alone = judged([recycling('app-1'), machine({ host: 'app-2' })], cut);
  assert.equal(alone.status, 'fail', 'nobody else can have cut it off');
  const beside = judged(
    [recycling('app-1'), machine({ host: 'app-2', make: losesWorker(5000), changes: { alerts: killed } })],
    cut,
  );
  assert.equal(measureOf(beside, 'crashes', 'app-1'), 0);
  assert.equal(measureOf(beside, 'crashes', 'app-2'), 1);
});

test('a clock that may be off by half a second cannot say that a recycled worker cut a request off', () => {
  const recycling = (uncertaintyMs: number): ServerTimeline =>
    machine({
      host: 'app-1',
      make: losesWorker(5000),
      changes: { alerts: recycled(102) },
      clock: clockWithin(uncertaintyMs),
    });
  assert.equal(judged([recycling(20)], cut).status, 'fail');
  const unsure = judged([recycling(500)], cut);
  assert.equal(unsure.status, 'inconclusive');
  assert.match(unsure.summary, /whether it cut requests off is not known/);
  assert.equal(judged([recycling(500)], quiet).status, 'pass', 'no request broke off at all');
});

test('a crash is one however unsure its moment, if it was during the run', () => {
  const crashing = (clock: ServerTimeline['clock']): Judgement =>
    judged([machine({ host: 'app-1', make: losesWorker(30_000), clock, changes: { alerts: killed } })]);
  const wide = crashing(clockWithin(2000));
  assert.equal(wide.status, 'fail');
  assert.match((wide.evidence ?? []).join(), /±2000\.0 ms.*what was in flight is not known/);
  const unknown = crashing(unknownClock);
  assert.equal(unknown.status, 'inconclusive');
  assert.match(unknown.summary, /whether it ended during the run is not known/);
});

test('what ended before the run or after it is not of the run; at its very edge it is not known', () => {
  const crashing = (lostMs: number): Judgement => {
    const ofBefore = machine({
      host: 'app-1',
      make: losesWorker(lostMs),
      clock: clockWithin(100),
      toMs: 90_000,
      changes: { alerts: killed },
    });
    return judged([ofBefore]);
  };
  assert.equal(crashing(70_000).status, 'pass');
  assert.equal(crashing(59_900).status, 'inconclusive');
  assert.equal(crashing(30_000).status, 'fail');
});

test('a monitor whose clock nobody knows proves nothing by silence', () => {
  const judgement = judged([machine({ host: 'app-1' }), machine({ host: 'app-2', clock: unknownClock })]);
  assert.equal(judgement.status, 'inconclusive');
  assert.match((judgement.evidence ?? []).join('\n'), /app-2: its clock offset is not known/);
  assert.match((judgement.evidence ?? []).join('\n'), /clock offset unknown: ±\?/);
});

const busy = (percent: number) => () => ({ processes: [processOf({ pid: 100, role: 'root', cpuPercent: percent })] });
const cpuOf = (servers: readonly ServerTimeline[]): Judgement =>
  onEachMachine(cpu, { withinMs: 5000 }).judge(runOf([{ name: 'hft', ledger: quiet }], { servers }));

test('CPU is judged by machine, and the one that is short of it comes first', () => {
  const judgement = cpuOf([machine({ host: 'app-1', make: busy(20) }), machine({ host: 'app-2', make: busy(190) })]);
  assert.equal(judgement.status, 'warn');
  assert.equal(judgement.summary, 'app-2: mean 95%, max 95% of 2 cores; app-1: mean 10%, max 10% of 2 cores');
  assert.equal(measureOf(judgement, 'mean', 'app-1'), 10);
  assert.match((judgement.evidence ?? [])[0] ?? '', /^app-2: above 80%/);
  assert.equal(cpuOf([machine({ host: 'app-1', make: busy(20) })]).summary, 'mean 10%, max 10% of 2 cores');
});

test('CPU at times that nobody knows is no CPU under load', () => {
  const judgement = cpuOf([machine({ host: 'app-1', make: busy(190), clock: unknownClock })]);
  assert.equal(judgement.status, 'inconclusive');
  assert.match(judgement.summary, /clock offset unknown: ±\?.*give --clock-offset, or run with --monitor-url/);
});

test('a health check at times that nobody knows says nothing of freezes under load', () => {
  const judged = (clock: ServerTimeline['clock']): Judgement =>
    responsiveness.judge(runOf([{ name: 'hft', ledger: quiet }], { servers: [machine({ host: 'app-1', clock })] }));
  assert.equal(judged(clockWithin(1)).status, 'pass');
  assert.equal(judged(unknownClock).status, 'inconclusive');
});

const down = (atMs: number): StoreFailureLine => ({
  store: 'postgres',
  atUs: startUs + atMs * 1000,
  failure: 'full',
  code: '53300',
  tookMs: 1,
});

/** A monitor on the database's machine that watches no process. */
const ofDatabase = (clock = clockWithin(1)): ServerTimeline => {
  const server = machine({ host: 'db', clock });
  return {
    ...server,
    identity: { ...server.identity, rootPid: 0 },
    samples: [],
    stores: { redis: [], postgres: [down(20_000), down(21_000)], log: [] },
  };
};

test('the database is judged by the monitor on its machine, and the processes by the others', () => {
  const profile = { ...builtInProfiles.embedded, redis: 'none' as const, database: 'present' as const };
  const servers = [machine({ host: 'app-1' }), machine({ host: 'app-2' }), ofDatabase()];
  const run = runOf([{ name: 'hft', ledger: quiet }], { profile, servers });
  const stores = databaseAndRedis.judge(run);
  assert.equal(stores.status, 'fail');
  assert.match(stores.summary, /database: db: /);
  assert.ok((stores.measures ?? []).every(({ host }) => host === 'db'));
  assert.equal(workerCrashes.judge(run).status, 'pass');
  const unsure = databaseAndRedis.judge({ ...run, servers: [ofDatabase(unknownClock)] });
  assert.equal(unsure.status, 'inconclusive');
  assert.match(unsure.summary, /clock offset unknown: ±\?; what was seen says/);
});

test('the report lists the machines with their clocks, and the alerts of all in order of time', () => {
  const alert = (atMs: number): AlertLine => ({ atUs: startUs + atMs * 1000, alert: 'cpu-high', message: 'high' });
  const servers = [
    machine({ host: 'app-1', changes: { alerts: [alert(9000)] } }),
    machine({ host: 'app-2', changes: { alerts: [alert(4000)] }, clock: unknownClock }),
  ];
  const report = buildReport(runOf([{ name: 'hft', ledger: quiet }], { servers }), {
    strict: false,
    now: new Date(0),
  });
  assert.deepEqual(
    report.alerts.map(({ message }) => message),
    ['app-2: high', 'app-1: high'],
  );
  assert.deepEqual(
    report.monitors?.map(({ host, clock: { source, uncertaintyMs } }) => [host, source, uncertaintyMs]),
    [
      ['app-1', 'measured', 1],
      ['app-2', 'unknown', null],
    ],
  );
  assert.deepEqual(
    report.series.further?.map(({ host }) => host),
    ['app-2'],
  );
});
