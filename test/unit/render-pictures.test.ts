import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Picture } from '../../contract/report/pictures.ts';
import { drawEnd } from '../../render/html/pictures/end.ts';
import { drawGrowth } from '../../render/html/pictures/growth.ts';
import { drawSignal } from '../../render/html/pictures/signal.ts';
import { drawSlowest } from '../../render/html/pictures/slowest.ts';
import { ticks } from '../../render/html/pictures/svg.ts';
import { drawWindow } from '../../render/html/pictures/window.ts';
import {
  endPicture,
  growthPicture,
  refusalPicture,
  signalPicture,
  slowestPicture,
  windowPicture,
} from '../fixtures/report/pictures.ts';

/** The bars of a drawing by their classes: left edge and width, in percent. */
function barsIn(source: string, className: string): readonly (readonly [number, number])[] {
  const bar = new RegExp(`<rect class="${className}" x="([\\d.]+)%" y="[\\d.]+" width="([\\d.]+)%"`, 'g');
  return [...source.matchAll(bar)].map(([, x, width]) => [Number(x), Number(width)] as const);
}

test('the window is shaded, and each bar lies where its request was', () => {
  const { source } = drawWindow(windowPicture);
  const [shade] = barsIn(source, 'shade');
  assert.ok(shade !== undefined);
  const [left, width] = shade;
  const at = (ms: number): number => left + (ms / 1000) * width;
  const near = (a: number, b: number): boolean => Math.abs(a - b) < 0.02;
  const bars = [...barsIn(source, 'request accepted'), ...barsIn(source, 'request accepted marked')];
  const admitted = windowPicture.requests.filter(({ outcome }) => outcome === 'accepted');
  assert.equal(bars.length, admitted.length);
  admitted.forEach(({ fromMs, toMs }, n) => {
    const [x = 0, wide = 0] = bars[n] ?? [];
    assert.ok(near(x, at(fromMs)) && near(x + wide, at(toMs)), `${n}: ${x}, ${wide}`);
  });
  assert.equal(barsIn(source, 'request limited').length, 1);
  assert.match(source, /one too many: 4 of 3/);
});

test('requests that would be slivers of their window fill the drawing, and the window goes on', () => {
  const quick = {
    ...windowPicture,
    requests: windowPicture.requests.map((one, n) => ({ ...one, fromMs: n, toMs: n + 5 })),
  };
  const { source } = drawWindow(quick);
  assert.match(source, /window: 1000 ms →/);
  assert.ok(barsIn(source, 'request accepted').every(([, width]) => width > 20));
});

test('a refusal with room is marked at the end of its window', () => {
  const { source } = drawWindow(refusalPicture);
  const [[x = 0] = []] = barsIn(source, 'request limited marked');
  assert.ok(x > 90);
  assert.match(source, /throttled: 1 of 3 counted/);
});

test('settled memory has a dot a cycle, hollow in warm-up, and the fitted line', () => {
  const { source } = drawGrowth(growthPicture);
  assert.equal(source.match(/class="dot warm-up"/g)?.length, 2);
  assert.equal(source.match(/class="dot"/g)?.length, 8);
  assert.match(source, /<path class="fitted"/);
  assert.match(drawGrowth({ ...growthPicture, isLeak: false }).source, /<path class="fitted calm"/);
});

test('a signal has a bar a request, its TTL, and how often it was processed', () => {
  const { source } = drawSignal(signalPicture);
  assert.equal(barsIn(source, 'effect').length, 2);
  assert.match(source, />processed twice</);
  assert.match(source, /TTL: 500 ms</);
  assert.match(drawSignal({ ...signalPicture, processed: 0, effects: [] }).source, />never processed</);
  const once = drawSignal({ ...signalPicture, processed: 1, effects: [{ fromMs: null, toMs: 300 }] }).source;
  assert.equal(barsIn(once, 'effect right').length, 1);
});

test('the last minute has three strips, its end, and the log', () => {
  const { source } = drawEnd(endPicture);
  assert.equal(source.match(/<path class="line"/g)?.length, 3);
  assert.match(source, /memory \(PSS\): up to \d+ MB/);
  assert.match(source, /class="end"/);
  assert.match(source, /Perhaps out of memory/);
  const empty = { ms: [], values: [] };
  assert.match(drawEnd({ ...endPicture, cpuPercent: empty, log: [] }).source, /CPU, of one core: not recorded/);
});

test('the slowest requests stand against both thresholds', () => {
  const { source } = drawSlowest(slowestPicture);
  assert.match(source, /warn: 500 ms/);
  assert.match(source, /fail: 1,000 ms/);
  assert.doesNotMatch(drawSlowest({ ...slowestPicture, failMs: 3000 }).source, /fail: 3,000 ms</);
});

const all: readonly (readonly [string, Picture, string])[] = [
  ['window', windowPicture, drawWindow(windowPicture).source],
  ['growth', growthPicture, drawGrowth(growthPicture).source],
  ['signal', signalPicture, drawSignal(signalPicture).source],
  ['end', endPicture, drawEnd(endPicture).source],
  ['slowest', slowestPicture, drawSlowest(slowestPicture).source],
];

for (const [kind, { title }, source] of all) {
  test(`${kind}: a text alternative, no style and no script of its own`, () => {
    const [, label = ''] = /role="img" aria-label="([^"]+)"/.exec(source) ?? [];
    assert.ok(label.startsWith(title), label);
    assert.ok(label.length > title.length + 20);
    assert.doesNotMatch(source, /style=|<script|href=|NaN|Infinity|undefined/);
  });
}

test('a picture of nothing is drawn all the same', () => {
  const sources = [
    drawWindow({ ...windowPicture, requests: [] }),
    drawGrowth({ ...growthPicture, points: [] }),
    drawSignal({ ...signalPicture, requests: [], effects: [], ttl: null, processed: null }),
    drawSlowest({ ...slowestPicture, requests: [] }),
  ].map(({ source }) => source);
  for (const source of sources) assert.doesNotMatch(source, /NaN|Infinity|undefined/);
});

test('ticks are round, in order and within their bounds', () => {
  assert.deepEqual(ticks(0, 1000, 4), [0, 500, 1000]);
  assert.deepEqual(ticks(-20, 1020, 4), [0, 500, 1000]);
  assert.deepEqual(ticks(-1000, 8, 4), [-1000, -500, 0]);
  assert.deepEqual(ticks(5, 5, 4), [5]);
});
