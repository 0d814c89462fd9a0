import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { interpret } from '../../analysis/interpret/interpret.ts';
import { emptyHistogram, encodeHistogram, type Histogram, recordUs } from '../../analysis/journal/histogram.ts';
import { placesIn } from '../../analysis/journal/places.ts';
import { readRun } from '../../analysis/journal/run.ts';
import { buildReport } from '../../analysis/report.ts';
import type { Manifest } from '../../contract/journal/journal.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import type { Latency } from '../../contract/report/report.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { normal, seeded } from '../fixtures/random.ts';
import { manifestOf, startUs } from '../fixtures/run.ts';
import { seed } from '../fixtures/seed.ts';

// p99.9 of four merged generators, from their files to the report, against the exact one of all times pooled.

const samples = 120_000;
const seconds = 8;
/** Of the load. No two generators have the same, and one has hardly any. */
const shares = [0.62, 0.27, 0.1, 0.01] as const;

/** A response time in microseconds of the generator with this number. */
type Times = (random: () => number, generator: number) => number;

const lognormal =
  (medianUs: number, sigma: number): Times =>
  (random) =>
    medianUs * Math.exp(sigma * normal(random));
const pareto =
  (minUs: number, alpha: number): Times =>
  (random) =>
    minUs / (1 - random()) ** (1 / alpha);

const distributions: Readonly<Record<string, Times>> = {
  lognormal: lognormal(2_000, 1.5),
  'Pareto, without a variance': pareto(800, 1.3),
  'two modes, the slow one 0.15% of all': (random, n) =>
    random() < 0.0015 ? 2_000_000 + 3_000_000 * random() : lognormal(3_000, 0.3)(random, n),
  'slow by the smallest generator alone': (random, n) =>
    (n === 3 ? pareto(50_000, 1.5) : lognormal(1_500, 0.5))(random, n),
  'generators at different distances': (random, n) => n * 20_000 + lognormal(1_000, 1)(random, n),
};

interface Made {
  readonly latency: Latency;
  /** In order. */
  readonly pooledUs: Float64Array;
  /** By generator, in order. */
  readonly eachUs: readonly Float64Array[];
}

function made(times: Times, random: () => number): Made {
  const folder = mkdtempSync(join(tmpdir(), 'percentiles-'));
  const eachUs = shares.map((share, n) =>
    // Go measures in whole microseconds, and k6/timeline records no time beyond its histogram.
    Float64Array.from({ length: Math.round(share * samples) }, () =>
      Math.min(120_000_000, Math.max(1, Math.round(times(random, n)))),
    ),
  );
  const ids = shares.map((_, n) => `k6-${n + 1}`);
  for (const [n, all] of eachUs.entries()) write(folder, ids[n] ?? '', all);
  const window = { name: 'sustained', startedAtUs: startUs, endedAtUs: startUs + 60_000_000 };
  const manifest: Manifest = {
    ...manifestOf(['sustained'], builtInProfiles.embedded),
    generators: ids,
    scenarios: [{ ...window, k6ExitCode: 0, k6Signal: null }],
  };
  const run = interpret(readRun(manifest, placesIn(folder, manifest)));
  const latency = buildReport(run, { strict: false, now: new Date(0) }).scenarios[0]?.service;
  assert.ok(latency);
  return {
    latency,
    eachUs: eachUs.map((all) => all.toSorted()),
    pooledUs: Float64Array.from(eachUs.flatMap((all) => [...all])).sort(),
  };
}

/** A timeline as a generator writes it: a histogram for each second. */
function write(folder: string, id: string, timesUs: Float64Array): void {
  const bySecond = Array.from({ length: seconds }, () => emptyHistogram());
  timesUs.forEach((us, n) => {
    recordUs(bySecond[n % seconds] as Histogram, us);
  });
  const clock = { wallUs: startUs, monotonicUs: 0 };
  const lines: readonly object[] = [
    { format: 'timeline', version: 3, runId: 'made-up', scenario: 'sustained', startedAtUs: startUs, clock },
    ...bySecond.map((histogram, n) => {
      const service = encodeHistogram(histogram);
      const key = { second: Math.floor(startUs / 1e6) + n, phase: 'sustained', purpose: 'load', outcome: 'accepted' };
      return { ...key, count: histogram.totalCount, service, full: service };
    }),
    { end: true, lines: seconds },
  ];
  const path = join(folder, journalFiles.timeline(id, 'sustained'));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
}

const exactUs = (sortedUs: Float64Array, percent: number): number =>
  sortedUs[Math.ceil((percent * sortedUs.length) / 100 - 1e-6) - 1] ?? 0;

const offBy = (foundUs: number, truthUs: number): number => Math.abs(foundUs - truthUs) / truthUs;

for (const [name, times] of Object.entries(distributions)) {
  test(`p99.9 of four merged generators is that of the pooled times: ${name}`, (t) => {
    const { latency, pooledUs, eachUs } = made(times, seeded(seed));
    assert.equal(latency.count, pooledUs.length);
    const found = { 50: latency.p50Ms, 90: latency.p90Ms, 95: latency.p95Ms, 99: latency.p99Ms, 99.9: latency.p999Ms };
    for (const [percent, ms = 0] of Object.entries(found)) {
      const truthUs = exactUs(pooledUs, Number(percent));
      // Three digits of the histogram, and a hundredth of the 1% that is asked for more.
      assert.ok(offBy(ms * 1000, truthUs) < 0.0011, `p${percent}: ${ms} ms of ${truthUs} µs`);
    }
    // What those who cannot merge do: a mean of percentiles, weighted by count.
    const mean = eachUs.reduce((sum, all) => sum + (exactUs(all, 99.9) * all.length) / pooledUs.length, 0);
    t.diagnostic(
      `p99.9 ${latency.p999Ms} ms; the mean of four is off by ${(100 * offBy(mean, exactUs(pooledUs, 99.9))).toFixed(1)}%`,
    );
  });
}
