import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { goldenFiles } from '../golden-files.ts';

for (const { path, text } of goldenFiles) {
  test(`${path} is what the renderer gives (else read the change and run test/write-golden.ts)`, () => {
    assert.equal(text, readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
  });
}
