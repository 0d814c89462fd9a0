import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { K6Metric } from '../../analysis/journal/k6-summary.ts';
import { mergedMetrics } from '../../analysis/journal/merged-k6-metrics.ts';

const metric = (type: string, values: K6Metric['values'], kept: K6Metric['kept']): K6Metric => ({
  type,
  contains: 'time',
  values,
  kept,
});

const merged = (...parts: readonly K6Metric[]): K6Metric | undefined =>
  mergedMetrics(parts.map((part) => new Map([['m', part]]))).get('m');

test('thresholds that one part of the load misses are judged over the whole, where sums tell', () => {
  const trend = (count: number, avg: number, max: number, p95: boolean) =>
    metric(
      'trend',
      { count, avg, min: 1, max, 'p(95)': 7 },
      { 'avg<100': avg < 100, 'max<=500': max <= 500, 'p(95)<9': p95 },
    );
  const both = merged(trend(30, 60, 400, true), trend(10, 140, 450, true));
  assert.deepEqual(both?.values, { count: 40, avg: 80, min: 1, max: 450 });
  assert.deepEqual(both?.kept, { 'avg<100': true, 'max<=500': true, 'p(95)<9': true });
  assert.deepEqual(merged(trend(10, 60, 400, true), trend(30, 140, 600, false))?.kept, {
    'avg<100': false,
    'max<=500': false,
  });
  // A part without samples says nothing.
  const empty = metric(
    'trend',
    { count: 0, avg: 0, min: 0, max: 0 },
    { 'avg<100': true, 'max<=500': true, 'p(95)<9': true },
  );
  assert.deepEqual(merged(empty, trend(5, 140, 600, false))?.kept, {
    'avg<100': false,
    'max<=500': false,
    'p(95)<9': false,
  });
});

test('rates and counters add up; a share of a counter says nothing of the sum', () => {
  const rate = (passes: number, fails: number) =>
    metric('rate', { passes, fails, rate: passes / (passes + fails) }, { 'rate>0.9': passes / (passes + fails) > 0.9 });
  assert.deepEqual(merged(rate(99, 1), rate(8, 2))?.kept, { 'rate>0.9': true });
  assert.deepEqual(merged(rate(99, 1), rate(8, 12))?.kept, { 'rate>0.9': false });
  const counter = (count: number) =>
    metric('counter', { count, rate: count }, { 'count<10': count < 10, 'rate<10': true });
  assert.deepEqual(merged(counter(6), counter(7))?.kept, { 'count<10': false });
  const gauge = (value: number) => metric('gauge', { value }, { 'value<10': value < 10 });
  assert.deepEqual(merged(gauge(6), gauge(7))?.kept, { 'value<10': true });
  assert.deepEqual(merged(gauge(6), gauge(17))?.kept, {});
});
