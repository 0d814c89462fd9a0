import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { GrowingFile } from '../../cli/run/growing-file.ts';

const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'growing-')), 'file.ndjson');

test('each line is given once, when it is whole', () => {
  const path = newPath();
  const file = new GrowingFile(path);
  assert.deepEqual(file.lines(), []);
  writeFileSync(path, '1\n2\n{"é":');
  assert.deepEqual(file.lines(), [1, 2]);
  appendFileSync(path, '3}\nbroken{\n4\n');
  assert.deepEqual(file.lines(), [{ é: 3 }, 4]);
  assert.deepEqual(file.lines(), []);
});

test('a large file is read a piece at a time, and an endless line is passed over', () => {
  const path = newPath();
  writeFileSync(path, `"${'x'.repeat(3_000_000)}"\n5\n`);
  const file = new GrowingFile(path);
  const pieces = Array.from({ length: 5 }, () => file.lines());
  assert.deepEqual(pieces.flat(), [5]);
});
