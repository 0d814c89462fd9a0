import type { Finding, Report, ScenarioReport } from '../contract/report/report.ts';
import { alertsLeftOut } from './alerts-left-out.ts';
import { evidenceBeside } from './evidence-beside.ts';
import { formatCount, formatDuration, formatMs, formatOutcomes, formatUtc, notMeasured } from './formats.ts';
import { k6Remarks } from './k6-remarks.ts';
import { sanitize } from './sanitize.ts';
import { shownVerdict } from './shown-verdict.ts';
import { statusWords, tally } from './status-words.ts';
import { summaryBytes, withinBytes } from './within-bytes.ts';

/**
 * Text that Markdown and the HTML within it leave alone: everything that could begin a construct stands as a character
 * reference, also what GitHub turns into links and formulas by itself.
 */
export function plain(text: string): string {
  return sanitize(text)
    .trim()
    .replace(/[&<>\\`*_[\]#|~@$]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/:(?=\/\/)/g, '&#58;')
    .replace(/(?<=\bwww)\./gi, '&#46;')
    .replace(/^(\d+)([.)])(?=\s|$)/, (_, digits: string, end: string) => `${digits}&#${end.charCodeAt(0)};`)
    .replace(/^[-+=](?=[-=\s]|$)/, (character) => `&#${character.charCodeAt(0)};`);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

const troubles: readonly Finding['status'][] = ['fail', 'inconclusive', 'warn'];

/** report.md: what decided, for the summary of a pipeline's step or a comment. */
export function renderMarkdown(report: Report): string {
  const leftOut = alertsLeftOut(report);
  const lines = [
    `# ${statusWords[shownVerdict(report)].symbol} ${plain(report.headline)}`,
    '',
    ...about(report),
    '',
    row(['', 'Criterion', 'Status', 'Result']),
    row([':---:', '---', '---', '---']),
    ...report.findings.map(({ title, status, summary }) =>
      row([statusWords[status].symbol, plain(title), statusWords[status].word, plain(summary)]),
    ),
    '',
    ...troubles
      .flatMap((status) => report.findings.filter((finding) => finding.status === status))
      .map((finding) => ({ ...finding, evidence: evidenceBeside(finding) }))
      .flatMap(details),
    ...gaps(report),
    ...(leftOut === null ? [] : [leftOut, '']),
    '## Scenarios',
    '',
    'Service time of accepted and duplicate answers to load, in ms.',
    '',
    row(['Scenario', 'Load', 'Probes', 'Dropped', 'p50', 'p95', 'p99', 'max', 'Notes']),
    row(['---', '---', '---', '---:', '---:', '---:', '---:', '---:', '---']),
    ...report.scenarios.map(scenarioRow),
  ];
  return withinBytes(`${lines.join('\n')}\n`, summaryBytes);
}

function about({ runId, startedAt, durationSeconds, run, findings, exitCode, interrupted }: Report): readonly string[] {
  const counts = tally(findings.map(({ status }) => status)).map(
    ({ status, count }) => `${count} ${statusWords[status].word}`,
  );
  const target = run === null ? '' : `, against ${plain(run.target.baseUrl)}`;
  const load = run === null ? '' : ` Load from k6 ${plain(run.versions.k6)} (${run.k6Build} build).`;
  return [
    `Run ${plain(runId)}, ${formatUtc(startedAt)}, ${formatDuration(durationSeconds)}${target}.${load}`,
    '',
    `${counts.join(', ')}; exit code ${exitCode}.${interrupted ? ' **Interrupted: partial report.**' : ''}`,
  ];
}

/** Lines with the blank one that ends them; nothing for no lines. */
function paragraph(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [...lines, ''];
}

function details({ title, status, summary, evidence, advice, parts }: Finding): readonly string[] {
  const facts = [
    ...evidence.map(plain),
    ...parts
      .filter((part) => troubles.includes(part.status))
      .map((part) => `${part.scenario}: ${statusWords[part.status].word}: ${plain(part.summary)}`),
  ];
  return [
    `## ${statusWords[status].symbol} ${plain(title)}: ${statusWords[status].word}`,
    '',
    plain(summary),
    '',
    ...paragraph(facts.map((text) => `- ${text}`)),
    ...(advice.length === 0 ? [] : ['**What to look at**', '', ...paragraph(advice.map((text) => `- ${plain(text)}`))]),
  ];
}

function gaps(report: Report): readonly string[] {
  if (report.gaps.length === 0) return [];
  const lines = report.gaps.map(({ file, problem }) => `- ${plain(file)}: ${plain(problem)}`);
  return ['## What is missing', '', 'What depends on these is inconclusive, never a pass.', '', ...lines, ''];
}

function scenarioRow(scenario: ScenarioReport): string {
  const { name, requests, service, notes, droppedIterations } = scenario;
  const remarks = [...notes, ...k6Remarks(scenario)].map(plain);
  return row([
    name,
    formatOutcomes(requests.load),
    formatOutcomes(requests.probe),
    formatCount(droppedIterations),
    formatMs(service?.p50Ms),
    formatMs(service?.p95Ms),
    formatMs(service?.p99Ms),
    formatMs(service?.maxMs),
    remarks.join('; ') || notMeasured,
  ]);
}
