import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactedFinding } from '../../analysis/redacted.ts';
import { buildReport } from '../../analysis/report.ts';
import { rules } from '../../analysis/rules/registry.ts';
import { redactor } from '../../contract/journal/redaction.ts';
import { defaultThresholds } from '../../contract/report/default-thresholds.ts';
import type { Finding } from '../../contract/report/report.ts';
import { renderJson } from '../../render/json.ts';
import { renderTerminal } from '../../render/terminal.ts';
import { ledgerOf, runOf, serverOf } from '../fixtures/run.ts';

const canary = 'canary-8d1f0c';
const url = 'postgresql://app:hunter22@db/app?sslpassword=hunter33';
const at = { strict: false, now: new Date(0) };

/** A run whose rules meet what they did not expect, and throw what quotes a secret. */
function brokenRun() {
  const run = runOf([{ name: 'hft', ledger: ledgerOf([{ atMs: 0, outcome: 'accepted' }]) }], {
    server: serverOf(60_000),
  });
  Object.defineProperty(run, 'expectations', {
    get: () => {
      throw new Error(`cannot read ${url} of ${canary}`);
    },
  });
  return run;
}

test('what a rule throws is told without the secrets that it quotes', () => {
  const report = buildReport(brokenRun(), { ...at, redact: redactor([canary]) });
  const broken = report.findings.filter(({ summary }) => /because of a bug/.test(summary));
  assert.ok(broken.length > 0, 'no rule threw');
  for (const { summary } of broken) assert.match(summary, /cannot read postgresql:\/\/‹secret›@db\/app/);
  for (const text of [renderJson(report), renderTerminal(report, { color: false, width: 100, reportPath: 'x' })]) {
    for (const secret of [canary, 'hunter22', 'hunter33']) assert.equal(text.includes(secret), false, secret);
  }
});

test('a report that is made without the values hides at least what has the shape of a secret', () => {
  assert.doesNotMatch(renderJson(buildReport(brokenRun(), at)), /hunter\d\d/);
});

test('a run that holds no secret is told as it is', () => {
  const run = runOf([{ name: 'hft', ledger: ledgerOf([{ atMs: 0, outcome: 'accepted' }]) }], {
    server: serverOf(60_000),
  });
  assert.deepEqual(buildReport(run, { ...at, redact: redactor([canary]) }), buildReport(run, at));
});

const request = { id: canary, fromMs: 0, toMs: 1, outcome: 'accepted', mark: canary } as const;
const common = { title: canary, atSeconds: 0 };
const points = { ms: [], values: [] };

/** Every text of a finding is the secret. */
const full: Finding = {
  criterion: 'cpu',
  title: canary,
  question: 'Are response times in budget?',
  status: 'fail',
  summary: canary,
  measures: [],
  thresholds: { pass: canary, warn: canary, fail: canary },
  evidence: [canary],
  advice: [canary],
  parts: [{ scenario: 'hft', status: 'fail', summary: canary, measures: [] }],
  pictures: [
    {
      kind: 'window',
      ...common,
      window: { fromMs: 0, toMs: 1, label: canary },
      ...{ allowed: 1, counted: 2, requests: [request], leftOut: 0 },
    },
    {
      kind: 'growth',
      ...common,
      ...{ process: canary, figure: 'rss', isLeak: true, points: [] },
      line: { fromCycle: 0, fromBytes: 0, toCycle: 1, toBytes: 1 },
      perCycle: { bytes: 1, low: 0, high: 2 },
    },
    {
      kind: 'signal',
      ...common,
      ...{ scenario: 'hft', signal: canary, requests: [request], leftOut: 0, processed: 2, effects: [], ttl: null },
    },
    {
      kind: 'end',
      ...common,
      ...{ process: canary, lastSeenMs: 0, fromMs: 0, memoryBytes: points, memoryFigure: 'rss', cpuPercent: points },
      ...{ inFlight: points, log: [canary] },
    },
    {
      kind: 'slowest',
      ...common,
      ...{ warnMs: 1, failMs: 2 },
      requests: [{ id: canary, scenario: 'hft', atSeconds: 0, ms: 3, outcome: 'accepted' }],
    },
  ],
};

test('no text of a finding and of its pictures keeps a secret, whichever rule wrote it', () => {
  assert.doesNotMatch(JSON.stringify(redactedFinding(full, redactor([canary]))), new RegExp(canary));
});

test('no rule has a threshold or an advice that redaction takes for a secret', () => {
  for (const { id, thresholds, advice } of rules) {
    const texts = [
      ...Object.values(thresholds(defaultThresholds)),
      ...advice.map((one) => (typeof one === 'string' ? one : one.text)),
    ]
      .filter(Boolean)
      .join('\n');
    assert.equal(redactor([])(texts), texts, id);
  }
});
