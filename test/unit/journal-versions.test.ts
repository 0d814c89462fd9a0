import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as z from 'zod';
import { interpret } from '../../analysis/interpret/interpret.ts';
import { openJournal } from '../../analysis/journal/manifest.ts';
import { readRun } from '../../analysis/journal/run.ts';
import { buildReport } from '../../analysis/report.ts';

/** What has become sharper since, as docs/mended-faults.md says: an error is no refusal, so it counts although the limiter may refuse. */
const sharper: Readonly<Record<string, Readonly<Record<string, string>>>> = { 'v1-faulty': { 'success-rate': 'warn' } };

const verdicts = z.object({
  findings: z.array(z.object({ criterion: z.string(), status: z.string(), summary: z.string() })),
});

for (const [name, folderName] of [
  ['v1-healthy', 'old'],
  ['v1-faulty', 'faulty'],
  ['v2-healthy', 'healthy'],
  ['v2-faulty', 'faulty'],
  ['v3-crashed', 'crashed'],
] as const) {
  test(`an older journal gets the verdicts of then: ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'older-version-'));
    const archive = join(import.meta.dirname, '..', 'fixtures', 'journals', `${name}.tar.gz`);
    execFileSync('tar', ['xzf', archive, '-C', folder]);
    const runFolder = join(folder, folderName);
    const { manifest, places, problem } = openJournal(runFolder);
    assert.equal(problem, null);
    assert.ok(manifest !== null);
    const run = readRun(manifest, places);
    assert.deepEqual(run.gaps, []);
    const report = buildReport(interpret(run), { strict: false, now: new Date(0) });
    const then = verdicts.parse(JSON.parse(readFileSync(join(runFolder, 'report.json'), 'utf8')));
    const crashesOf = (findings: readonly { criterion: string; summary: string }[]) =>
      findings.flatMap(({ criterion, summary }) => (criterion === 'worker-crashes' ? [summary] : []));
    // Version 3 said in words why processes ended.
    if (name === 'v3-crashed') assert.deepEqual(crashesOf(report.findings), crashesOf(then.findings));
    const known = then.findings.map(({ criterion }) => criterion);
    const [old, since] = [true, false].map((isOld) =>
      report.findings.filter(({ criterion }) => known.includes(criterion) === isOld),
    );
    assert.deepEqual(Object.fromEntries((old ?? []).map(({ criterion, status }) => [criterion, status])), {
      ...Object.fromEntries(then.findings.map(({ criterion, status }) => [criterion, status])),
      ...sharper[name],
    });
    // What nobody judged then does not touch the verdict.
    assert.deepEqual(
      (since ?? []).filter(({ status }) => status !== 'not-run' && status !== 'pass'),
      [],
    );
  });
}

test('any other version is refused in one line', () => {
  for (const [text, problem] of [
    ['{"format":"run","version":5}', /^its format version is 5, and this program reads 1 to 4; use .*$/],
    ['{"format":"run","version":0}', /^its format version is 0, .*$/],
    ['{"format":"run"}', /^it does not say its format version$/],
    ['[]', /^it does not say its format version$/],
    ['{"version":1}', /^[^\n]+$/],
  ] as const) {
    const folder = mkdtempSync(join(tmpdir(), 'version-'));
    writeFileSync(join(folder, 'run.json'), text);
    const opened = openJournal(folder);
    assert.equal(opened.manifest, null);
    assert.match(opened.problem ?? '', problem);
  }
});
