import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { startK6 } from '../../cli/run/k6-process.ts';
import { refusedFileIn } from '../../cli/run/k6-refusals.ts';
import { journalFiles, localGenerator } from '../../contract/journal/paths.ts';

const lines = 2000;
const logFile = journalFiles.generatorLog(localGenerator, 'burst');

/** Runs a program that logs as k6 does and ends with 99; `prepare` gets the path of its log. */
async function logged(prepare: (path: string) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'k6-log-'));
  const path = join(folder, logFile);
  mkdirSync(dirname(path), { recursive: true });
  prepare(path);
  const script = join(folder, 'k6');
  const last = `'time=t level=error msg="the last line holds canary"'`;
  writeFileSync(script, `#!/bin/sh\nseq ${lines}\nprintf '%s\\n' ${last} >&2\nexit 99\n`, { mode: 0o755 });
  const refused: (readonly [string, string])[] = [];
  const run = startK6({
    k6: { path: script, version: 'v2.2.0', build: 'stock' },
    id: localGenerator,
    part: null,
    name: 'burst',
    script: 'burst.js',
    folder,
    runId: 'run',
    clock: { wallUs: 1, monotonicUs: 1 },
    env: { PATH: process.env.PATH },
    variables: {},
    redact: (line) => line.replaceAll('canary', '***'),
    onUnwritable: (...refusal) => refused.push(refusal),
  });
  return { exit: await run.ended, path, refused, errors: run.errors };
}

const ended = { code: 99, signal: null };
const errors = ['the last line holds ***'];

test("k6's log holds all that it printed but secrets, when its end is told", async () => {
  const { exit, path, refused, ...told } = await logged(() => {});
  assert.deepEqual([exit, told.errors, refused], [ended, errors, []]);
  const log = readFileSync(path, 'utf8');
  assert.equal(log.split('\n').length, lines + 2);
  assert.match(log, /the last line holds \*\*\*/);
});

for (const [what, prepare, refusal] of [
  ['the disk is full', (path: string) => symlinkSync('/dev/full', path), 'ENOSPC: no space left on device'],
  ['a folder is in the way', (path: string) => void mkdirSync(path), 'EISDIR: illegal operation on a directory'],
  [
    'its folder does not exist',
    (path: string) => symlinkSync('/nowhere/burst.log', path),
    'ENOENT: no such file or directory',
  ],
] as const) {
  test(`${what} where k6's log should be: its file is named once, and the load goes on to its end`, async () => {
    const { exit, path, refused, ...told } = await logged(prepare);
    assert.deepEqual([exit, told.errors], [ended, errors]);
    assert.deepEqual(refused, [[path, refusal]]);
  });
}

test('what k6 says of a file that the disk refused', () => {
  const full = 'no space left on device';
  const summary = 'failed to handle the end-of-test summary';
  for (const [line, expected] of [
    [
      String.raw`level=error msg="any words" output=timeline unwritable="{\"path\":\"/r/a b.ndjson\",\"refusal\":\"${full}\"}"`,
      { path: '/r/a b.ndjson', refusal: full },
    ],
    [
      String.raw`level=error msg="any words" unwritable="{\"path\":\"/r/\\\"ä\\u003c\",\"refusal\":\"permission denied\"}"`,
      { path: '/r/"ä<', refusal: 'permission denied' },
    ],
    [
      `level=error msg="${summary}" error="Could not save some summary information:\\n\\t- error saving summary to '/r/s.json' after 0 bytes: write /r/s.json: ${full}"`,
      { path: '/r/s.json', refusal: full },
    ],
    [
      `level=error msg="${summary}" error="Could not save some summary information:\\n\\t- could not open '/r/s.json': open /r/s.json: is a directory"`,
      { path: '/r/s.json', refusal: 'is a directory' },
    ],
    [`level=error msg="timeline output: writing /r/a: write /r/a: ${full}"`, null],
    [String.raw`level=error msg="timeline output: unwritable={\"path\":\"/r\",\"refusal\":\"x\"}"`, null],
    ['level=error msg="any words" unwritable=/r/a', null],
    ['level=error msg="timeline output: /r/a exists already: give another folder to --out timeline=DIR"', null],
  ] as const) {
    assert.deepEqual(refusedFileIn(`time="2026-11-25T19:00:00Z" ${line}`), expected, line);
  }
});
