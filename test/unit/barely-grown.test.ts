import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growthOf } from '../../analysis/memory/growth.ts';
import { withSharedScatter } from '../../analysis/memory/same-work.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { judgeMemory } from '../fixtures/memory-run.ts';
import { seeded } from '../fixtures/random.ts';

const MB = 1e6;

/** Workers of which each grows by so many megabytes over the judged cycles, evenly. */
function grownBy(megabytes: readonly number[]): Judgement {
  const workers = megabytes.length;
  const judgedRequests = (7 * 100) / workers;
  return judgeMemory({
    ...{ workers, random: seeded(3) },
    memory: (requests, worker) => ({ rss: 80 * MB + ((megabytes[worker] ?? 0) * MB * requests) / judgedRequests }),
  });
}

test('one of three or more workers alike that just grows enough to count is open, and one that stands out leaks', () => {
  for (const others of [2, 3, 7]) {
    const still = new Array<number>(others).fill(0);
    const open = grownBy([5.5, ...still]);
    assert.equal(open.status, 'inconclusive', open.summary);
    assert.match(
      open.summary,
      new RegExp(`a leak, or chance: 1 of ${others + 1} processes that do the same work grew`),
    );
    assert.match(open.evidence?.at(-1) ?? '', /^to tell a leak from chance and warm-up: run longer/);
    assert.equal(grownBy([12, ...still]).status, 'fail');
  }
});

test('half of the workers alike, or one of two, leaks as before', () => {
  for (const megabytes of [[5.5], [5.5, 0], [5.5, 5.5, 0], [5.5, 5.5, 0, 0], [5.5, 5.5, 5.5, 5.5]]) {
    const { status, summary } = grownBy(megabytes);
    assert.equal(status, 'fail', `${megabytes.join()}: ${summary}`);
  }
});

test('growth that fades in all workers together is open, and a leak in all of them is not', () => {
  // The first worker keeps its pace by chance; the other grew in the earlier half alone.
  const fading = (requests: number): number => 80 * MB + 30 * MB * (1 - Math.exp(-requests / 90));
  const open = judgeMemory({
    random: seeded(3),
    memory: (requests, worker) => ({ rss: worker === 0 ? 80 * MB + (5.5 * MB * requests) / 350 : fading(requests) }),
  });
  assert.equal(open.status, 'inconclusive', open.summary);
  assert.match(open.summary, /a leak, or warm-up: 1 of 2 processes that do the same work grew/);
});

test('processes that do the same work are as unsteady as each other', () => {
  const process = (pid: number, label: string) => ({
    ...{ pid, startTicks: pid, label, role: 'worker' as const, settled: [], settledPss: [], firstCycle: 0 },
  });
  const growth = (bytes: number) => {
    const values = Array.from({ length: 10 }, (_, cycle) => ({ cycle, bytes: cycle * MB + (cycle % 2) * bytes }));
    const found = growthOf(values, 6);
    assert.ok(found !== null);
    return found;
  };
  const scatters = withSharedScatter([
    { process: process(1, 'app'), growth: growth(0) },
    { process: process(2, 'app'), growth: growth(2 * MB) },
    { process: process(3, 'other'), growth: growth(0) },
  ]).map(({ growth: { scatterBytes } }) => scatterBytes);
  const own = growth(2 * MB).scatterBytes;
  assert.deepEqual(scatters, [own / Math.SQRT2, own, 0]);
});
