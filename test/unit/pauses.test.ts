import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { monitorPiece } from '../../contract/journal/monitor-pieces.ts';
import { journalFiles, localMonitor } from '../../contract/journal/paths.ts';
import type { Report } from '../../contract/report/report.ts';
import { reportIn, writeSoak } from '../fixtures/pieced-journal.ts';
import { startUs } from '../fixtures/run.ts';
import { type SoakFaults, soakTrace } from '../fixtures/soak-trace.ts';

/** The report of a soak whose monitor was killed in the middle, saw nothing for some samples, and went on in another file. */
function reportWith(faults: SoakFaults, unseen: number | null): Report {
  const recorded = soakTrace(1, faults);
  const folder = writeSoak(recorded, 1);
  try {
    if (unseen !== null) splitMonitor(join(folder, journalFiles.monitor(localMonitor)), unseen);
    return reportIn(folder, recorded);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The report of a soak whose monitor has no sample of its first or last seconds, and an end line all the same. */
function reportWithin(fromSecond: number, toSecond: number): Report {
  const recorded = soakTrace(1);
  const within = (atUs: number): boolean => atUs >= startUs + fromSecond * 1e6 && atUs <= startUs + toSecond * 1e6;
  const server = recorded.server.filter((line) => !('atUs' in line) || within(line.atUs));
  const folder = writeSoak({ ...recorded, server }, 1);
  try {
    return reportIn(folder, recorded);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function splitMonitor(path: string, unseen: number): void {
  const [header = '', identity = '', ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  const data = lines.slice(0, -1);
  const middle = data.length >> 1;
  const after = [identity, ...data.slice(middle + unseen)];
  const text = (parts: readonly string[]): string => parts.map((line) => `${line}\n`).join('');
  writeFileSync(path, text([header, identity, ...data.slice(0, middle)]));
  const end = JSON.stringify({ end: true, lines: after.length });
  writeFileSync(monitorPiece(path, 2), text([header, ...after, end]));
}

const summaryIn = (report: Report, criterion: string): string =>
  report.findings.find((finding) => finding.criterion === criterion)?.summary ?? '';

const statusIn = (report: Report, criterion: string) =>
  report.findings.find((finding) => finding.criterion === criterion)?.status;

describe('a monitor that died and was started again', () => {
  test('leaves a pause: what must be watched all the time is open, what compares many points is judged', () => {
    const report = reportWith({}, 3);
    assert.match(report.gaps.map(({ problem }) => problem).join(), /^the monitor died and was started again: nobody/);
    for (const criterion of ['worker-crashes', 'cpu']) assert.equal(statusIn(report, criterion), 'inconclusive');
    for (const criterion of ['memory-leak', 'memory-growth', 'descriptors', 'exactly-once', 'p95-response-time']) {
      assert.equal(statusIn(report, criterion), 'pass', criterion);
    }
  });

  test('hides neither a leak nor descriptors that grow', () => {
    assert.equal(statusIn(reportWith({ leakBytes: 40_000 }, 3), 'memory-leak'), 'fail');
    assert.equal(statusIn(reportWith({ descriptors: 12 }, 3), 'descriptors'), 'warn');
  });

  test('its healthy twin passes all of these', () => {
    const report = reportWith({}, null);
    assert.deepEqual(report.gaps, []);
    for (const criterion of ['worker-crashes', 'cpu', 'memory-leak', 'memory-growth', 'descriptors']) {
      assert.equal(statusIn(report, criterion), 'pass', criterion);
    }
  });
});

describe('a monitor that watched a part of the load, and ended gracefully', () => {
  for (const [what, from, to, problem] of [
    ['somebody ended it, or its last file is missing', 0, 30, /^it ends \d+\.\d s before the last scenario does$/],
    ['it began late', 20, 100, /^it begins 20\.0 s after the first scenario$/],
  ] as const) {
    test(`passes nothing that must be watched all the time: ${what}`, () => {
      const report = reportWithin(from, to);
      assert.match(report.gaps.map((gap) => gap.problem).join(), problem);
      for (const criterion of ['worker-crashes', 'cpu']) assert.equal(statusIn(report, criterion), 'inconclusive');
      assert.match(summaryIn(report, 'cpu'), /^evidence is missing \(monitors\/local\.ndjson: it (?:begins|ends) /);
      assert.equal(statusIn(report, 'exactly-once'), 'pass');
    });
  }

  test('its edges are its own matter up to five seconds', () => {
    const report = reportWithin(4, 1000);
    assert.deepEqual([report.gaps, statusIn(report, 'cpu')], [[], 'pass']);
  });
});
