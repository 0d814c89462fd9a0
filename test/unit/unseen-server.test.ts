// A server that nobody watches, on a machine that it shares with the generator and that is full.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyResponse } from '../../analysis/rules/any-response.ts';
import { averageResponseTime } from '../../analysis/rules/average-response-time.ts';
import { p95ResponseTime } from '../../analysis/rules/p95-response-time.ts';
import type { Rule } from '../../analysis/rules/rule.ts';
import type { ProbeResult, ServerSampleLine } from '../../contract/journal/journal.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { noServer } from '../../monitor/monitor.ts';
import { MachineCpu } from '../../monitor/system/machine-cpu.ts';
import { ledgerOf, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';

const seconds = 60;
const criteria: readonly Rule[] = [averageResponseTime, p95ResponseTime, anyResponse];
const late: ProbeResult = { state: 'ok', latencyMs: 1500, numbers: {} };
const quick: ProbeResult = { state: 'ok', latencyMs: 3, numbers: {} };

/** What the generator used of its two cores: too little to have filled the machine alone. */
const loads = Array.from({ length: seconds }, (_, second) => {
  const fromUs = startUs + second * 1e6;
  return { fromUs, toUs: fromUs + 1e6, usedCores: 0.4, cores: 2, waitedForCpu: false };
});

const ledger = ledgerOf(
  Array.from({ length: seconds * 10 }, (_, n) => ({ atMs: n * 100, tookMs: 1500, outcome: 'accepted' as const })),
);

interface Case {
  readonly sample: Partial<ServerSampleLine>;
  readonly unwatched?: readonly string[];
  readonly baseUrl?: string;
}

function statusesOf({ sample, unwatched = noServer.unwatched, baseUrl }: Case): readonly string[] {
  const server = serverOf(seconds * 1000, () => ({ processes: [], sockets: null, ...sample }));
  const rootPid = sample.processes === undefined ? 0 : 100;
  const own = { ...server, identity: { ...server.identity, rootPid, unwatched } };
  const run = runOf([{ name: 'sustained', ledger, loads }], { server: own });
  const target = { ...run.manifest.target, ...(baseUrl === undefined ? {} : { baseUrl }) };
  const judged = { ...run, manifest: { ...run.manifest, target } };
  return criteria.map((rule) => `${rule.id} ${rule.judge(judged).status}`);
}

const full = { machineCpuPercent: 100, cpuPressurePercent: 90, health: null };
const proxy = [processOf({ pid: 100, label: 'haproxy', cpuPercent: 4, cpuWaitPercent: 2 })];
const asleep = [processOf({ pid: 100, label: 'python3 app.py', cpuPercent: 1, cpuWaitPercent: 1 })];
const saturated = [processOf({ pid: 100, label: 'python3 app.py', cpuPercent: 99, cpuWaitPercent: 5 })];

const cases: Readonly<Record<string, readonly [Case, Status]>> = {
  'nobody is watched and the machine is full': [{ sample: full }, 'inconclusive'],
  'the kernel does not tell of pressure': [{ sample: { machineCpuPercent: 100, health: null } }, 'inconclusive'],
  'the health check comes late, too': [{ sample: { ...full, health: late } }, 'inconclusive'],
  'a proxy is watched, and what stands behind it is not': [{ sample: { ...full, processes: proxy } }, 'inconclusive'],
  'a service beside the server is not watched, and the server computes as much as it can': [
    { sample: { ...full, processes: saturated } },
    'fail',
  ],
  'the health check is quick: the server gets the CPU that it wants': [{ sample: { ...full, health: quick } }, 'fail'],
  'the machine has room: the server sleeps': [{ sample: { ...full, machineCpuPercent: 70 } }, 'fail'],
  'the machine is busy, and nobody waits for it': [{ sample: { ...full, cpuPressurePercent: 12 } }, 'fail'],
  'the server is on another machine': [{ sample: full, baseUrl: 'http://10.0.0.7:8000' }, 'fail'],
  'the whole server is watched, and sleeps': [{ sample: { ...full, processes: asleep }, unwatched: [] }, 'fail'],
  'the whole server is watched, and computes as much as it can': [
    { sample: { ...full, processes: saturated }, unwatched: [] },
    'fail',
  ],
};

for (const [name, [made, expected]] of Object.entries(cases)) {
  test(`slow answers where ${name}: ${expected}`, () => {
    assert.deepEqual(
      statusesOf(made),
      criteria.map(({ id }) => `${id} ${expected}`),
    );
  });
}

/** What a monitor reads of a machine of two cores in one second: ticks of each kind, and how long something waited for a CPU. */
function useIn(ticks: { user: number; idle: number; steal: number }, waitedUs: number | null) {
  let isLater = false;
  const machine = new MachineCpu((path) => {
    const of = (value: number): number => 1000 + (isLater ? value : 0);
    if (path === '/proc/stat') return `cpu  ${of(ticks.user)} 0 0 ${of(ticks.idle)} 0 0 0 ${of(ticks.steal)} 0 0\n`;
    return waitedUs === null ? null : `some avg10=0.00 avg60=0.00 avg300=0.00 total=${of(waitedUs)}\nfull avg10=0.00\n`;
  });
  assert.equal(machine.read(0).machineCpuPercent, null);
  isLater = true;
  return machine.read(1000);
}

test('the monitor tells how busy the machine was, and for how much of the time something waited', () => {
  const busy = { user: 200, idle: 0, steal: 0 };
  assert.deepEqual(useIn(busy, 600_000), { machineCpuPercent: 100, cpuPressurePercent: 60 });
  assert.deepEqual(useIn({ user: 50, idle: 150, steal: 0 }, 20_000), { machineCpuPercent: 25, cpuPressurePercent: 2 });
  assert.deepEqual(useIn({ user: 80, idle: 0, steal: 120 }, 100_000), {
    ...{ machineCpuPercent: 100, cpuPressurePercent: 60 },
  });
  assert.deepEqual(useIn(busy, null), { machineCpuPercent: 100 }, 'a kernel without pressure');
});
