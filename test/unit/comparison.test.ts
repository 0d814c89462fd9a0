import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'bench', 'comparison');
const page = readFileSync(join(root, 'docs', 'comparison.md'), 'utf8');

/** Lines that are neither blank nor nothing but a comment. */
function linesOf(text: string): number {
  return text.split('\n').filter((line) => !/^\s*(?:$|\/\/|#|\/?\*)/.test(line)).length;
}

/** What the page says of files, as `[name](../bench/comparison/path), 12 lines`. */
const stated = [...page.matchAll(/\]\(\.\.\/bench\/comparison\/([^)]+)\), (\d+) lines?/g)].map(
  ([, path = '', lines]) => ({ path, lines: Number(lines) }),
);

test('comparison: the page states as many lines as the files have', () => {
  for (const { path, lines } of stated) assert.equal(lines, linesOf(readFileSync(join(folder, path), 'utf8')), path);
});

test('comparison: every counterpart is on the page', () => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => path !== 'try.sh');
  assert.ok(files.length > 10);
  assert.deepEqual([...new Set(stated.map(({ path }) => path))].sort(), files.sort());
});

test('comparison: blank lines and comments are not counted', () => {
  assert.equal(linesOf('a\n\n// b\n  # c\n/** d\n * e\n */\nf // g\n'), 2);
});
