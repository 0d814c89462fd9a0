import type { Status } from '../contract/report/criteria.ts';
import type { Finding, Report } from '../contract/report/report.ts';
import { alertsLeftOut } from './alerts-left-out.ts';
import { clocksLine } from './clocks.ts';
import { logLine } from './log-line.ts';
import { sanitize } from './sanitize.ts';
import { statusWords } from './status-words.ts';

const colors: Readonly<Record<Status, string>> = {
  pass: '32',
  warn: '33',
  fail: '31',
  inconclusive: '35',
  'not-applicable': '90',
  'not-run': '90',
};

/** Lines of evidence under a criterion that failed or is inconclusive; the rest stands in the report. */
const evidenceShown = 3;

/**
 * The short verdict for a terminal: a line a criterion, what decided the failed ones, and where the report is.
 * @param color whether to write colors; nothing else is written that a terminal acts upon.
 */
export function renderTerminal(
  report: Report,
  { color, reportPath }: { readonly color: boolean; readonly reportPath: string },
): string {
  const paint = (codes: string, text: string): string => (color ? `\u001b[${codes}m${text}\u001b[0m` : text);
  const longest = (texts: readonly string[]): number => texts.reduce((max, { length }) => Math.max(max, length), 0);
  const titleWidth = longest(report.findings.map(({ title }) => sanitize(title)));
  const wordWidth = longest(report.findings.map(({ status }) => statusWords[status].word));
  const indent = ' '.repeat(titleWidth + wordWidth + 8);

  const leftOut = alertsLeftOut(report);
  const clocks = clocksLine(report);
  const lines = ({ status, title, summary, evidence }: Finding): readonly string[] => {
    const { symbol, word } = statusWords[status];
    const decided = status === 'fail' || status === 'inconclusive' ? evidence.slice(0, evidenceShown) : [];
    return [
      `  ${paint(colors[status], `${symbol} ${word.padEnd(wordWidth)}`)}  ${sanitize(title).padEnd(titleWidth)}  ${sanitize(summary)}`,
      ...decided.map((text) => paint('90', `${indent}${sanitize(text)}`)),
    ];
  };

  return [
    '',
    paint(`1;${colors[report.verdict]}`, `${statusWords[report.verdict].symbol} ${sanitize(report.headline)}`),
    '',
    ...report.findings.flatMap(lines),
    ...(report.gaps.length === 0 ? [] : ['', '  What is missing:']),
    ...report.gaps.map(({ file, problem }) => `    ${sanitize(file)}: ${sanitize(problem)}`),
    ...(leftOut === null ? [] : ['', `  ${leftOut}`]),
    ...(clocks === null ? [] : ['', `  ${sanitize(clocks)}`]),
    '',
    `  report: ${sanitize(reportPath)}`,
  ]
    .map(logLine)
    .join('\n');
}
