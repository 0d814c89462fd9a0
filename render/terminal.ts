import { type Status, statuses } from '../contract/report/criteria.ts';
import type { Finding, Report } from '../contract/report/report.ts';
import { alertsLeftOut } from './alerts-left-out.ts';
import { clocksLine } from './clocks.ts';
import { evidenceBeside } from './evidence-beside.ts';
import { logLine } from './log-line.ts';
import { sanitize } from './sanitize.ts';
import { shownVerdict } from './shown-verdict.ts';
import { statusWords } from './status-words.ts';
import { wrapped } from './wrapped.ts';

const colors: Readonly<Record<Status, string>> = {
  pass: '32',
  warn: '33',
  fail: '31',
  inconclusive: '35',
  'not-applicable': '90',
  'not-run': '90',
};
const gray = '90';

/** Lines of evidence under a criterion that failed or is inconclusive; the rest stands in the report. */
const evidenceShown = 3;

/** What was not judged: one line names all of a kind, and the report says why. */
const gathered: readonly Status[] = ['not-applicable', 'not-run'];

/** A narrower terminal wraps by itself what does not fit: a word a line is no text. */
const minWidth = 40;

export interface TerminalForm {
  /** Whether to write colors; nothing else is written that a terminal acts upon. */
  readonly color: boolean;
  /** How many columns it has. */
  readonly width: number;
  /** Of the page; null if it was not written. */
  readonly reportPath: string | null;
}

/**
 * The short verdict for a terminal: the criteria, worst first, what decided the failed ones, and where the page is. Words are never
 * left out nor broken, and each criterion begins a line with its status and title, so that a log can be searched.
 */
export function renderTerminal(report: Report, { color, width, reportPath }: TerminalForm): string {
  const columns = Math.max(minWidth, width);
  const paint = (codes: string, text: string): string => (color ? `\u001b[${codes}m${text}\u001b[0m` : text);
  const lines = (text: string, before: number, codes: string | null = null): readonly string[] =>
    hanging(text, before, columns).map((line) => (codes === null ? line : paint(codes, line)));
  const headed = (status: Status, text: string): readonly string[] => {
    const { symbol, word } = statusWords[status];
    const [first = '', ...rest] = lines(`${symbol} ${word}  ${text}`, 2);
    const mark = `  ${symbol} ${word}`;
    return [`  ${paint(colors[status], mark.trim())}${first.slice(mark.length)}`, ...rest];
  };
  const judged = ({ status, title, summary, advice, ...rest }: Finding): readonly string[] => [
    ...headed(status, `${sanitize(title)}  ${sanitize(summary)}`),
    ...(status === 'fail' || status === 'inconclusive' ? evidenceBeside(rest) : [])
      .slice(0, evidenceShown)
      .flatMap((text) => lines(sanitize(text), 6, gray)),
    ...(status === 'fail' || status === 'warn' ? advice.slice(0, 1) : []).flatMap((text) =>
      lines(`→ ${sanitize(text)}`, 6),
    ),
  ];
  const ofStatus = (status: Status): readonly string[] => {
    const findings = report.findings.filter((finding) => finding.status === status);
    if (!gathered.includes(status)) return findings.flatMap(judged);
    return findings.length === 0 ? [] : headed(status, findings.map(({ title }) => sanitize(title)).join(', '));
  };
  const remarks = [alertsLeftOut(report), clocksLine(report)].flatMap((text) => (text === null ? [] : [text]));
  const verdict = shownVerdict(report);
  const headline = `${statusWords[verdict].symbol} ${sanitize(report.headline)}`;
  return [
    '',
    ...lines(headline, 0, `1;${colors[verdict]}`),
    '',
    ...statuses.flatMap(ofStatus),
    ...(report.gaps.length === 0 ? [] : ['', '  What is missing:']),
    ...report.gaps.flatMap(({ file, problem }) => lines(`${sanitize(file)}: ${sanitize(problem)}`, 4)),
    ...remarks.flatMap((text) => ['', ...lines(sanitize(text), 2)]),
    ...(reportPath === null ? [] : ['', `  report: ${sanitize(reportPath)}`]),
  ]
    .map(logLine)
    .join('\n');
}

/** Lines after so many blanks, the further ones after some more. */
function hanging(text: string, before: number, columns: number): readonly string[] {
  const more = before === 2 ? 4 : 2;
  const [first = '', ...others] = wrapped(text, columns - before);
  const rest = others.length === 0 ? [] : wrapped(others.join(' '), columns - before - more);
  return [`${' '.repeat(before)}${first}`, ...rest.map((line) => `${' '.repeat(before + more)}${line}`)];
}
