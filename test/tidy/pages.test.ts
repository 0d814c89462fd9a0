import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pages, repository, type SourceFile } from './files.ts';

function pageOf(path: string): SourceFile {
  const page = pages.find((page) => page.path === path);
  assert.ok(page !== undefined, path);
  return page;
}

/** The tests that a cell of docs/mended-faults.md names: in test/ without `.test.ts`, or a file of Go. */
function testsIn(cell: string): readonly string[] {
  return cell
    .replaceAll(/\([^)]*\)+/g, '')
    .split(',')
    .map((name) => name.trim())
    .map((name) => (name.endsWith('.go') ? name : `test/${name}.test.ts`));
}

test('tidy: every test that docs/mended-faults.md names is there', () => {
  const rows = pageOf('docs/mended-faults.md')
    .text.split('\n')
    .filter((line) => /^\| C\d/.test(line));
  assert.equal(rows.length, 50);
  const named = rows.flatMap((row) => testsIn(row.split(' | ')[3] ?? ''));
  assert.deepEqual(
    named.filter((path) => !existsSync(join(repository, path))),
    [],
  );
});
