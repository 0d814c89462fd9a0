import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchmarksPage, writtenPage } from '../../bench/docs.ts';
import { figuresOf } from '../../bench/generators/figures.ts';
import type { Measured } from '../../bench/generators/measure.ts';
import { abba, against, meanOf, ratioOf, steadyRatioOf } from '../../bench/paired.ts';

test('docs/benchmarks.md says what the result files say', () => {
  assert.equal(writtenPage(), benchmarksPage(), 'run `node --import tsx bench/docs.ts write`');
});

test('the interval of a paired ratio is that of Student on the logarithms', () => {
  // Logarithms 0.1, 0.2, 0.3: mean 0.2, deviation 0.1, t(2) = 4.303, so half a width of 0.24844.
  const { ratio, low, high } = ratioOf([1, 1, 1], [Math.exp(0.1), Math.exp(0.2), Math.exp(0.3)]);
  assert.ok(Math.abs(Math.log(ratio) - 0.2) < 1e-9);
  assert.ok(Math.abs(Math.log(low) - (0.2 - 0.24844)) < 1e-4, String(low));
  assert.ok(Math.abs(Math.log(high) - (0.2 + 0.24844)) < 1e-4, String(high));
  assert.deepEqual(meanOf([2, 2, 2]), { mean: 2, low: 2, high: 2 });
});

test('a few pairs that met a disturbance hardly move the ratio of many', () => {
  // Logarithms 0.01, 0.02 … 0.13. n = 13: 91 means; C = 45.5 − 1.96 × √204.75 = 17.45, so the 17th from either end.
  const logs = Array.from({ length: 13 }, (_, n) => (n + 1) / 100);
  const ones = logs.map(() => 1);
  const { ratio, low, high } = steadyRatioOf(ones, logs.map(Math.exp));
  const found = [ratio, low, high].map((value) => Math.round(Math.log(value) * 1000) / 1000);
  assert.deepEqual(found, [0.07, 0.045, 0.095]);
  const disturbed = steadyRatioOf(ones, [...logs.slice(0, 12), 3].map(Math.exp));
  assert.ok(Math.abs(Math.log(disturbed.ratio) - 0.07) <= 0.006, String(disturbed.ratio));
});

test('an interval that holds both sides of the bar is unresolved', () => {
  assert.deepEqual(
    [against(1.0, 1.02, 1.03), against(1.02, 1.04, 1.03), against(1.04, 1.05, 1.03)],
    ['met', 'unresolved', 'not met'],
  );
});

test('blocks run A B B A, so that a steady drift cancels', async () => {
  const order: string[] = [];
  let clock = 0;
  const run = (name: string, factor: number) => async () => {
    order.push(name);
    clock += 1;
    return factor * (100 + clock);
  };
  const { ratio } = await abba(10, run('A', 1), run('B', 1.5), () => undefined);
  assert.equal(order.slice(2, 10).join(''), 'ABBAABBA');
  assert.ok(Math.abs(ratio - 1.5) < 1e-9);
});

test('generators are compared within a block, where both passes of both are there', () => {
  const run = (tool: string, cpuUs: number, ratePerSecond: number): Measured => ({
    ...{ tool, figure: 'flat out', cpuUs, ratePerSecond },
    ...{ startMs: 1, startCpuMs: 1, p99Ms: null, peakBytes: null },
  });
  const block = (minimalRate: number) => ({
    measured: [
      ...[run('bundle', 20, 30_000), run('minimal', 80, minimalRate)],
      ...[run('minimal', 120, minimalRate), run('bundle', 40, 30_000)],
    ],
  });
  const [only] = [block(1)].map(({ measured }) => ({ measured: measured.slice(0, 3) }));
  assert.ok(only !== undefined);
  const figures = (rates: readonly number[]) => figuresOf([...rates.map(block), only], ['bundle', 'minimal']);
  const of = (name: string, rates: readonly number[]) => figures(rates).find((figure) => figure.name === name);
  assert.equal(of('CPU per request flat out: bundle', [10_000, 10_000])?.value, 30);
  assert.ok(Math.abs((of('CPU per request flat out: bundle over minimal', [10_000, 10_000])?.value ?? 0) - 0.3) < 1e-9);
  const verdict = (rates: readonly number[]) => of('highest rate: bundle over minimal', rates)?.verdict;
  assert.equal(verdict([10_000, 10_100, 10_000]), 'met');
  assert.equal(verdict([20_000, 20_100, 20_000]), 'not met');
  assert.equal(verdict([10_000, 20_000, 15_000]), 'unresolved');
  assert.equal(verdict([10_000]), 'unresolved', 'one block has no interval');
});
