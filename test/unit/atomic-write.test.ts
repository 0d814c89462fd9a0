import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { atomicWrite } from '../../cli/atomic-write.ts';
import { UnwritableFileError } from '../../contract/journal/unwritable-file.ts';

test('a file is replaced as a whole, and nothing is left beside it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'atomic-'));
  const path = join(folder, 'run.json');
  atomicWrite(path, 'first');
  atomicWrite(path, 'second');
  assert.equal(readFileSync(path, 'utf8'), 'second');
  assert.deepEqual(readdirSync(folder), ['run.json']);
});

test('a refusal names the file and what the system said; the old file stays', () => {
  const folder = mkdtempSync(join(tmpdir(), 'atomic-'));
  const path = join(folder, 'taken');
  mkdirSync(path);
  assert.throws(
    () => atomicWrite(path, 'text'),
    (error) =>
      error instanceof UnwritableFileError &&
      error.path === path &&
      error.refusal === 'EISDIR: illegal operation on a directory',
  );
  assert.deepEqual(readdirSync(folder), ['taken']);
});
