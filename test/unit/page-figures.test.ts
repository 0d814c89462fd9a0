import assert from 'node:assert/strict';
import { test } from 'node:test';
import { howToTell, missingFigures } from '../../analysis/memory/page-figures.ts';
import type { ProcessFigures } from '../../contract/journal/journal.ts';

const nothing: ProcessFigures = {
  ...{ process: null, startedAt: null, runtime: 'go', heapBytes: null, liveBytes: null, heldBytes: null },
  ...{ collections: null, residentBytes: null, cpuSeconds: null, fileDescriptors: null, maxFileDescriptors: null },
  ...{ threads: null, goroutines: null, codeBytes: null },
};
const whole: ProcessFigures = { ...nothing, heapBytes: 1e6, heldBytes: 1e7, collections: 3 };

const page = (figures: ProcessFigures) => ({
  looks: [1, 2].map((atUs) => ({ metrics: 'page' as const, atUs, latencyMs: 1, processes: [figures] })),
  failures: [],
});

test('without a metrics page the advice is to set one', () => {
  assert.match(howToTell({ looks: [], failures: [] }, false), /set monitoring\.metrics in the profile/);
});

test('where the page was read, the advice says so, and what it lacks', () => {
  const { collections: _, ...without } = whole;
  const advice = howToTell(page({ ...without, collections: null }), false);
  assert.match(advice, /the metrics page was read 2 times and lacks how often the whole heap was collected \(go_gc/);
  assert.doesNotMatch(advice, /set monitoring\.metrics|in use/);
  assert.deepEqual(missingFigures(page({ ...nothing, runtime: null, heapBytes: 1 })), [
    'what the runtime has of the system',
    'how often the whole heap was collected',
  ]);
});

test('a page that has all of it is not said to lack anything', () => {
  for (const figures of [whole, { ...nothing, liveBytes: 1e6, heldBytes: 1e7 }]) {
    assert.deepEqual(missingFigures(page(figures)), []);
    assert.doesNotMatch(howToTell(page(figures), false), /lacks|set monitoring\.metrics/);
    assert.match(howToTell(page(figures), false), /read 2 times and has what is needed/);
  }
});

test('a page that could not be read is said to be what to mend', () => {
  const failures = [{ metrics: 'failed' as const, atUs: 1, failure: 'status' as const, code: '404', tookMs: 1 }];
  assert.match(
    howToTell({ looks: [], failures }, false),
    /mend monitoring\.metrics, for none of 1 look .*\(status 404\)/,
  );
});

test('where collections are asked for already, the advice is not to ask for them, but to see why they do not show', () => {
  const asked = howToTell(page(whole), true);
  assert.match(
    asked,
    /read 2 times, and it shows too few of the collections that monitoring\.collect asks for: see that/,
  );
  const failures = [{ metrics: 'failed' as const, atUs: 1, failure: 'status' as const, code: '404', tookMs: 1 }];
  const others = [howToTell({ looks: [], failures: [] }, true), howToTell({ looks: [], failures }, true)];
  for (const advice of [asked, ...others])
    assert.doesNotMatch(advice, /set monitoring\.collect|or monitoring\.collect/);
  assert.match(others[0] ?? '', /see why monitoring\.collect was not answered/);
});
