import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { questions, type Status } from '../../contract/report/criteria.ts';
import type { Report } from '../../contract/report/report.ts';
import { renderJunit } from '../../render/junit.ts';
import { sanitize } from '../../render/sanitize.ts';
import { launchBrowser } from '../fixtures/browser.ts';
import { hostile } from '../fixtures/report/hostile.ts';
import { reports } from '../fixtures/report.ts';

interface ParsedSuite {
  readonly name: string;
  readonly counts: readonly number[];
  readonly cases: readonly { readonly name: string; readonly results: readonly string[]; readonly text: string }[];
}

// Text, for it runs in the browser, whose XML parser ends at the first thing that is not XML.
const parseXml = `(xml) => {
  const parsed = new DOMParser().parseFromString(xml, 'application/xml');
  const error = parsed.querySelector('parsererror');
  if (error !== null) throw new Error(error.textContent);
  const counts = (element) => ['tests', 'failures', 'errors', 'skipped'].map((name) => Number(element.getAttribute(name)));
  const suites = [...parsed.documentElement.children].map((suite) => ({
    name: suite.getAttribute('name'),
    counts: counts(suite),
    cases: [...suite.children].filter(({ tagName }) => tagName === 'testcase').map((testcase) => ({
      name: testcase.getAttribute('name'),
      results: [...testcase.children].map(({ tagName }) => tagName),
      text: testcase.textContent,
    })),
  }));
  return { counts: counts(parsed.documentElement), suites };
}`;

let browser: Browser;
/** One for all: each page is a process of the browser, and parsing leaves nothing in it. */
let page: Page;

before(async () => {
  browser = await launchBrowser();
  page = await browser.newPage();
});
after(() => browser.close());

async function parsed(
  report: Report,
): Promise<{ readonly counts: readonly number[]; readonly suites: readonly ParsedSuite[] }> {
  return page.evaluate(`(${parseXml})(${JSON.stringify(renderJunit(report))})`);
}

for (const [name, report] of Object.entries(reports)) {
  test(`${name}: a suite a question, a case a criterion, and counts that add up`, async () => {
    const { suites, counts } = await parsed(report);
    assert.deepEqual(
      suites.map((suite) => suite.name),
      questions,
    );
    const tags = ['failure', 'error', 'skipped'];
    for (const suite of suites) {
      const seen = tags.map((tag) => suite.cases.filter(({ results }) => results[0] === tag).length);
      assert.deepEqual(suite.counts, [suite.cases.length, ...seen]);
    }
    // The root counts no skipped cases: the schema of Jenkins' xUnit plugin has no such attribute there.
    assert.deepEqual(
      counts.slice(0, 3),
      counts.slice(0, 3).map((_, n) => suites.reduce((sum, suite) => sum + (suite.counts[n] ?? 0), 0)),
    );
    assert.deepEqual(
      suites.flatMap(({ cases }) => cases.map((one) => one.name)).sort(),
      report.findings.map(({ title }) => sanitize(title).replace(/\uFFFE/g, ' ')).sort(),
    );
  });
}

const expected: readonly { readonly status: Status; readonly strict: boolean; readonly result: string }[] = [
  { status: 'pass', strict: false, result: 'system-out' },
  { status: 'pass', strict: true, result: 'system-out' },
  { status: 'warn', strict: false, result: 'system-out' },
  { status: 'warn', strict: true, result: 'failure' },
  { status: 'fail', strict: false, result: 'failure' },
  { status: 'inconclusive', strict: false, result: 'error' },
  { status: 'inconclusive', strict: true, result: 'error' },
  { status: 'not-applicable', strict: true, result: 'skipped' },
  { status: 'not-run', strict: false, result: 'skipped' },
];

for (const { status, strict, result } of expected) {
  test(`${status}${strict ? ', strict' : ''}, becomes ${result}`, async () => {
    const findings = reports.healthy.findings.map((finding) => ({ ...finding, status }));
    const { suites } = await parsed({ ...reports.healthy, strict, findings });
    const results = suites.flatMap(({ cases }) => cases.flatMap((one) => one.results));
    assert.deepEqual(
      results,
      findings.map(() => result),
    );
  });
}

test('hostile text comes through the parser as text', async () => {
  const { suites } = await parsed(reports.hostile);
  const text = suites.flatMap(({ cases }) => cases.map((one) => one.text)).join('\n');
  assert.ok(text.includes(sanitize(hostile('evidence-0-0')).replace(/\uFFFE/g, ' ')));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  assert.doesNotMatch(text, /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E\uFFFE\uFFFF]/);
});
