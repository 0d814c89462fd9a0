import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { readNdjson } from '../../analysis/journal/ndjson.ts';
import { readLedger } from '../../analysis/journal/read-ledger.ts';
import { SignalIds } from '../../analysis/journal/signal-ids.ts';
import { readTimeline } from '../../analysis/journal/timeline.ts';
import '../fixtures/seed.ts';

const folder = mkdtempSync(join(tmpdir(), 'journal-'));
let files = 0;

function fileOf(text: string | Buffer): string {
  const path = join(folder, `${files++}.ndjson`);
  writeFileSync(path, text);
  return path;
}

const header = (format: string, runId = 'r1', version = 1): string =>
  JSON.stringify({ format, version, runId, scenario: 'hft', startedAtUs: 1, clock: { wallUs: 1, monotonicUs: 1 } });
const request = JSON.stringify({
  sendUs: 1000,
  endUs: 3500,
  phase: 'part_a',
  purpose: 'load',
  outcome: 'accepted',
  status: 200,
  webhook: 0,
  signal: 'k-1',
});
const end = (lines: number): string => `{"end":true,"lines":${lines}}`;

const cases: readonly (readonly [string, string, RegExp | null])[] = [
  ['whole', `${header('ledger')}\n${request}\n${end(1)}\n`, null],
  ['no end line', `${header('ledger')}\n${request}\n`, /no end line/],
  ['torn last line', `${header('ledger')}\n${request}\n${request.slice(0, 40)}`, /torn/],
  ['end line without newline', `${header('ledger')}\n${request}\n${end(1)}`, null],
  ['a count that is off', `${header('ledger')}\n${request}\n${end(2)}\n`, /counts 2 lines, but it holds 1/],
  ['another run', `${header('ledger', 'r2')}\n${request}\n${end(1)}\n`, /another run, "r2"/],
  ['another format', `${header('timeline')}\n${end(0)}\n`, /format "ledger"/],
  ['a version to come', `${header('ledger', 'r1', 9)}\n${end(0)}\n`, /version is 9/],
  [
    'garbage in the middle',
    `${header('ledger')}\n${request}\n}{\n${request}\n${end(3)}\n`,
    /could not be read \(first: not JSON\)/,
  ],
  [
    'an unknown outcome',
    `${header('ledger')}\n${request.replace('accepted', 'perhaps')}\n${end(1)}\n`,
    /unknown purpose or outcome/,
  ],
  ['lines after the end', `${header('ledger')}\n${end(0)}\n${request}\n`, /after its end line/],
  ['empty', '', /empty/],
  ['no JSON at all', 'hello\nworld\n', /header is not JSON/],
];

for (const [name, text, problem] of cases) {
  test(`journal file: ${name}`, () => {
    const { end: result } = readLedger(fileOf(text), 'r1');
    const problems = result.problems.map(({ text }) => text).join('; ');
    assert.equal(result.complete, problem === null, problems);
    if (problem !== null) assert.match(problems, problem);
  });
}

test('the ledger gives back what a line said', () => {
  const effect = '{"effect":"k-1","webhook":0,"processedAtUs":2000}';
  const { ledger } = readLedger(
    fileOf(`${header('ledger')}\n${request}\n${effect}\n{"readback":0,"effects":1}\n${end(3)}\n`),
    'r1',
  );
  assert.deepEqual(
    [
      ledger.sendUs(0),
      ledger.endUs(0),
      ledger.phaseOf(0),
      ledger.purposeOf(0),
      ledger.outcomeOf(0),
      ledger.statusOf(0),
    ],
    [1000, 3500, 'part_a', 'load', 'accepted', 200],
  );
  assert.deepEqual([ledger.webhookOf(0), ledger.signalOf(0)], [0, 0]);
  assert.equal(ledger.signals.text(0), 'k-1');
  assert.equal(ledger.effects(0), 1);
  assert.deepEqual([...ledger.readbacks], [[0, 1]]);
});

test('golden files that k6 wrote: histograms of Go decode to the numbers that they held', () => {
  const golden = join(import.meta.dirname, '..', 'golden', 'journal');
  const { timeline, end: timelineEnd } = readTimeline(join(golden, 'burst.timeline.ndjson'), 'k6-1795492903595286');
  const { ledger, end: ledgerEnd } = readLedger(join(golden, 'burst.requests.ndjson'), 'k6-1795492903595286');
  assert.deepEqual([timelineEnd.problems, ledgerEnd.problems], [[], []]);
  assert.deepEqual(Object.fromEntries(timeline.counts.get('load') ?? []), { accepted: 1, duplicate: 99 });
  assert.deepEqual([ledger.length, ledger.effectCount, ledger.readbacks.get(0)], [204, 1, 1]);
  // The same times twice: one by one in the ledger, and in the histogram to its three digits.
  const took = Array.from({ length: ledger.length }, (_, at) => at)
    .filter((at) => ledger.purposeOf(at) === 'load')
    .map((at) => ledger.tookUs(at) / 1000)
    .sort((a, b) => a - b);
  assert.equal(took.length, 100);
  const { service } = timeline;
  assert.ok(service !== null);
  for (const [fromHistogram, exact] of [
    [service.p50Ms, took[49]],
    [service.p95Ms, took[94]],
    [service.p99Ms, took[98]],
    [service.maxMs, took[99]],
  ] as const) {
    assert.ok(
      exact !== undefined && Math.abs(fromHistogram - exact) <= exact * 0.001 + 0.001,
      `${fromHistogram} for ${exact}`,
    );
  }
});

test('lines are found whatever the chunks, and long ones are damage', () => {
  const long = 'x'.repeat(900_000);
  const path = fileOf(`${header('ledger')}\n${JSON.stringify({ long })}\n${JSON.stringify({ long })}\n${end(2)}\n`);
  const seen: number[] = [];
  const result = readNdjson(
    path,
    () => null,
    (value) => {
      seen.push(JSON.stringify(value).length);
      return null;
    },
  );
  assert.equal(result.complete, true);
  assert.deepEqual(seen, [900_011, 900_011]);
  const endless = readNdjson(
    fileOf(`${header('ledger')}\n${'y'.repeat(3_000_000)}`),
    () => null,
    () => null,
  );
  assert.match(endless.problems[0]?.text ?? '', /a line of more than/);
});

test('a histogram that cannot be decoded is a bad line, not a crash', () => {
  const line = JSON.stringify({
    second: 1,
    phase: '',
    purpose: 'load',
    outcome: 'accepted',
    count: 1,
    service: 'HISTnonsense',
    full: '',
  });
  const { end: result, timeline } = readTimeline(fileOf(`${header('timeline')}\n${line}\n${end(1)}\n`), 'r1');
  assert.equal(result.complete, false);
  assert.equal(timeline.service, null);
});

test('property: signal ids are numbered once each and given back unchanged', () => {
  const id = fc.oneof(
    fc.string(),
    fc.integer({ min: 0, max: 300 }).map((n) => `run-${n}`),
    fc.integer({ min: 0, max: 300 }).map((n) => `run-0${n}`),
    fc.nat().map((n) => `x${n}`),
  );
  fc.assert(
    fc.property(fc.array(id, { maxLength: 300 }), (ids) => {
      const numbered = new SignalIds();
      const expected = new Map<string, number>();
      for (const text of ids) {
        if (!expected.has(text)) expected.set(text, expected.size);
        assert.equal(numbered.indexOf(text), expected.get(text));
      }
      assert.equal(numbered.size, expected.size);
      for (const [text, index] of expected) assert.equal(numbered.text(index), text);
    }),
    { numRuns: 500 },
  );
});
