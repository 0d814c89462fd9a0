import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsBeside } from '../../render/html/pictures/svg.ts';
import { seeded } from '../fixtures/random.ts';

test('words beside a bar stay in the drawing: on the side with more room, or within the bar', () => {
  const random = seeded(7);
  const text = 'accepted again';
  const width = 2.2 * text.length;
  for (let n = 0; n < 500; n += 1) {
    const from = random() * 60;
    const to = from + random() * (100 - from);
    const { source } = wordsBeside(text, { from, to, top: 0, height: 10 }, 'words');
    const at = Number(/x="([\d.]+)%"/.exec(source)?.[1]);
    const isEnd = source.includes('text-anchor="end"');
    const [left, right] = isEnd ? [at - width, at] : [at, at + width];
    const fits = 100 - to >= width || from >= width || to - from >= width;
    if (fits && to >= width) assert.ok(left >= -0.1 && right <= 100.1, `${from}–${to}: ${source}`);
  }
});
