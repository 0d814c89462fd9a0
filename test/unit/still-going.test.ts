import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openJournal } from '../../analysis/journal/manifest.ts';
import { newestRun } from '../../cli/newest-run.ts';
import { isStillGoing, thisRunner } from '../../cli/runner-process.ts';
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
