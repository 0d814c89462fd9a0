import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineColors } from '../../render/page/colors.ts';
import { csvOf, textCell } from '../../render/page/csv.ts';
import type { Plot } from '../../render/page/plots.ts';

const plot: Plot = {
  id: 'memory',
  title: 'Memory of each process',
  unit: 'MB',
  seconds: [0.5, 1, 1.5],
  series: [
    { label: 'worker 1', color: lineColors.blue, dashed: false, values: [1.25, null, -3] },
    { label: '=cmd|"x"', color: lineColors.ochre, dashed: false, values: [undefined, 2, 3] },
  ],
  top: null,
  thresholds: [],
  stepped: false,
};

test('a row a time, a column a line with its unit; no value is an empty cell', () => {
  assert.equal(
    csvOf(plot),
    ['seconds from the start of the run,worker 1 (MB),"\'=cmd|""x"" (MB)"', '0.5,1.25,', '1,,2', '1.5,-3,3', ''].join(
      '\r\n',
    ),
  );
});

test('no text is a formula, whatever it begins with', () => {
  for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', ' =1', '\t=1', '\r\n=1', '\u0000=1', '\u200B=1']) {
    assert.match(textCell(text), /^"?'/, JSON.stringify(text));
  }
  assert.equal(textCell('worker 101'), 'worker 101');
  assert.equal(textCell('a,b;c"d'), '"a,b;c""d"');
  assert.doesNotMatch(textCell('a\r\nb\u2028c'), /[\r\n\u2028]/);
});
