import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { reportFolder } from '../../cli/write-report.ts';
import { makeLongJournal } from '../fixtures/long-journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'long-journal-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('ten minutes of a run of days are read whole, judged and shown thinned: 64 processes, a new child each second', () => {
  const made = makeLongJournal(folder, { seconds: 600, processes: 64, changing: 0.03 });
  assert.deepEqual(made, { requests: 12_000, samples: 6000, children: 600 });
  const { report, unwritten } = reportFolder(folder, { strict: false, secrets: [] });
  assert.deepEqual([report.gaps, unwritten], [[], []]);
  const judged = report.findings.filter(({ status }) => status !== 'not-run' && status !== 'not-applicable');
  assert.deepEqual(
    judged.filter(({ status }) => status !== 'pass').map(({ criterion, summary }) => `${criterion}: ${summary}`),
    [],
  );
  assert.equal(judged.length, 10);
  assert.equal(report.server?.samples, 6000);
  assert.deepEqual(report.scenarios[0]?.requests, { load: { accepted: 12_000 } });
  assert.deepEqual([report.alerts.length, report.alertsLeftOut], [1200, 0]);
  const { seconds, memory } = report.series.server;
  assert.ok(seconds.length <= 4000, `${seconds.length} points`);
  assert.ok(memory.length <= 33, `${memory.length} lines`);
});
