import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildReport } from '../../analysis/report.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import type { Report } from '../../contract/report/report.ts';
import { renderMarkdown } from '../../render/markdown.ts';
import { renderTerminal } from '../../render/terminal.ts';
import { ledgerOf, type MadeRequest, runOf } from '../fixtures/run.ts';

const copies: readonly MadeRequest[] = [0, 1, 2].map((atMs) => ({ atMs, outcome: 'accepted', signal: 'tag-1' }));
const refused = ledgerOf([{ atMs: 0, outcome: 'limited' }]);

test('a signal that was processed ten times is told as more than once; the name of the measure stays', () => {
  const { summary, measures } = exactlyOnce.judge(runOf([{ name: 'hft', ledger: ledgerOf(copies, { 'tag-1': 10 }) }]));
  assert.match(summary, /^1 processed more than once of 1 signal/);
  assert.equal(measures?.find(({ name }) => name === 'processed-twice')?.value, 1);
});

test('evidence does not repeat the summary of a run of one scenario, and names that one of several', () => {
  const alone = exactlyOnce.judge(runOf([{ name: 'hft', ledger: refused }]));
  assert.match(alone.summary, /no signal was accepted/);
  assert.ok(!(alone.evidence ?? []).some((text) => text.includes('no signal was accepted')));
  const accepted = ledgerOf([{ atMs: 0, outcome: 'accepted' }]);
  const both = exactlyOnce.judge(
    runOf([
      { name: 'hft', ledger: refused },
      { name: 'burst', ledger: accepted },
    ]),
  );
  assert.ok(both.evidence?.includes('hft: no signal was accepted'));
});

const problem = 'it has no end line';

/** Of a run whose ledger has a gap. */
function cutShort(interrupted: boolean): Report {
  const healthy = Array.from({ length: 60 }, (_, n) => ({ atMs: n * 200, outcome: 'accepted' as const }));
  const run = runOf([{ name: 'hft', ledger: ledgerOf(healthy) }]);
  const gaps = [{ file: 'generators/k6-1/hft.requests.ndjson', problem }];
  return buildReport({ ...run, gaps, manifest: { ...run.manifest, interrupted } }, { strict: false, now: new Date(0) });
}

const told = (text: string, what: string): number => text.replaceAll(/\s+/g, ' ').split(what).length - 1;

test('an interrupted run says once that it was, and once what is missing', () => {
  const report = cutShort(true);
  const open = report.findings.filter(({ summary }) => summary.startsWith('incomplete: '));
  assert.ok(open.length > 1 && open.every(({ status }) => status === 'inconclusive'));
  const text = renderTerminal(report, { color: false, width: 80, reportPath: 'r' });
  assert.equal(told(text, problem), 1, text);
  assert.equal(told(text.toLowerCase(), 'interrupted'), 1, text);
  assert.equal(told(renderMarkdown(report), problem), 1);
  // JUnit has no list of gaps.
  assert.ok(open.every(({ evidence }) => evidence.some((line) => line.endsWith(problem))));
});

test('a run that was not interrupted says with each criterion why it is open', () => {
  const open = cutShort(false).findings.filter(({ summary }) => summary.includes(problem));
  assert.ok(open.length > 1);
  assert.ok(open.every(({ summary }) => /^evidence is missing \(.*\); what there is says: /.test(summary)));
});
