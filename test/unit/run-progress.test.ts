import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { emptyHistogram, recordUs } from '../../analysis/journal/histogram.ts';
import { ProgressLine, type Screen } from '../../cli/run/progress.ts';
import { liveLines, plainLine } from '../../cli/run/progress-words.ts';
import { ScenarioProgress } from '../../cli/run/scenario-progress.ts';
import { type SeenAlert, ServerProgress } from '../../cli/run/server-progress.ts';
import { clockTime, clockTimeWithUnit, TimeLeft } from '../../cli/run/time-left.ts';
import { wantsColor } from '../../cli/terminal/color.ts';
import { fit } from '../../cli/terminal/fit.ts';

const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'progress-')), 'file.ndjson');
const lineOf = (value: unknown): string => `${JSON.stringify(value)}\n`;

function serviceOf(us: number): string {
  const histogram = emptyHistogram();
  recordUs(histogram, us);
  return encodeIntoCompressedBase64(histogram);
}

const count = (outcome: string, n: number, purpose = 'load'): string =>
  lineOf({ second: 1, phase: 'a', purpose, outcome, count: n, service: serviceOf(20_000), full: '' });

test('a scenario in figures: what was sent, its outcomes, the rate of the last seconds, p95', () => {
  const path = newPath();
  let nowMs = 0;
  const progress = new ScenarioProgress([path], () => nowMs);
  assert.deepEqual(progress.read(), { sent: 0, outcomes: {}, requestsPerSecond: 0, p95Ms: null });
  writeFileSync(path, count('accepted', 300) + count('unsent', 7) + count('accepted', 5, 'setup') + count('???', 3));
  nowMs = 2_000;
  const { sent, outcomes, requestsPerSecond, p95Ms } = progress.read();
  assert.deepEqual([sent, outcomes, requestsPerSecond], [300, { accepted: 300, unsent: 7 }, 150]);
  assert.ok(Math.abs((p95Ms ?? 0) - 20) < 0.1, String(p95Ms));
  // Nothing came for longer than the rate looks back.
  for (nowMs = 3_000; nowMs <= 9_000; nowMs += 1_000) progress.read();
  assert.equal(progress.read().requestsPerSecond, 0);
  appendFileSync(path, count('limited', 50));
  nowMs = 10_000;
  assert.equal(progress.read().sent, 350);
  assert.ok(progress.read().requestsPerSecond > 0);
});

test('a server in figures: the last sample, and each alert once, in order', () => {
  const path = newPath();
  const alerts: SeenAlert[] = [];
  const server = new ServerProgress(path, (alert) => alerts.push(alert));
  assert.deepEqual(server.read(), { cpuPercent: null, memoryBytes: null, lastAlert: null });
  const sample = (cpuPercent: number) =>
    lineOf({
      atUs: 5,
      processes: [
        { cpuPercent, pssBytes: 10e6 },
        { cpuPercent: 5, pssBytes: null, rssBytes: 20e6 },
      ],
    });
  const alert = (kind: string, atUs: number) => lineOf({ atUs, alert: kind, message: `it is ${kind}` });
  // A look at the metrics page tells of processes, too: it is no sample of them.
  const page = lineOf({ metrics: 'page', atUs: 5, processes: [{ process: null, heapBytes: 1 }] });
  writeFileSync(path, sample(10) + alert('cpu-high', 1) + alert('boredom', 2) + sample(40) + page);
  assert.deepEqual(server.read(), {
    cpuPercent: 45,
    memoryBytes: 30e6,
    lastAlert: { kind: 'cpu-high', message: 'it is cpu-high', atUs: 1 },
  });
  appendFileSync(path, alert('memory-high', 3));
  assert.equal(server.read().lastAlert?.kind, 'memory-high');
  assert.deepEqual(
    alerts.map(({ kind }) => kind),
    ['cpu-high', 'memory-high'],
  );
});

test('time left: what the plan leaves of this scenario, and all that follows; one that is late says by how much', () => {
  let nowMs = 1_000;
  const time = new TimeLeft({ seconds: [10, 20, 30], cooldownSeconds: 5 }, () => nowMs);
  time.begin(0);
  nowMs = 5_000;
  assert.deepEqual(time.now(), { elapsedSeconds: 4, leftSeconds: 66, lateSeconds: 0 });
  nowMs = 14_000;
  assert.deepEqual(time.now(), { elapsedSeconds: 13, leftSeconds: 60, lateSeconds: 3 });
  time.begin(2);
  nowMs = 20_000;
  assert.deepEqual(time.now(), { elapsedSeconds: 19, leftSeconds: 24, lateSeconds: 0 });
  assert.deepEqual([clockTime(65), clockTime(3725), clockTime(0.4)], ['1:05', '1:02:05', '0:00']);
  assert.deepEqual([clockTimeWithUnit(65), clockTimeWithUnit(3599.7)], ['1:05 min', '1:00:00 h']);
});

const progress = {
  place: '[2/3] sustained',
  time: { elapsedSeconds: 72, leftSeconds: 78, lateSeconds: 0 },
  scenario: { sent: 1204, outcomes: { accepted: 1180, limited: 24 }, requestsPerSecond: 102.4, p95Ms: 12.34 },
  server: { cpuPercent: 45, memoryBytes: 142e6, lastAlert: null },
};

test('progress in words, in one line and in several', () => {
  assert.equal(
    plainLine(progress),
    '[2/3] sustained · 1:12 so far, about 1:18 left · 1204 sent · 1180 accepted · 24 limited · p95 12.3 ms · server 45% CPU · 142 MB',
  );
  const lastAlert = { kind: 'cpu-high' as const, message: 'CPU is high', atUs: 10e6 };
  const late = { ...progress.time, leftSeconds: 0, lateSeconds: 12 };
  assert.deepEqual(liveLines({ ...progress, time: late, server: { ...progress.server, lastAlert } }, 22e6), [
    '[2/3] sustained · 1:12 so far, 0:12 late',
    '  102 requests/s · server 45% CPU · 142 MB',
    '  1204 sent · 1180 accepted · 24 limited · p95 12.3 ms',
    '  last alert, 0:12 ago: CPU is high',
  ]);
});

class MadeScreen implements Screen {
  readonly isTTY: boolean;
  readonly columns: number;
  written = '';
  constructor(isTTY: boolean, columns = 80) {
    this.isTTY = isTTY;
    this.columns = columns;
  }
  write(text: string): void {
    this.written += text;
  }
}

test('on a terminal the lines are replaced, and what is said stays above them', () => {
  const screen = new MadeScreen(true, 30);
  const line = new ProgressLine(screen);
  line.show('one', 'two', 'three');
  line.show('four');
  line.say('stays');
  line.clear();
  assert.equal(screen.written, 'one\ntwo\nthree\r\u001b[2A\u001b[Jfour\r\u001b[Jstays\n');
});

test('no line is as wide as the terminal, however narrow it is, and nothing in it is acted upon', () => {
  for (const columns of [20, 40, 80, 200]) {
    const screen = new MadeScreen(true, columns);
    new ProgressLine(screen).show(`\u001b[31m${'界'.repeat(200)}\u0007\r\n`, `e\u0301\u202E${'x'.repeat(300)}`);
    const [first = '', second = ''] = screen.written.split('\n');
    assert.ok([...first].length <= columns / 2 + 4, first);
    assert.ok([...second].length <= columns, second);
    assert.doesNotMatch(screen.written, /[\p{Cf}\p{Zl}]|(?!\n)\p{Cc}/u);
  }
  assert.equal(fit('abc', 3), 'abc');
  assert.equal(fit('abcd', 3), 'ab…');
  assert.equal(fit('界界界', 5), '界界…');
});

test('in a pipe there is no escape, and --quiet leaves what is wrong', () => {
  const pipe = new MadeScreen(false);
  const line = new ProgressLine(pipe);
  line.show('seldom');
  line.say('a\u001b[2Jb\nc');
  assert.equal(pipe.written, 'a [2Jb\nc\n');
  const quiet = new MadeScreen(true);
  const silent = new ProgressLine(quiet, { isQuiet: true });
  silent.show('progress');
  silent.say('begun');
  silent.warn('k6 ended with code 107');
  assert.equal(quiet.written, 'k6 ended with code 107\n');
});

test('colors: FORCE_COLOR decides alone, else NO_COLOR and a dumb terminal turn them off', () => {
  const [terminal, pipe] = [{ isTTY: true }, {}];
  assert.deepEqual(
    [
      wantsColor(terminal, {}),
      wantsColor(pipe, {}),
      wantsColor(terminal, { NO_COLOR: '1' }),
      wantsColor(terminal, { NO_COLOR: '' }),
      wantsColor(terminal, { TERM: 'dumb' }),
      wantsColor(pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }),
      wantsColor(terminal, { FORCE_COLOR: '0' }),
      wantsColor(pipe, { FORCE_COLOR: '' }),
    ],
    [true, false, false, true, false, true, false, false],
  );
});
