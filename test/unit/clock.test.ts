import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ClockReading, measuredClock, onRunClock, sameMachineClock } from '../../analysis/journal/clock.ts';
import { placeOfMonitor } from '../../analysis/journal/monitor-place.ts';
import { readServer, type ServerTimeline } from '../../analysis/journal/server.ts';
import type { ClockPair, Manifest } from '../../contract/journal/journal.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { seeded } from '../fixtures/random.ts';
import { manifestOf, sampleOf, startUs } from '../fixtures/run.ts';

const run = { startedAtUs: startUs, endedAtUs: startUs + 60_000_000 };
const reading = (atMs: number, aheadMs: number, uncertaintyMs = 1): ClockReading => ({
  atUs: startUs + atMs * 1000,
  aheadUs: aheadMs * 1000,
  uncertaintyUs: uncertaintyMs * 1000,
});

test('a clock drifts evenly between two readings, and stays as it was beyond them', () => {
  const clock = measuredClock([reading(60_000, 130), reading(0, 100)], run);
  const at = (ofRunMs: number, aheadMs: number): number =>
    Math.round(onRunClock(clock, startUs + (ofRunMs + aheadMs) * 1000) - startUs);
  assert.equal(at(0, 100), 0);
  assert.equal(at(30_000, 115), 30_000_000);
  assert.equal(at(60_000, 130), 60_000_000);
  assert.equal(at(-1000, 100), -1_000_000);
  assert.equal(at(61_000, 130), 61_000_000);
  assert.equal(
    clock.uncertaintyUs,
    1000 + 30_000_000 * 15e-6,
    '30 ms in a minute is drift, and it may wander by 15 ppm',
  );
});

test('what no reading covers, and what is more than drift, widens the uncertainty', () => {
  assert.equal(measuredClock([reading(0, 100)], run).uncertaintyUs, 1000 + 60_000_000 * 500e-6);
  const wanderUs = 30_000_000 * 15e-6;
  assert.equal(
    measuredClock([reading(0, 100), reading(60_000, 300)], run).uncertaintyUs,
    1000 + wanderUs + 200_000,
    'a step of 200 ms',
  );
  // It was corrected in the second half: no even drift, and no step.
  const bent = [reading(0, 100), reading(30_000, 100), reading(60_000, 110)];
  assert.equal(Math.round(measuredClock(bent, run).uncertaintyUs), 1000 + wanderUs / 2 + 5000 - 2000);
  assert.equal(measuredClock([], run).uncertaintyUs, Number.POSITIVE_INFINITY);
});

test('in 1,000 simulated machines no time is off by more than it says', () => {
  const random = seeded(14);
  for (let n = 0; n < 1000; n += 1) {
    // Up to 500 ms apart and 100 ppm of drift; answers take up to 20 ms longer one way than the other.
    const [skewUs, drift] = [(random() - 0.5) * 1e6, (random() - 0.5) * 200e-6];
    const aheadAt = (atUs: number): number => skewUs + drift * (atUs - startUs);
    const measured = [0, 30_000_000, 60_000_000].map((afterUs): ClockReading => {
      const [there, back] = [random() * 20_000, random() * 20_000];
      const atUs = startUs + afterUs + (there + back) / 2;
      const saidUs = startUs + afterUs + there + aheadAt(startUs + afterUs + there);
      return { atUs, aheadUs: saidUs - atUs, uncertaintyUs: (there + back) / 2 };
    });
    const clock = measuredClock(measured, run);
    for (let k = 0; k < 10; k += 1) {
      const trueUs = startUs + random() * 60_000_000;
      const off = Math.abs(onRunClock(clock, trueUs + aheadAt(trueUs)) - trueUs);
      assert.ok(off <= clock.uncertaintyUs, `machine ${n}: off by ${off}, said ±${clock.uncertaintyUs}`);
    }
  }
});

test('two clocks of one machine are laid beside each other by what they both count', () => {
  const ofRun: ClockPair = { wallUs: startUs, monotonicUs: 500 };
  // Its wall clock was set forward by 3 s between the two.
  const own: ClockPair = { wallUs: startUs + 8_000_000, monotonicUs: 5_000_500 };
  const clock = sameMachineClock(own, ofRun);
  assert.equal(onRunClock(clock, own.wallUs), startUs + 5_000_000);
  assert.equal(clock.uncertaintyUs, 0);
});

interface Written {
  readonly manifest?: Partial<Manifest>;
  readonly aheadMs?: number;
  readonly bootId?: string;
  readonly runId?: string;
  readonly clocks?: ReadonlyMap<string, ReturnType<typeof measuredClock>>;
}

/** A monitor's file of its own run, as read into a made-up run. */
function readBack({ manifest = {}, aheadMs = 700, bootId = 'elsewhere', runId = 'monitor-1', clocks }: Written) {
  const path = join(mkdtempSync(join(tmpdir(), 'elsewhere-')), 'app-1.ndjson');
  const aheadUs = aheadMs * 1000;
  const samples = Array.from({ length: 240 }, (_, n) => sampleOf(n * 1000 - 90_000));
  const lines = [
    { format: 'server', version: 3, runId, startedAtUs: startUs, clock: { wallUs: startUs + aheadUs, monotonicUs: 0 } },
    { bootId, host: 'app-1', rootPid: 100, cores: 2, intervalMs: 1000, memorySource: 'rss' },
    ...samples.map((sample) => ({ ...sample, atUs: sample.atUs + aheadUs })),
    { end: true, lines: samples.length + 1 },
  ];
  writeFileSync(path, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
  const ofRun: Manifest = { ...manifestOf(['hft'], builtInProfiles.embedded), ...manifest };
  return readServer(path, placeOfMonitor(ofRun, { id: 'app-1', oneRun: true, clocks }));
}

const firstMs = (server: ServerTimeline | null): number => ((server?.samples.at(0)?.atUs ?? 0) - startUs) / 1000;
const remote = (clock: readonly ClockReading[]): Partial<Manifest> => ({
  monitors: ['app-1'],
  remoteMonitors: [{ id: 'app-1', runId: 'monitor-1', clock: [...clock], problem: null }],
});

test('a file from elsewhere is read on the clock of the run, and what is of another time is left out', () => {
  const { server, end } = readBack({ manifest: remote([reading(0, 700), reading(60_000, 700)]) });
  assert.deepEqual(end.problems, []);
  assert.equal(server?.clock.source, 'measured');
  assert.equal(firstMs(server), -3000);
  assert.equal(server?.samples.length, 67);
});

test('what is known of a clock: by hand, from the same boot, or not at all', () => {
  const byHand = new Map([['app-1', measuredClock([reading(0, 700, 30)], run)]]);
  assert.equal(readBack({ clocks: byHand }).server?.samples.at(63)?.atUs, startUs + 60_000_000);
  const sameBoot = readBack({ bootId: 'here', manifest: { bootId: 'here' } }).server;
  assert.equal(sameBoot?.clock.source, 'same machine');
  const unknown = readBack({}).server;
  assert.equal(unknown?.clock.source, 'unknown');
  assert.equal(unknown?.samples.length, 240, 'nobody knows which of them are of the run');
});

test('a file of a monitor that was started anew is not the one whose clock was measured', () => {
  const { end } = readBack({ runId: 'monitor-2', manifest: remote([reading(0, 700)]) });
  assert.match(end.problems[0]?.text ?? '', /it belongs to another run, "monitor-2"/);
});
