import { questionsIn, type Status } from '../contract/report/criteria.ts';
import type { Finding, Measure, Report } from '../contract/report/report.ts';
import { embeddedInWords } from '../contract/report/tested-target.ts';
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

function counter(findings: readonly Finding[], strict: boolean): (result: Result) => number {
  const results = findings.map(({ status }) => resultOf(status, strict));
  return (result) => results.filter((other) => other === result).length;
}

/** A criterion takes no time of its own; the schema of Jenkins' xUnit plugin and GitLab want the attribute on every case. */
const noTime = 'time="0"';

function testcase(finding: Finding, strict: boolean): string {
  const { criterion, title, status, summary, evidence, advice, parts, thresholds } = finding;
  const { pass, warn, fail } = thresholds;
  const text = [
    summary,
    ...evidence,
    ...parts.map((part) => `${part.scenario}: ${part.status}: ${part.summary}`),
    ...advice.map((line) => `look at: ${line}`),
    `thresholds: pass ${pass}${warn === null ? '' : `; warn ${warn}`}${fail === null ? '' : `; fail ${fail}`}`,
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
  return `    <testcase classname="webhook-stress.${xml(criterion)}" name="${xml(title)}" ${noTime}>
      ${body[resultOf(status, strict)]}
    </testcase>`;
}

/**
 * `<criterion>.<measure>`, of several machines `…@<host>`, with its value, and beside it the ends of its interval and its threshold; and
 * `target`, where it is none of the user's. */
function properties(findings: readonly Finding[], tested: string | null): string {
  const ofMeasures = findings.flatMap(({ criterion, measures }) =>
    measures.flatMap(({ name, value, unit, low, high, threshold, host }: Measure) => {
      const of = `${criterion}.${name}${host === undefined ? '' : `@${host}`}`;
      return [
        [of, `${value}${unit === 'count' || unit === 'share' ? '' : ` ${unit}`}`],
        ...(low === undefined ? [] : [[`${of}.low`, String(low)]]),
        ...(high === undefined ? [] : [[`${of}.high`, String(high)]]),
        ...(threshold === undefined ? [] : [[`${of}.threshold`, String(threshold)]]),
      ];
    }),
  );
  const lines = [...(tested === null ? [] : [['target', tested]]), ...ofMeasures];
  if (lines.length === 0) return '';
  return `    <properties>
${lines.map(([name = '', value = '']) => `      <property name="${xml(name)}" value="${xml(value)}"/>`).join('\n')}
    </properties>
`;
}

/**
 * junit.xml: a suite per question, a case per criterion, a property per measure. Inconclusive is an error, not run and not
 * applicable are skipped; a warning passes with its words as output, and fails in a strict run. It fits the schema of Jenkins'
 * xUnit plugin (junit-10.xsd): properties belong to suites only, and the root counts no skipped cases.
 */
export function renderJunit(report: Report): string {
  const tested = report.run === null ? null : embeddedInWords(report.run);
  const against = report.run?.target.kind === 'embedded' ? ' against the EMBEDDED backend' : '';
  const { findings, strict, startedAt, durationSeconds } = report;
  const suites = questionsIn(findings).map((question) => {
    const own = findings.filter((finding) => finding.question === question);
    const count = counter(own, strict);
    return `  <testsuite name="${xml(question)}" tests="${own.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" ${noTime} timestamp="${xml(startedAt)}">
${properties(own, tested)}${own.map((finding) => testcase(finding, strict)).join('\n')}
  </testsuite>`;
  });
  const count = counter(findings, strict);
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="webhook-stress ${xml(report.runId)}${against}" tests="${findings.length}" failures="${count('failure')}" errors="${count('error')}" time="${durationSeconds.toFixed(3)}">
${suites.join('\n')}
</testsuites>
`;
}
