import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type FileProblem, gapOfFile, within } from '../../analysis/journal/journal-gap.ts';
import { openJournal } from '../../analysis/journal/manifest.ts';
import { gapsWhileLive, unfinished } from '../../analysis/journal/unfinished.ts';
import { newestRun } from '../../cli/newest-run.ts';
import { isStillGoing, thisRunner } from '../../cli/runner-process.ts';
import { reportFolder } from '../../cli/write-report.ts';
import { journalVersion } from '../../contract/journal/journal.ts';
import { journalFiles, localGenerator } from '../../contract/journal/paths.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { machineIdentity } from '../../monitor/system/machine.ts';
import { ledgerOf, runOf, startUs } from '../fixtures/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'webhook-stress-still-going-'));
after(() => rmSync(folder, { recursive: true }));

const { runner } = thisRunner();
const bootId = machineIdentity().bootId ?? '';

test('a run is going on while its runner is there, on this machine, and it has not ended', () => {
  assert.ok(runner !== undefined);
  const going = { endedAtUs: null, bootId, runner };
  assert.equal(isStillGoing(going), true);
  assert.equal(isStillGoing({ ...going, endedAtUs: 1 }), false);
  assert.equal(isStillGoing({ ...going, bootId: 'another' }), false);
  assert.equal(isStillGoing({ endedAtUs: null, bootId }), false, 'an older journal does not say');
  for (const other of [{ startTicks: runner.startTicks + 1 }, { pidNamespace: 'pid:[1]' }, { pid: 2 ** 30 }]) {
    assert.equal(isStillGoing({ ...going, runner: { ...runner, ...other } }), false, JSON.stringify(other));
  }
});

/** A run that began at this time. */
function runFolder(reports: string, name: string, { atUs, goes }: { atUs: number; goes: boolean }): string {
  const path = join(reports, name);
  mkdirSync(path, { recursive: true });
  const { manifest } = runOf([{ name: 'burst', ledger: ledgerOf([{ atMs: 0, outcome: 'accepted' }]) }]);
  const state = goes ? { endedAtUs: null, bootId, runner } : { endedAtUs: atUs + 1 };
  writeFileSync(join(path, 'run.json'), JSON.stringify({ ...manifest, startedAtUs: atUs, ...state }));
  assert.equal(openJournal(path).problem, null);
  return path;
}

test('report without a folder takes the newest run that has ended, or refuses in one line', () => {
  const reports = join(folder, 'reports');
  const live = runFolder(reports, 'live', { atUs: startUs + 60e6, goes: true });
  const words = /^report: the run \S+\/live is still going, and there is no other under \S+: wait until it ends$/;
  assert.throws(() => newestRun(reports), { name: ExpectedError.name, message: words });
  runFolder(reports, 'first', { atUs: startUs, goes: false });
  const ended = runFolder(reports, 'second', { atUs: startUs + 30e6, goes: false });
  assert.deepEqual(newestRun(reports), { folder: ended, live });
  assert.throws(() => newestRun(join(folder, 'none')), /no run found under/);
});

test('the report of a run that still goes on tells what is yet to come as such, and of one that was lost what is missing', () => {
  const path = runFolder(join(folder, 'written'), 'live', { atUs: startUs, goes: true });
  const manifest = JSON.parse(readFileSync(join(path, 'run.json'), 'utf8'));
  const window = { name: 'burst', startedAtUs: startUs, endedAtUs: null, k6ExitCode: null, k6Signal: null };
  writeFileSync(join(path, 'run.json'), JSON.stringify({ ...manifest, scenarios: [window] }));
  const ledger = journalFiles.ledger(localGenerator, 'burst');
  mkdirSync(join(path, journalFiles.generator(localGenerator)), { recursive: true });
  const header = { format: 'ledger', version: journalVersion, runId: manifest.runId };
  writeFileSync(join(path, ledger), `${JSON.stringify(header)}\n{"torn`);
  const gapsOf = (isLive: boolean) => reportFolder(path, { strict: false, secrets: [], isLive }).report.gaps;

  const lost = gapsOf(false).map(({ file, problem }) => `${file}: ${problem}`);
  assert.ok(lost.includes('run.json: the runner did not end gracefully'), lost.join('\n'));
  assert.ok(lost.includes(`${ledger}: it has no end line: its writer did not end gracefully`), lost.join('\n'));

  const live = gapsOf(true).map(({ file, problem }) => `${file}: ${problem}`);
  const words = 'the run still goes on: this report holds what is written so far; the run makes its own at its end';
  assert.ok(live.includes(`run.json: ${words}`), live.join('\n'));
  assert.equal(live.filter((gap) => gap === `${ledger}: the run still goes on: more is to come`).length, 1);
  for (const gap of [...gapsOf(false), ...gapsOf(true)]) assert.deepEqual(Object.keys(gap), ['file', 'problem']);
  assert.doesNotMatch(live.join('\n'), /gracefully|torn|is missing|was lost|never started/);
});

test('what a live run has not begun, or writes in pieces, is named', () => {
  const file = 'generators/k6-1/hft.requests.ndjson';
  const told = (problem: FileProblem) => gapsWhileLive([gapOfFile(file, problem)])[0]?.problem;
  assert.equal(told(within('hft ', unfinished.unstarted)), 'the run still goes on: hft has not started yet');
  assert.equal(told(within('hft ', unfinished.scenario)), 'the run still goes on: hft has not ended yet');
  assert.equal(told(within('piece 3: ', unfinished.noEndLine)), 'the run still goes on: piece 3: more is to come');
  // What was to be whole by now is a gap of any run, whatever its words.
  for (const text of ['its header is not JSON', 'k6 ended with exit code 99', unfinished.missing.text])
    assert.equal(told({ text }), text);
});
