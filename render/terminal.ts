import type { Status } from '../contract/report/criteria.ts';
import type { Finding, Report } from '../contract/report/report.ts';
import { inert } from './inert.ts';
import { statusWords } from './status-words.ts';

const colours: Readonly<Record<Status, string>> = {
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
 * @param colour whether to write colours; nothing else is written that a terminal acts upon.
 */
export function renderTerminal(
  report: Report,
  { colour, reportPath }: { readonly colour: boolean; readonly reportPath: string },
): string {
  const paint = (codes: string, text: string): string => (colour ? `\u001b[${codes}m${text}\u001b[0m` : text);
  const titleWidth = Math.max(...report.findings.map(({ title }) => inert(title).length));
  const wordWidth = Math.max(...report.findings.map(({ status }) => statusWords[status].word.length));
  const indent = ' '.repeat(titleWidth + wordWidth + 8);

  const lines = ({ status, title, summary, evidence }: Finding): readonly string[] => {
    const { symbol, word } = statusWords[status];
    const decided = status === 'fail' || status === 'inconclusive' ? evidence.slice(0, evidenceShown) : [];
    return [
      `  ${paint(colours[status], `${symbol} ${word.padEnd(wordWidth)}`)}  ${inert(title).padEnd(titleWidth)}  ${inert(summary)}`,
      ...decided.map((text) => paint('90', `${indent}${inert(text)}`)),
    ];
  };

  return [
    '',
    paint(`1;${colours[report.verdict]}`, `${statusWords[report.verdict].symbol} ${inert(report.headline)}`),
    '',
    ...report.findings.flatMap(lines),
    ...(report.gaps.length === 0 ? [] : ['', '  What is missing:']),
    ...report.gaps.map(({ file, problem }) => `    ${inert(file)}: ${inert(problem)}`),
    '',
    `  report: ${inert(reportPath)}`,
  ].join('\n');
}
