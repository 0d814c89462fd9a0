import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { GeneratorSpans } from '../../analysis/interpret/generator-spans.ts';
import { interpret } from '../../analysis/interpret/interpret.ts';
import { emptyHistogram, encodeHistogram } from '../../analysis/journal/histogram.ts';
import { placesIn } from '../../analysis/journal/places.ts';
import { readRun } from '../../analysis/journal/run.ts';
import { anyResponse } from '../../analysis/rules/any-response.ts';
import { errorRate } from '../../analysis/rules/error-rate.ts';
import { p95ResponseTime } from '../../analysis/rules/p95-response-time.ts';
import type { Rule } from '../../analysis/rules/rule.ts';
import type { Manifest } from '../../contract/journal/journal.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import { roles } from '../../contract/plan/roles.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { manifestOf, startUs } from '../fixtures/run.ts';

// Two generators that share `sustained`, ten requests a second each. What a stall of one leaves out are its own requests.

const seconds = 30;
const phase = roles['load.sustained'].name;
const isMiddle = (atMs: number): boolean => atMs >= 10_000 && atMs < 20_000;

interface Sender {
  readonly tookMs: (atMs: number) => number;
  readonly outcome?: (atMs: number) => 'accepted' | 'timeout';
  readonly isStalled?: boolean;
  /** In the middle. */
  readonly dropped?: number;
}

function runOf(senders: readonly Sender[]) {
  const folder = mkdtempSync(join(tmpdir(), 'stalls-'));
  const clock = { wallUs: startUs, monotonicUs: 0 };
  const us = (ms: number): number => startUs + ms * 1000;
  const ids = senders.map((_, n) => `k6-${n + 1}`);
  for (const [n, { tookMs, outcome = () => 'accepted', isStalled = false, dropped = 0 }] of senders.entries()) {
    const id = ids[n] ?? '';
    const header = { version: 3, runId: 'made-up', scenario: 'sustained', startedAtUs: startUs, clock };
    const requests = Array.from({ length: seconds * 10 }, (_, at) => at * 100).map((atMs) => ({
      ...{ sendUs: us(atMs), endUs: us(atMs + tookMs(atMs)), phase, purpose: 'load', outcome: outcome(atMs) },
      ...{ status: outcome(atMs) === 'accepted' ? 200 : 0, webhook: n, signal: `tag-${id}${atMs}` },
    }));
    write(join(folder, journalFiles.ledger(id, 'sustained')), [{ format: 'ledger', ...header }, ...requests]);
    const empty = encodeHistogram(emptyHistogram());
    const count = { second: Math.floor(us(0) / 1e6), phase, purpose: 'load', outcome: 'accepted' };
    write(join(folder, journalFiles.timeline(id, 'sustained')), [
      { format: 'timeline', ...header },
      { ...count, count: requests.length, service: empty, full: empty },
      ...(isStalled ? [{ stallFromUs: us(9_900), stallToUs: us(20_000) }] : []),
      ...(dropped > 0 ? [{ second: Math.floor(us(15_000) / 1e6), phase, dropped }] : []),
    ]);
  }
  const window = {
    ...{ name: 'sustained', startedAtUs: startUs, endedAtUs: us(60_000) },
    ...{ k6ExitCode: 0, k6Signal: null },
  };
  const manifest: Manifest = {
    ...manifestOf(['sustained'], builtInProfiles.embedded),
    generators: ids,
    scenarios: [window],
  };
  return interpret(readRun(manifest, placesIn(folder, manifest)));
}

function write(path: string, lines: readonly object[]): void {
  mkdirSync(dirname(path), { recursive: true });
  const all = [...lines, { end: true, lines: lines.length - 1 }];
  writeFileSync(path, `${all.map((line) => JSON.stringify(line)).join('\n')}\n`);
}

const quick = (): number => 20;
const slowInMiddle = (atMs: number): number => (isMiddle(atMs) ? 3000 : 20);
const stalled: Sender = { tookMs: slowInMiddle, isStalled: true };

const judged = (rule: Rule, senders: readonly Sender[]) => rule.judge(runOf(senders));

test('what one generator saw through its own stall is left out; what the other saw is judged', () => {
  for (const rule of [anyResponse, p95ResponseTime]) {
    const healthy = judged(rule, [stalled, { tookMs: quick }]);
    assert.equal(healthy.status, 'pass', healthy.summary);
    assert.match((healthy.evidence ?? []).join('\n'), /10\d requests overlapped a stall of the generator/);
    for (const order of [
      [stalled, { tookMs: slowInMiddle }],
      [{ tookMs: slowInMiddle }, stalled],
    ]) {
      const faulty = judged(rule, order);
      assert.equal(faulty.status, 'fail', faulty.summary);
    }
  }
  assert.equal(judged(anyResponse, [stalled, stalled]).status, 'pass', 'both stood still');
});

test('timeouts that a stalled generator may have missed itself are its own; those of the other are errors', () => {
  const outcome = (atMs: number) => (isMiddle(atMs) ? 'timeout' : 'accepted') as 'timeout' | 'accepted';
  const timesOut: Sender = { tookMs: slowInMiddle, outcome };
  const healthy = judged(errorRate, [{ ...timesOut, isStalled: true }, { tookMs: quick }]);
  assert.equal(healthy.status, 'pass', healthy.summary);
  const faulty = judged(errorRate, [{ ...stalled, tookMs: quick }, timesOut]);
  assert.notEqual(faulty.status, 'pass', faulty.summary);
});

test('what was dropped in the wake of a stall is left out if the same generator stalled', () => {
  const own = judged(p95ResponseTime, [{ ...stalled, dropped: 60 }, { tookMs: quick }]);
  assert.equal(own.status, 'pass', own.summary);
  const other = judged(p95ResponseTime, [stalled, { tookMs: quick, dropped: 60 }]);
  assert.equal(other.status, 'fail', other.summary);
});

test('spans of several generators: each alone, any, and all at once', () => {
  const span = (generator: number, fromUs: number, toUs: number) => ({ generator, fromUs, toUs });
  const spans = new GeneratorSpans([span(0, 10, 20), span(1, 15, 30), span(0, 18, 25), span(1, 40, 50)]);
  assert.deepEqual(spans.of(0), [{ fromUs: 10, toUs: 25 }]);
  assert.deepEqual(spans.of(2), []);
  assert.deepEqual(spans.ofAny(), [
    { fromUs: 10, toUs: 30 },
    { fromUs: 40, toUs: 50 },
  ]);
  assert.deepEqual(spans.ofAll([0, 1]), [{ fromUs: 15, toUs: 25 }]);
  assert.deepEqual(spans.ofAll([0, 1, 2]), []);
});
