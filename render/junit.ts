import { questions, type Status, type ThresholdWords, thresholdsInWords } from '../contract/report/criteria.ts';
import type { Finding, Report } from '../contract/report/report.ts';
import { defaultThresholds } from '../contract/report/thresholds.ts';
import { sanitize } from './sanitize.ts';

/** Text in XML 1.0, in elements and in quoted attributes, without the characters that no XML document may hold. */
function xml(text: string): string {
  return sanitize(text)
    .replace(/[\uFFFE\uFFFF]/g, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&apos;');
}

type Result = 'passed' | 'failure' | 'error' | 'skipped';

function resultOf(status: Status, strict: boolean): Result {
  switch (status) {
    case 'pass':
      return 'passed';
    case 'warn':
      return strict ? 'failure' : 'passed';
    case 'fail':
      return 'failure';
    case 'inconclusive':
      return 'error';
    case 'not-applicable':
    case 'not-run':
      return 'skipped';
  }
}

/** `tests`, `failures`, `errors` and `skipped`, as the attributes of a suite. */
function totals(findings: readonly Finding[], strict: boolean): string {
  const results = findings.map(({ status }) => resultOf(status, strict));
  const count = (result: Result): number => results.filter((other) => other === result).length;
  return `tests="${findings.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
}

function testcase(finding: Finding, { pass, warn, fail }: ThresholdWords, strict: boolean): string {
  const { criterion, title, status, summary, evidence, advice, parts } = finding;
  const text = [
    summary,
    ...evidence,
    ...parts.map((part) => `${part.scenario}: ${part.status}: ${part.summary}`),
    ...advice.map((line) => `look at: ${line}`),
    `bounds: pass ${pass}${warn === null ? '' : `; warn ${warn}`}${fail === null ? '' : `; fail ${fail}`}`,
  ]
    .map(xml)
    .join('\n');
  const message = `message="${xml(summary)}"`;
  const body: Readonly<Record<Result, string>> = {
    passed: `<system-out>${status === 'warn' ? 'warning: ' : ''}${text}</system-out>`,
    failure: `<failure type="${status}" ${message}>${text}</failure>`,
    error: `<error type="${status}" ${message}>${text}</error>`,
    skipped: `<skipped ${message}/>`,
  };
  return `    <testcase classname="webhook-stress.${criterion}" name="${xml(title)}">
      ${body[resultOf(status, strict)]}
    </testcase>`;
}

/**
 * junit.xml: a suite a question, a case a criterion. Inconclusive is an error, not run and not applicable are skipped; a
 * warning passes with its words as output, and fails in a strict run.
 */
export function renderJunit(report: Report): string {
  const { findings, strict, startedAt, durationSeconds } = report;
  const bounds = thresholdsInWords(report.run?.profile.criteria ?? defaultThresholds());
  const suites = questions.map((question) => {
    const own = findings.filter((finding) => finding.question === question);
    return `  <testsuite name="${xml(question)}" ${totals(own, strict)} timestamp="${xml(startedAt)}">
${own.map((finding) => testcase(finding, bounds[finding.criterion], strict)).join('\n')}
  </testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="webhook-stress ${xml(report.runId)}" ${totals(findings, strict)} time="${durationSeconds.toFixed(3)}">
${suites.join('\n')}
</testsuites>
`;
}
