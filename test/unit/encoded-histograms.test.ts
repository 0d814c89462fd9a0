import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { build, decodeFromCompressedBase64 } from 'hdr-histogram-js';
import {
  addEncoded,
  emptyHistogram,
  encodeHistogram,
  type Histogram,
  recordUs,
} from '../../analysis/journal/histogram.ts';
import { seeded } from '../fixtures/random.ts';

const percents = [0.1, 1, 25, 50, 75, 90, 95, 99, 99.9, 100] as const;

const figuresOf = (histogram: Histogram) => ({
  count: histogram.totalCount,
  mean: histogram.mean,
  least: histogram.minNonZeroValue,
  max: histogram.maxValue,
  percentiles: percents.map((percent) => histogram.getValueAtPercentile(percent)),
});

function assertSameAsLibrary(texts: readonly string[]): void {
  const [ours, library] = [emptyHistogram(), emptyHistogram()];
  for (const text of texts) {
    addEncoded(ours, text);
    library.add(decodeFromCompressedBase64(text, 32, false));
  }
  assert.deepEqual(figuresOf(ours), figuresOf(library));
}

test('texts add up to what the library makes of them', () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = seeded(seed);
    const texts = Array.from({ length: 3 }, () => {
      const made = emptyHistogram();
      const n = Math.floor(random() * 400);
      for (let k = 0; k < n; k += 1) recordUs(made, Math.floor(10 ** (random() * 8.1)));
      if (random() < 0.3) made.recordValueWithCount(1 + Math.floor(random() * 1e6), Math.floor(random() * 1e9));
      return encodeHistogram(made);
    });
    assertSameAsLibrary(texts);
  }
});

test('the shortest and the longest time, and none at all', () => {
  const made = emptyHistogram();
  assertSameAsLibrary([encodeHistogram(made)]);
  recordUs(made, 0);
  recordUs(made, Number.MAX_SAFE_INTEGER);
  assertSameAsLibrary([encodeHistogram(made)]);
});

test('what k6 wrote', () => {
  const texts =
    readFileSync('test/golden/journal/burst.timeline.ndjson', 'utf8').match(/(?<="(service|full)":")[^"]+/g) ?? [];
  assert.ok(texts.length > 4);
  assertSameAsLibrary(texts);
});

test('what is damaged or of another kind adds nothing', () => {
  const made = emptyHistogram();
  for (const us of [5, 5, 700, 90_000]) recordUs(made, us);
  const text = encodeHistogram(made);
  const coarse = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 120_000_000,
    numberOfSignificantValueDigits: 2,
  });
  coarse.recordValue(700);
  const longer = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 1e12,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
  });
  longer.recordValue(1e11);
  const sum = emptyHistogram();
  for (const wrong of ['', 'x', text.slice(4), text.slice(0, -8), encodeHistogram(coarse), encodeHistogram(longer)]) {
    assert.throws(() => addEncoded(sum, wrong), wrong);
    assert.equal(sum.totalCount, 0);
  }
});
