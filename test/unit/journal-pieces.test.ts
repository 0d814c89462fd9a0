import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { openJournal } from '../../analysis/journal/manifest.ts';
import { generatorsOfPieces, manifestOfPieces } from '../../analysis/journal/pieces.ts';
import { placesIn } from '../../analysis/journal/places.ts';
import { readRun } from '../../analysis/journal/run.ts';
import { clockWasEven } from '../../analysis/limiter/clock-steps.ts';
import { environmentFingerprint } from '../../cli/run/manifest-file.ts';
import { journalVersion } from '../../contract/journal/journal.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { manifestOf, startUs } from '../fixtures/run.ts';

const histogram = (): string => {
  const made = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 120_000_000,
    numberOfSignificantValueDigits: 3,
  });
  made.recordValue(2000);
  return encodeIntoCompressedBase64(made);
};

const count = (second: number): object => ({
  ...{ second, phase: 'part_a', purpose: 'load', outcome: 'accepted', count: 1 },
  ...{ service: histogram(), full: histogram() },
});
const request = (atUs: number, signal: string): object => ({
  ...{ sendUs: atUs, endUs: atUs + 2000, phase: 'part_a', purpose: 'load', outcome: 'accepted', status: 200 },
  ...{ webhook: 0, signal },
});

function writeLines(path: string, format: string, lines: readonly object[]): void {
  const header = { format, version: journalVersion, runId: 'made-up', scenario: 'hft', startedAtUs: startUs };
  const all = [{ ...header, clock: { wallUs: startUs, monotonicUs: 0 } }, ...lines, { end: true, lines: lines.length }];
  writeFileSync(path, all.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** A run folder with these generators, one request each. */
function folderOf(generators: readonly string[], seconds: readonly number[] = []): string {
  const folder = mkdtempSync(join(tmpdir(), 'pieces-'));
  generators.forEach((id, n) => {
    mkdirSync(join(folder, journalFiles.generator(id)), { recursive: true });
    const summary = { metrics: { webhook_load_accepted: { values: { count: 1 } } } };
    writeFileSync(join(folder, journalFiles.summary(id, 'hft')), JSON.stringify(summary));
    const counts = [startUs / 1e6, ...seconds].map(count);
    writeLines(join(folder, journalFiles.timeline(id, 'hft')), 'timeline', counts);
    writeLines(join(folder, journalFiles.ledger(id, 'hft')), 'ledger', [request(startUs + n, `tag-${n}`)]);
  });
  return folder;
}

const manifest = {
  ...manifestOf(['hft'], builtInProfiles.embedded),
  monitors: [],
  scenarios: [
    { name: 'hft' as const, startedAtUs: startUs, endedAtUs: startUs + 5_000_000, k6ExitCode: 0, k6Signal: null },
  ],
};

test('several generators are found by listing and add up, and each row keeps its generator', () => {
  const folder = folderOf(['k6-1', 'k6-2']);
  const run = readRun(manifest, placesIn(folder, manifest));
  assert.deepEqual(run.gaps, []);
  assert.deepEqual(run.generators, ['k6-1', 'k6-2']);
  const [scenario] = run.scenarios;
  assert.ok(scenario !== undefined && scenario.ledger !== null && scenario.timeline !== null);
  const { ledger, timeline, summary } = scenario;
  assert.equal(ledger.length, 2);
  assert.deepEqual([ledger.generatorOf(0), ledger.generatorOf(1)], [0, 1]);
  assert.equal(timeline.counts.get('load')?.get('accepted'), 2);
  assert.equal(timeline.service?.count, 2);
  assert.equal(timeline.seconds[0]?.outcomes.accepted, 2);
  assert.equal(summary?.get('load')?.get('accepted'), 2);
});

test('a generator that the manifest names and that left nothing is a gap in each of its files', () => {
  const both = { ...manifest, generators: ['k6-1', 'k6-2'] };
  const run = readRun(both, placesIn(folderOf(['k6-1']), both));
  assert.deepEqual(
    run.gaps.map(({ file }) => file).sort(),
    [
      journalFiles.ledger('k6-2', 'hft'),
      journalFiles.summary('k6-2', 'hft'),
      journalFiles.timeline('k6-2', 'hft'),
    ].sort(),
  );
  assert.equal(run.scenarios[0]?.summary, null);
});

test('what went wrong with one of several generators is told with its name', () => {
  const exit = { k6ExitCode: null, k6Signal: 'SIGKILL' };
  const ends = [
    { id: 'k6-1', k6ExitCode: 0, k6Signal: null, problem: null },
    { id: 'k6-2', ...exit, problem: 'ended with SIGKILL before its load was over; the others go on' },
  ];
  const scenarios = manifest.scenarios.map((window) => ({ ...window, ...exit, generators: ends }));
  const run = readRun({ ...manifest, scenarios }, placesIn(folderOf(['k6-1', 'k6-2']), manifest));
  assert.deepEqual(run.gaps, [
    {
      file: journalFiles.timeline('k6-2', 'hft'),
      problem: 'k6-2 ended with SIGKILL before its load was over; the others go on',
    },
  ]);
});

test('a count of a second in which the scenario did not run is told as damage, and not counted', () => {
  const run = readRun(manifest, placesIn(folderOf(['k6-1'], [0, startUs / 1e6 + 3e7]), manifest));
  assert.deepEqual(
    run.gaps.map(({ file, problem }) => ({ file, problem })),
    [
      {
        file: journalFiles.timeline('k6-1', 'hft'),
        problem: '2 of its lines could not be read (first: a second in which the scenario did not run)',
      },
    ],
  );
  assert.equal(run.scenarios[0]?.timeline?.seconds.length, 1);
});

test('pieces without a ledger have a window all the same', () => {
  const folder = mkdtempSync(join(tmpdir(), 'no-ledger-'));
  writeLines(join(folder, 'hft.timeline.ndjson'), 'timeline', [count(startUs / 1e6 + 7)]);
  const made = manifestOfPieces(generatorsOfPieces(folder), [], { profile: builtInProfiles.generic, node: 'v20' });
  assert.deepEqual(
    made?.scenarios.map(({ name, startedAtUs, endedAtUs }) => ({ name, startedAtUs, endedAtUs })),
    [{ name: 'hft', startedAtUs: startUs, endedAtUs: startUs + 8_000_000 }],
  );
});

test('pieces of several generators in one folder are read as those of one run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'several-'));
  for (const [id, second] of [
    ['k6-2', 9],
    ['k6-10', 3],
  ] as const) {
    mkdirSync(join(folder, id));
    writeLines(join(folder, id, 'hft.timeline.ndjson'), 'timeline', [count(startUs / 1e6 + second)]);
  }
  mkdirSync(join(folder, 'lost+found'));
  const generators = generatorsOfPieces(folder);
  assert.deepEqual(generators, [
    { id: 'k6-2', folder: join(folder, 'k6-2') },
    { id: 'k6-10', folder: join(folder, 'k6-10') },
  ]);
  const made = manifestOfPieces(generators, [], { profile: builtInProfiles.generic, node: 'v20' });
  assert.deepEqual([made?.generators, made?.monitors, made?.command], [['k6-2', 'k6-10'], [], ['hft']]);
  assert.equal(made?.scenarios[0]?.endedAtUs, startUs + 10_000_000);
  assert.deepEqual(generatorsOfPieces(join(folder, 'lost+found')), []);
});

test('the clock of a server on this machine is known to have been even, as run.json names the system', () => {
  const environment = environmentFingerprint();
  const target = { kind: 'external', baseUrl: 'http://127.0.0.1:8000', workers: null, faults: [] } as const;
  const even = { ...manifest, environment, target, clockMovedUs: 12 };
  assert.equal(clockWasEven(even), environment.os.startsWith('Linux '));
  assert.equal(clockWasEven({ ...even, environment: { ...environment, os: 'Linux 6.18.44-fc' } }), true);
  assert.equal(clockWasEven({ ...even, environment: { ...environment, os: 'Linuxoid 1' } }), false);
  assert.equal(clockWasEven({ ...even, target: { ...target, baseUrl: 'http://10.1.2.3:8000' } }), false);
  assert.equal(clockWasEven({ ...even, clockMovedUs: 3_600_000_000 }), false);
});

test('files that the system refuses to read are gaps that say why; run.json is refused in one line', () => {
  const folder = folderOf(['a']);
  for (const file of [journalFiles.ledger('a', 'hft'), journalFiles.summary('a', 'hft'), journalFiles.manifest]) {
    rmSync(join(folder, file), { force: true });
    mkdirSync(join(folder, file));
  }
  const refusal = 'it cannot be read (EISDIR: illegal operation on a directory)';
  const { gaps } = readRun(manifest, placesIn(folder, manifest));
  for (const file of [journalFiles.ledger('a', 'hft'), journalFiles.summary('a', 'hft')]) {
    assert.ok(
      gaps.some((gap) => gap.file === file && gap.problem === refusal),
      JSON.stringify(gaps),
    );
  }
  assert.equal(openJournal(folder).problem, refusal);
});
