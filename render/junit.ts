import { questions } from '../contract/criteria.ts';
import type { Finding, Report } from '../contract/report.ts';

/** Text in XML 1.0: its five entities, and without the characters that no XML document may hold. */
function xml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&apos;');
}

function testcase(finding: Finding, strict: boolean): string {
  const { criterion, title, status, summary, evidence, advice } = finding;
  const text = xml([summary, ...evidence, ...advice.map((line) => `look at: ${line}`)].join('\n'));
  const element = (name: string): string => `<${name} message="${xml(summary)}">${text}</${name}>`;
  const body =
    status === 'fail' || (status === 'warn' && strict)
      ? element('failure')
      : status === 'inconclusive'
        ? element('error')
        : status === 'not-run' || status === 'not-applicable'
          ? `<skipped message="${xml(summary)}"/>`
          : `<system-out>${text}</system-out>`;
  return `    <testcase classname="webhook-stress.${criterion}" name="${xml(title)}">\n      ${body}\n    </testcase>`;
}

/** junit.xml: a suite a question, a case a criterion. Inconclusive is an error, not run and not applicable are skipped. */
export function renderJunit(report: Report): string {
  const suites = questions.map((question) => {
    const findings = report.findings.filter((finding) => finding.question === question);
    const count = (holds: (finding: Finding) => boolean): number => findings.filter(holds).length;
    const failures = count(({ status }) => status === 'fail' || (status === 'warn' && report.strict));
    const errors = count(({ status }) => status === 'inconclusive');
    const skipped = count(({ status }) => status === 'not-run' || status === 'not-applicable');
    const attributes = `tests="${findings.length}" failures="${failures}" errors="${errors}" skipped="${skipped}" timestamp="${xml(report.startedAt)}"`;
    return [
      `  <testsuite name="${xml(question)}" ${attributes}>`,
      ...findings.map((finding) => testcase(finding, report.strict)),
      '  </testsuite>',
    ].join('\n');
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="webhook-stress">\n${suites.join('\n')}\n</testsuites>\n`;
}
