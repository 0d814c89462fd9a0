import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingIn, stepsOf } from '../fixtures/transcript.ts';

test('a transcript is commands and what they printed', () => {
  const page = '# Page\n\n```console\n$ npm i\nadded 3 packages\n\n$ npx x run\n…\nend\n```\n\ntext\n';
  assert.deepEqual(stepsOf(page), [
    { command: 'npm i', printed: ['added 3 packages', ''] },
    { command: 'npx x run', printed: ['…', 'end'] },
  ]);
  assert.throws(() => stepsOf('# Page'), /no ```console block/);
  assert.throws(() => stepsOf('```console\nadded\n```\n'), /begins without a command: added/);
});

test('an output is held against it: numbers and blanks may differ, words and their order may not', () => {
  const output = 'added 12 packages in 3 s\n\n  pass   p95 12.5 ms\nreport: a/2026-11-26/report.html\n';
  const fits = (...printed: string[]): boolean => missingIn(output, printed).length === 0;
  assert.ok(fits('added 3 packages in 9 s', 'pass p95 1.1 ms', '', 'report: a/2020-01-01/report.html'));
  assert.ok(fits('…', 'report: a/2020-01-01/report.html'));
  assert.ok(fits('added 3 packages in 9 s', '…'));
  assert.ok(fits('…', 'pass p95 1 ms', '…'));
  assert.ok(fits('…', 'added 1 packages in 1 s', '…', 'report: a/1-1-1/report.html'));
  assert.ok(!fits('added 3 packages in 9 s'));
  assert.ok(!fits('pass p95 1 ms', '…'));
  assert.ok(!fits('…', 'pass p95 1 ms'));
  assert.ok(!fits('…', 'report: a/1-1-1/report.html', 'pass p95 1 ms', '…'));
  assert.ok(!fits('…', 'fail p95 1 ms', '…'));
  assert.deepEqual(missingIn('x', ['…', 'y', '…']), ['y']);
});
