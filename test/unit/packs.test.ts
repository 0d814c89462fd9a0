import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

/** Bundled test files, which may be written as their sources are. */
const files = {
  'fails.test': `test('right', () => {}); test('wrong', () => { throw new Error('so it is'); });`,
  'leaves.test': `process.chdir('/'); test('elsewhere', () => {});`,
  'loads-not.test': `throw new Error('no such table');`,
  'works.test': `test('works', () => {});`,
};

test('files that share a process fail by their own names, and one that changes its process has it alone', (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'packs-'));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  for (const folder of ['test/unit', 'bundled/test/unit']) mkdirSync(join(cwd, folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const whole = `import { test } from 'node:test';\n${text}\n`;
    writeFileSync(join(cwd, 'test/unit', `${name}.ts`), whole);
    writeFileSync(join(cwd, 'bundled/test/unit', `${name}.mjs`), whole);
  }
  const sources = Object.keys(files).map((name) => `test/unit/${name}.ts`);
  const written = execFileSync(process.execPath, [resolve('test/packs.mjs'), 'bundled', '12', ...sources], { cwd });
  assert.deepEqual(written.toString().trim().split('\n'), ['test/unit/pack-1.mjs', 'test/unit/leaves.test.ts']);

  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const group = [resolve('test/group.mjs'), 'some', cwd, '1', join(cwd, 'bundled/test/unit/pack-1.mjs')];
  const { status } = spawnSync(process.execPath, group, { cwd, env });
  assert.equal(status, 1);
  const lines = readFileSync(join(cwd, 'some.ndjson'), 'utf8').trim().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ name, passed, why }) => [name, passed, why?.[0]]),
    [
      ['right', true, undefined],
      ['wrong', false, 'so it is'],
      ['test/unit/loads-not.test.ts', false, 'no such table'],
      ['works', true, undefined],
    ],
  );
});
