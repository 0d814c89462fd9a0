import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { placeOfOwn, readServer } from '../../analysis/journal/server.ts';
import { buildReport } from '../../analysis/report.ts';
import { journalVersion } from '../../contract/journal/journal.ts';
import type { Report } from '../../contract/report/report.ts';
import { readReportAssets } from '../../render/assets.ts';
import { renderHealthReport } from '../../render/health-report.ts';
import { renderHtml } from '../../render/html.ts';
import { renderMarkdown } from '../../render/markdown.ts';
import { renderTerminal } from '../../render/terminal.ts';
import { ledgerOf, runOf, serverOf, startUs } from '../fixtures/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The report of a server that started this many processes, as the monitor's file has it. */
function reportOfStarts(starts: number): Report {
  const { identity } = serverOf(0);
  const clock = { wallUs: startUs, monotonicUs: 0 };
  const alerts = Array.from({ length: starts }, (_, n) => ({
    atUs: startUs + n * 1000,
    alert: 'process-started',
    message: `helper ${n} started`,
  }));
  const header = { format: 'server', version: journalVersion, runId: 'made-up', startedAtUs: startUs, clock };
  const lines = [header, identity, ...alerts, { end: true, lines: starts + 1 }];
  const path = join(folder, `${starts}.ndjson`);
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const { server, end } = readServer(path, placeOfOwn('made-up'));
  assert.deepEqual(end.problems, []);
  return buildReport(runOf([{ name: 'hft', ledger: ledgerOf([]) }], { server }), { strict: false, now: new Date(0) });
}

const outputs: Readonly<Record<string, (report: Report) => string>> = {
  html: (report) => renderHtml(report, readReportAssets()),
  markdown: renderMarkdown,
  terminal: (report) => renderTerminal(report, { color: false, width: 80, reportPath: 'report.html' }),
};

const cases: readonly { readonly starts: number; readonly line: string | null }[] = [
  { starts: 1000, line: null },
  { starts: 1001, line: '1 further alert is not listed: the files in monitors/ hold them all.' },
  { starts: 3500, line: '2,500 further alerts are not listed: the files in monitors/ hold them all.' },
];

for (const { starts, line } of cases) {
  test(`of ${starts} alerts of a kind 1,000 are listed, and each output says how many are not`, () => {
    const report = reportOfStarts(starts);
    assert.deepEqual([report.alerts.length, report.alertsLeftOut], [1000, starts - 1000]);
    for (const [name, render] of Object.entries(outputs)) {
      const text = render(report);
      assert.equal(text.includes('not listed'), line !== null, name);
      if (line !== null) assert.equal(text.split(line).length, 2, name);
    }
    assert.equal(JSON.parse(renderHealthReport(report).text).summary.total_alerts, starts);
  });
}
