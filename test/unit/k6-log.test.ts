import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorIn, ThrownCounts, thrownIn } from '../../cli/run/k6-log.ts';
import { exceptionInWords } from '../../contract/journal/exceptions.ts';
import { unexecutable } from '../../contract/plan/unexecutable.ts';

const thrown = String.raw`time="2026-11-26T06:00:00Z" level=error msg="TypeError: Cannot read property 'x' of undefined\n\tat send (file:///work/a/stress/market-open.ts:14:9(23))\n" executor=constant-arrival-rate scenario=open source=stacktrace`;

test('an exception in an iteration: its phase, its words, and the place in the file of its user', () => {
  assert.deepEqual(thrownIn(thrown, '/work/a'), {
    phase: 'open',
    message: "TypeError: Cannot read property 'x' of undefined",
    place: 'stress/market-open.ts:14:9',
  });
  assert.equal(thrownIn(thrown, '/elsewhere')?.place, '/work/a/stress/market-open.ts:14:9');
});

test('what is wrong with a plan or a setting has no place in a file, whatever its words', () => {
  const line = (error: string) =>
    String.raw`time="t" level=error msg="${error}: no phase\n\tat file:///work/a/stress/open.ts:2:30(9)\n" hint="script exception"`;
  const place = (error: string) => thrownIn(line(error), '/work/a');
  assert.deepEqual(place(unexecutable), { phase: null, message: 'no phase', place: null });
  assert.deepEqual(place('Error'), { phase: null, message: 'no phase', place: 'stress/open.ts:2:30' });
  assert.equal(place('Error: settings')?.place, 'stress/open.ts:2:30');
});

test('other errors are none', () => {
  const line = 'time="t" level=error msg="the body is broken" source=console';
  assert.equal(thrownIn(line), null);
  assert.equal(errorIn(line), 'the body is broken');
  assert.equal(thrownIn('time="t" level=warning msg="x" source=stacktrace'), null);
});

test('exceptions are counted by phase, words and place, the most frequent first, and told in one line each', () => {
  const counts = new ThrownCounts();
  counts.add({ phase: 'open', message: 'rare', place: null });
  for (let n = 0; n < 3; n += 1) counts.add({ phase: 'open', message: 'x is not defined', place: 'a.ts:1:2' });
  assert.deepEqual(counts.all.map(exceptionInWords), [
    'phase open: 3 iterations ended by an exception at a.ts:1:2: x is not defined',
    'phase open: 1 iteration ended by an exception: rare',
  ]);
});
