import type { Finding, Report } from '../contract/report.ts';
import { clock, counts, inert, ms, statusWords } from './words.ts';

/** Text that Markdown and the HTML within it leave alone. */
function plain(text: string): string {
  return inert(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_[\]()#|~!@]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function details({ title, evidence, advice, parts }: Finding): readonly string[] {
  return [
    `### ${plain(title)}`,
    '',
    ...evidence.map((text) => `- ${plain(text)}`),
    ...parts
      .filter(({ status }) => status === 'fail' || status === 'warn' || status === 'inconclusive')
      .map(({ scenario, status, summary }) => `- ${scenario}: ${statusWords[status].word}: ${plain(summary)}`),
    ...(advice.length === 0 ? [] : ['', 'Look at:', '', ...advice.map((text) => `- ${plain(text)}`)]),
    '',
  ];
}

/** report.md, fit for the summary of a pipeline's step. */
export function renderMarkdown(report: Report): string {
  const troubled = report.findings.filter(
    ({ status }) => status === 'fail' || status === 'warn' || status === 'inconclusive',
  );
  const lines = [
    `# ${statusWords[report.verdict].symbol} ${plain(report.headline)}`,
    '',
    `Run \`${report.runId.replace(/[^\w.-]/g, '_')}\`, ${report.startedAt}, ${clock(report.durationSeconds)}${report.run === null ? '' : `, against ${plain(report.run.target.baseUrl)}`}.`,
    '',
    row(['', 'criterion', 'status', 'what was seen']),
    row(['---', '---', '---', '---']),
    ...report.findings.map(({ title, status, summary }) =>
      row([statusWords[status].symbol, plain(title), statusWords[status].word, plain(summary)]),
    ),
    '',
    ...(troubled.length === 0 ? [] : ['## What decided', '', ...troubled.flatMap(details)]),
    '## Scenarios',
    '',
    row(['scenario', 'load', 'probes', 'p50', 'p95', 'p99', 'max', 'notes']),
    row(['---', '---', '---', '---:', '---:', '---:', '---:', '---']),
    ...report.scenarios.map(({ name, requests, service, notes, droppedIterations }) =>
      row([
        name,
        counts(requests.load),
        counts(requests.probe),
        ms(service?.p50Ms),
        ms(service?.p95Ms),
        ms(service?.p99Ms),
        ms(service?.maxMs),
        [...notes.map(plain), ...(droppedIterations > 0 ? [`${droppedIterations} dropped iterations`] : [])].join(
          '; ',
        ) || '–',
      ]),
    ),
    '',
    ...(report.gaps.length === 0
      ? []
      : [
          '## What is missing',
          '',
          ...report.gaps.map(({ file, problem }) => `- ${plain(file)}: ${plain(problem)}`),
          '',
        ]),
  ];
  return `${lines.join('\n')}\n`;
}
