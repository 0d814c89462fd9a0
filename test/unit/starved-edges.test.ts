import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorRate } from '../../analysis/rules/error-rate.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { successRate } from '../../analysis/rules/success-rate.ts';
import { seeded } from '../../analysis/seeded.ts';
import { noAnswer as silent } from '../fixtures/probe-results.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf } from '../fixtures/run.ts';

const requestMs = 500;
const requests = 602;

interface Shape {
  /** The machine is full of others from, until. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** How many time out in these times, each from, until. */
  readonly timeouts: readonly (readonly [count: number, fromMs: number, untilMs: number])[];
  readonly status?: number;
}

/** The statuses of error rate and success. */
function judged(seed: number, { fromMs, untilMs, timeouts, status }: Shape) {
  const random = seeded(seed);
  const late = new Set<number>();
  for (const [count, from, until] of timeouts) {
    const [first, last] = [Math.ceil(from / requestMs), Math.floor(until / requestMs)];
    const before = late.size;
    while (late.size < before + Math.min(count, last - first + 1))
      late.add(first + Math.floor(random() * (last - first + 1)));
  }
  const ledger = ledgerOf(
    Array.from({ length: requests }, (_, n): MadeRequest => {
      if (!late.has(n)) return { atMs: n * requestMs, tookMs: 20 + random() * 30, outcome: 'accepted' };
      const failure = status === undefined ? { outcome: 'timeout' as const } : { outcome: 'failed' as const, status };
      return { atMs: n * requestMs, tookMs: 3000, ...failure };
    }),
  );
  const processes = [100, 101].map((pid) => processOf({ pid, cpuPercent: 20 }));
  const server = serverOf(requests * requestMs, (atMs) =>
    atMs >= fromMs && atMs <= untilMs ? { processes, machineCpuPercent: 100, health: silent } : {},
  );
  const run = runOf([{ name: 'sustained', ledger }], { server });
  return [errorRate, successRate].map((rule) => rule.judge(run).status);
}

const seeds = Array.from({ length: 12 }, (_, n) => n + 1);
const mostly = { fromMs: 8_000, untilMs: 294_000 };

test('a few timeouts at the edges of a starvation that lasted nearly the whole run accuse nobody', () => {
  for (const seed of seeds) {
    const timeouts = [
      [530, 9_000, 292_000],
      [3, 3_000, 5_000],
      [4, 295_500, 297_000],
    ] as const;
    for (const status of judged(seed, { ...mostly, timeouts })) {
      assert.ok(status === 'inconclusive' || status === 'pass', `seed ${seed}: ${status}`);
    }
  }
});

test('a server that times out while there is CPU to spare is accused, also far from the edges of such a starvation', () => {
  for (const seed of seeds) {
    const clearly = judged(seed, { fromMs: 8_000, untilMs: 150_000, timeouts: [[100, 160_000, 290_000]] });
    assert.deepEqual(clearly, ['warn', 'fail'], `seed ${seed}`);
    const inIt = [[500, 31_000, 299_000]] as const;
    const far = judged(seed, { fromMs: 30_000, untilMs: 300_500, timeouts: [...inIt, [30, 1_000, 22_000]] });
    assert.deepEqual(far, ['warn', 'fail'], `seed ${seed}`);
  }
});

test('what a server refuses with an error of its own is no timeout, whatever the machine did', () => {
  const failed = { ...mostly, timeouts: [[100, 20_000, 280_000] as const], status: 500 };
  assert.deepEqual(judged(1, failed), ['warn', 'fail']);
});

test('exactly once: what is left open on a machine without CPU says so, and what is open for another reason does not', () => {
  const ledger = ledgerOf([{ atMs: 0, outcome: 'accepted', signal: 'tag-1' }]);
  ledger.readbacks.clear();
  const summaryOf = (untilMs: number): string => {
    const processes = [processOf({ pid: 100, cpuPercent: 20 })];
    const server = serverOf(30_000, (atMs) =>
      atMs <= untilMs ? { processes, machineCpuPercent: 100, health: silent } : {},
    );
    const { status, summary } = exactlyOnce.judge(runOf([{ name: 'hft', ledger, toMs: 30_000 }], { server }));
    assert.equal(status, 'inconclusive', summary);
    return summary;
  };
  assert.match(summaryOf(25_000), /; there was no CPU to spare most of the time, which may be why: run again/);
  assert.doesNotMatch(summaryOf(5_000), /CPU/);
});
