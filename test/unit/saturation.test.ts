import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saturationsOf } from '../../analysis/interpret/saturation.ts';
import { type GeneratorLoad, GeneratorLoads, isLongWait } from '../../analysis/journal/generator-loads.ts';
import { anyResponse } from '../../analysis/rules/any-response.ts';
import { averageResponseTime } from '../../analysis/rules/average-response-time.ts';
import { p95ResponseTime } from '../../analysis/rules/p95-response-time.ts';
import type { Rule } from '../../analysis/rules/rule.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';

const seconds = 60;
type Load = Omit<GeneratorLoad, 'generator'>;

/** What a generator used of its two cores in each second. */
const loadsOf = (usedCores: (second: number) => number): readonly Load[] =>
  Array.from({ length: seconds }, (_, second) => {
    const fromUs = startUs + second * 1e6;
    return { fromUs, toUs: fromUs + 1e6, usedCores: usedCores(second), cores: 2, waitedForCpu: false };
  });

const answers = (tookMs: (second: number) => number): readonly MadeRequest[] =>
  Array.from({ length: seconds * 10 }, (_, n) => ({
    atMs: n * 100,
    outcome: 'accepted',
    tookMs: tookMs(Math.floor(n / 10)),
  }));

const inSecond = (from: number, to: number) => (second: number) => second >= from && second < to;
const middle = inSecond(20, 40);

const criteria: readonly Rule[] = [averageResponseTime, p95ResponseTime, anyResponse];

const cases: readonly (readonly [string, (second: number) => number, (second: number) => number, Status])[] = [
  ['a quick server and an idle generator', () => 20, () => 0.2, 'pass'],
  ['a quick server, whatever the generator uses', () => 20, () => 1.99, 'pass'],
  ['a slow server and an idle generator', () => 3000, () => 0.2, 'fail'],
  [
    'a server that is slow while the generator has no CPU',
    (s) => (middle(s) ? 3000 : 20),
    (s) => (middle(s) ? 1.95 : 0.3),
    'inconclusive',
  ],
  [
    'a server that is slow all the time, also while the generator has CPU',
    () => 3000,
    (s) => (middle(s) ? 1.95 : 0.3),
    'fail',
  ],
  ['a generator without CPU all the time', () => 3000, () => 1.9, 'inconclusive'],
];

for (const [name, tookMs, used, expected] of cases) {
  test(`${name}: ${expected}`, () => {
    const run = runOf([{ name: 'sustained', ledger: ledgerOf(answers(tookMs)), loads: loadsOf(used) }]);
    assert.deepEqual(
      criteria.map((rule) => `${rule.id} ${rule.judge(run).status}`),
      criteria.map(({ id }) => `${id} ${expected}`),
    );
  });
}

test('a generator without figures of its own is judged as before', () => {
  const run = runOf([{ name: 'sustained', ledger: ledgerOf(answers(() => 3000)) }]);
  assert.equal(averageResponseTime.judge(run).status, 'fail');
});

test('on a full machine that both share, whoever takes more of it is to blame', () => {
  const spans = (generatorCores: number, serverCpuPercent: number, machineCpuPercent: number) => {
    const processes = [processOf({ pid: 101, cpuPercent: serverCpuPercent })];
    const run = runOf([{ name: 'sustained', ledger: ledgerOf([]), loads: loadsOf(() => generatorCores) }], {
      server: serverOf(seconds * 1000, () => ({ machineCpuPercent, processes })),
    });
    const [scenario] = run.scenarios;
    return scenario === undefined ? -1 : saturationsOf(run, scenario).ofAny().length;
  };
  assert.equal(spans(1.2, 70, 99), 1, 'the generator takes more');
  assert.equal(spans(0.9, 110, 99), 0, 'the server takes more');
  assert.equal(spans(1.2, 70, 80), 0, 'there is room');
  assert.equal(spans(0.3, 5, 99), 0, 'somebody else fills the machine');
});

test('a generator that waited for a CPU: where no monitor sees its machine, its wait may be the whole delay', () => {
  const loads = loadsOf(() => 0.2).map((load, second) => ({ ...load, waitedForCpu: second < 40 }));
  const judged = (machineCpuPercent: number | null) =>
    averageResponseTime.judge(
      runOf([{ name: 'sustained', ledger: ledgerOf(answers((second) => (second < 40 ? 3000 : 20))), loads }], {
        server: serverOf(seconds * 1000, () => ({
          machineCpuPercent,
          processes: machineCpuPercent === null ? [] : [processOf({ pid: 101, cpuPercent: 20 })],
        })),
      }),
    );
  assert.equal(judged(null).status, 'inconclusive', judged(null).summary);
  assert.equal(judged(40).status, 'fail', 'the machine had room: the server was slow by itself');
});

test('a wait for a CPU counts if it is long, and longer than the generator ran', () => {
  const of = (waitedUs: number | null, cpuUs: number) => isLongWait(waitedUs, { cpuUs, tookUs: 1_000_000 });
  assert.deepEqual([of(500_000, 200_000), of(300_000, 300_000)], [true, true]);
  assert.deepEqual([of(290_000, 10_000), of(500_000, 600_000), of(null, 10_000)], [false, false, false]);
});

test('generators on one machine take its cores together; on machines of their own each has its own', () => {
  const one = (fromMs: number, usedCores: number): Load => ({
    fromUs: fromMs * 1000,
    toUs: (fromMs + 1000) * 1000,
    usedCores,
    cores: 2,
    waitedForCpu: false,
  });
  const loads = new GeneratorLoads();
  let generator = 0;
  const tell = (machine: string, ...all: readonly Load[]): void => {
    loads.begin(machine, generator++);
    for (const load of all) loads.add(load);
  };
  tell('a', one(0, 0.5), one(1000, 1));
  // Half a second later than the first.
  tell('a', one(500, 0.8), one(1500, 0.2));
  tell('b', one(0, 0.9));
  const used = [...loads.summed()].map(({ usedCores }) => Math.round(usedCores * 1000) / 1000);
  assert.deepEqual(used, [0.5 + 0.4, 1 + 0.4 + 0.1, 0.8 + 0.25 + 0.5, 0.2 + 0.5, 0.9]);
});
