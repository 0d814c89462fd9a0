import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { burstSpread, spreadInWords, spreadMeasure } from '../../analysis/delivery/burst-spread.ts';
import { longestGapUs, shortestGapUs } from '../../analysis/delivery/ttl.ts';
import { interpret } from '../../analysis/interpret/interpret.ts';
import type { ClockReading } from '../../analysis/journal/clock.ts';
import { Ledger } from '../../analysis/journal/ledger.ts';
import { placesIn } from '../../analysis/journal/places.ts';
import { readRun } from '../../analysis/journal/run.ts';
import { buildReport } from '../../analysis/report.ts';
import type { Manifest } from '../../contract/journal/journal.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { manifestOf, startUs } from '../fixtures/run.ts';

const reading = (atMs: number, aheadMs: number, uncertaintyMs: number): ClockReading => ({
  atUs: startUs + atMs * 1000,
  aheadUs: aheadMs * 1000,
  uncertaintyUs: uncertaintyMs * 1000,
});

interface Written {
  readonly id: string;
  /** What its own clock says when the run's says 1,000 and 2,000 ms. */
  readonly aheadMs: number;
  readonly pair: Manifest['clock'];
}

/** A run folder in which each generator sent two requests, 1,000 and 2,000 ms after the start, that took 5 ms. */
function runOf(generators: readonly Written[], clocks: Manifest['clocks']) {
  const folder = mkdtempSync(join(tmpdir(), 'generators-'));
  for (const { id, aheadMs, pair } of generators) {
    const us = (ms: number): number => startUs + (ms + aheadMs) * 1000;
    const header = { version: 3, runId: 'made-up', scenario: 'hft', startedAtUs: us(0), clock: pair };
    const request = (ms: number) => ({
      ...{ sendUs: us(ms), endUs: us(ms + 5), phase: 'part_a', purpose: 'load', outcome: 'accepted' },
      ...{ status: 200, webhook: 0, signal: `tag-${id}${ms}` },
    });
    const poll = { pollFromUs: us(3000), pollToUs: us(3010), effects: 0, state: 'drained', missing: 0 };
    write(join(folder, journalFiles.ledger(id, 'hft')), [
      { format: 'ledger', ...header },
      ...[request(1000), request(2000), poll],
    ]);
    const stall = { stallFromUs: us(1500), stallToUs: us(1700) };
    const dropped = { second: Math.floor(us(1000) / 1e6), phase: 'part_a', dropped: 1 };
    write(join(folder, journalFiles.timeline(id, 'hft')), [{ format: 'timeline', ...header }, stall, dropped]);
  }
  const made = manifestOf(['hft'], builtInProfiles.embedded);
  const window = { name: 'hft', startedAtUs: startUs, endedAtUs: startUs + 60_000_000, k6ExitCode: 0, k6Signal: null };
  const manifest: Manifest = {
    ...made,
    generators: generators.map(({ id }) => id),
    scenarios: [window],
    ...(clocks === undefined ? {} : { clocks }),
  };
  return readRun(manifest, placesIn(folder, manifest));
}

function write(path: string, lines: readonly object[]): void {
  mkdirSync(dirname(path), { recursive: true });
  const all = [...lines, { end: true, lines: lines.length - 1 }];
  writeFileSync(path, `${all.map((line) => JSON.stringify(line)).join('\n')}\n`);
}

const own = { wallUs: startUs, monotonicUs: 0 };
const other = { wallUs: startUs + 5_000_000, monotonicUs: 77 };
/** Two seconds ahead, and a millisecond more after half a minute. */
const measured = { far: [reading(0, 2100, 3), reading(30_000, 2101, 2), reading(60_000, 2102, 1)] };
const ms = (us: number): number => Number(((us - startUs) / 1000).toFixed(2));

test('the files of a generator elsewhere are read on the clock of the run, with what its clock leaves open', () => {
  const run = runOf(
    [
      { id: 'far', aheadMs: 2100, pair: other },
      { id: 'near', aheadMs: 0, pair: own },
    ],
    measured,
  );
  const { ledger, timeline } = run.scenarios[0] ?? {};
  assert.ok(ledger && timeline);
  assert.equal(run.clocks.get('near')?.source, 'own');
  // 3 ms of the worst reading, and 15 ppm of half a minute's half.
  assert.equal(run.clocks.get('far')?.uncertaintyUs, 3225);
  assert.ok(Math.abs(ms(ledger.notedSendUs(0)) - 1000) < 0.1, `${ms(ledger.notedSendUs(0))}`);
  assert.ok(Math.abs(ledger.notedSendUs(0) - ledger.sendUs(0) - 3225) < 1);
  assert.ok(Math.abs(ledger.endUs(0) - ledger.notedEndUs(0) - 3225) < 1);
  assert.equal(ledger.tookUs(0), 5000, 'a duration on one clock is exact');
  assert.deepEqual([ms(ledger.sendUs(2)), ms(ledger.endUs(2))], [1000, 1005]);
  for (const { fromUs, toUs } of timeline.stalls) {
    assert.deepEqual([Math.round(ms(fromUs)), Math.round(ms(toUs))], [1500, 1700]);
  }
  assert.deepEqual(
    timeline.drops.map(({ second }) => second - startUs / 1e6),
    [1, 1],
  );
  for (const { fromUs } of ledger.effectTimes.polls) assert.equal(Math.round(ms(fromUs)), 3000);
});

test('what one generator sent lies exactly beside what it sent; across generators the clocks count', () => {
  const { ledger } = runOf(
    [
      { id: 'far', aheadMs: 2100, pair: other },
      { id: 'near', aheadMs: 0, pair: own },
    ],
    measured,
  ).scenarios[0] ?? { ledger: null };
  assert.ok(ledger);
  const round = (us: number): number => Math.round(us / 100) / 10;
  assert.deepEqual([round(longestGapUs(ledger, 0, 1)), round(shortestGapUs(ledger, 0, 1))], [1005, 995]);
  assert.deepEqual([round(longestGapUs(ledger, 0, 3)), round(shortestGapUs(ledger, 0, 3))], [1008.3, 991.8]);
});

test('one generator elsewhere lies exactly beside itself, and its clock counts beside the monitors only', () => {
  const { scenarios, clocks } = runOf([{ id: 'far', aheadMs: 2100, pair: other }], measured);
  const ledger = scenarios[0]?.ledger ?? new Ledger();
  assert.equal(ledger.sendUs(0), ledger.notedSendUs(0));
  assert.equal(ledger.clockUs, clocks.get('far')?.uncertaintyUs);
});

test('a generator that nobody measured is told once, and keeps what depends on it open', () => {
  const generators = [
    { id: 'far', aheadMs: 2100, pair: other },
    { id: 'near', aheadMs: 0, pair: own },
  ];
  const report = buildReport(interpret(runOf(generators, undefined)), { strict: false, now: new Date(0) });
  assert.deepEqual(report.generators?.[0], {
    id: 'far',
    clock: { aheadMs: null, uncertaintyMs: null, source: 'unknown' },
  });
  const says = /nobody measured the clock of far: what depends on when it sent, beside others, is inconclusive/;
  assert.equal(report.scenarios[0]?.notes.filter((note) => says.test(note)).length, 1);
  const limiter = report.findings.find(({ criterion }) => criterion === 'rate-limiter');
  assert.equal(limiter?.status, 'inconclusive');
  assert.match(limiter?.evidence[0] ?? '', says);
});

test('the spread of a burst is told with what the clocks leave open', () => {
  const ledger = new Ledger();
  assert.equal(burstSpread(ledger), null);
  assert.equal(spreadInWords({ ms: 12.34, uncertaintyMs: 0 }), '12.3 ms');
  assert.equal(spreadInWords({ ms: 12.34, uncertaintyMs: 6.5 }), '12.3 ms ±6.5 ms');
  const spread = { name: 'burst-spread', unit: 'ms' } as const;
  assert.deepEqual(spreadMeasure({ ms: 12, uncertaintyMs: 0 }), { ...spread, value: 12 });
  assert.deepEqual(spreadMeasure({ ms: 4, uncertaintyMs: 6 }), { ...spread, value: 4, low: 0, high: 10 });
});
