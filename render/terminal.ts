import type { Status } from '../contract/criteria.ts';
import type { Report } from '../contract/report.ts';
import { inert, statusWords } from './words.ts';

const colours: Readonly<Record<Status, string>> = {
  pass: '32',
  warn: '33',
  fail: '31',
  inconclusive: '35',
  'not-applicable': '90',
  'not-run': '90',
};

/** The short verdict for a terminal: a line a criterion, what decided the failed ones, and where the report is. */
export function renderTerminal(
  report: Report,
  { colour, reportPath }: { readonly colour: boolean; readonly reportPath: string },
): string {
  const paint = (status: Status, text: string): string =>
    colour ? `\u001b[${colours[status]}m${text}\u001b[0m` : text;
  const width = Math.max(...report.findings.map(({ title }) => title.length));
  const rows = report.findings.flatMap((finding) => {
    const { symbol, word } = statusWords[finding.status];
    const row = `  ${paint(finding.status, `${symbol} ${word.padEnd(14)}`)} ${finding.title.padEnd(width)}  ${inert(finding.summary)}`;
    const details = finding.status === 'fail' || finding.status === 'inconclusive' ? finding.evidence.slice(0, 3) : [];
    return [row, ...details.map((text) => `${' '.repeat(width + 21)}${inert(text)}`)];
  });
  return ['', paint(report.verdict, inert(report.headline)), '', ...rows, '', `  report: ${inert(reportPath)}`].join(
    '\n',
  );
}
