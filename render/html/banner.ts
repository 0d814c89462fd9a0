import { questionsIn, worst } from '../../contract/report/criteria.ts';
import type { Report } from '../../contract/report/report.ts';
import { formatDuration, formatUtc } from '../formats.ts';
import { shownVerdict } from '../shown-verdict.ts';
import { statusWords, tally } from '../status-words.ts';
import { badge } from './badge.ts';
import { html, type Markup } from './markup.ts';

/** What a person must see first: the verdict, of which run, and the answer to each question; with links to the sections below. */
export function banner(report: Report, sections: readonly { readonly id: string; readonly title: string }[]): Markup {
  const { run } = report;
  const verdict = shownVerdict(report);
  const { symbol, word } = statusWords[verdict];
  const fact = (name: string, value: string): Markup => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  const counts = tally(report.findings.map(({ status }) => status));
  return html`<header class="banner ${verdict}"><div class="wide">
<div class="product"><span>webhook-stress report</span><nav aria-label="Parts of the report">${sections.map(({ id, title }) => html`<a href="#${id}">${title}</a>`)}</nav></div>
<div class="verdict"><span class="stamp"><span aria-hidden="true">${symbol}</span> ${word}</span><h1>${report.headline}</h1></div>
<p class="tally">${counts.map(({ status, count }) => html`<span class="${status}"><b>${count}</b> ${statusWords[status].word}</span>`)}${report.strict ? html`<span>strict: warnings count as failures</span>` : null}${report.interrupted ? html`<span class="fail">interrupted: partial report</span>` : null}<span>exit code ${report.exitCode}</span></p>
<dl class="meta">
${fact('Run', report.runId)}
${fact('Started', formatUtc(report.startedAt))}
${fact('Duration', formatDuration(report.durationSeconds))}
${run === null ? null : [fact('Target', `${run.target.baseUrl} (${run.target.kind})`), fact('Load from', `k6 ${run.versions.k6} (${run.k6Build} build)`)]}
</dl>
<nav class="answers" aria-label="The questions">${questionsIn(report.findings).map((question, n) => answer(report, question, n))}</nav>
</div></header>`;
}

function answer(report: Report, question: string, n: number): Markup {
  const findings = report.findings.filter((finding) => finding.question === question);
  const status = worst(
    findings.map((finding) => finding.status),
    'not-run',
  );
  return html`<a class="answer ${status}" href="#question-${n + 1}"><span class="asked">${question}</span>${badge(status)}</a>`;
}
