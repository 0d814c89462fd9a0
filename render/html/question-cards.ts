import { criteria, questions } from '../../contract/criteria.ts';
import type { Finding, Report } from '../../contract/report.ts';
import { statusWords, weightiest } from '../status-words.ts';
import { badge } from './badge.ts';
import { html, type Markup } from './markup.ts';

/** More lines of evidence than this are folded away. */
const evidenceShown = 6;

/** The six questions, each a card with its criteria. Two columns of whole cards, so that unfolding one moves no other column. */
export function questionCards(report: Report): Markup {
  const cards = questions.map((question, n) => card(report, question, n));
  return html`<div class="cards"><div>${cards.slice(0, 4)}</div><div>${cards.slice(4)}</div></div>`;
}

function card(report: Report, question: string, n: number): Markup {
  const findings = report.findings.filter((finding) => finding.question === question);
  const status = weightiest(findings.map((finding) => finding.status));
  return html`<section class="card question ${status}" id="question-${n + 1}"><h2>${question}${badge(status)}</h2>${findings.map(row)}</section>`;
}

function row(finding: Finding): Markup {
  const { criterion, title, status, summary, evidence, advice, parts } = finding;
  const unfolded = status === 'fail' || status === 'inconclusive' ? html` open` : null;
  return html`<details class="finding ${status}" id="${criterion}"${unfolded}><summary>${badge(status)}<span class="said"><b>${title}</b><span class="seen">${summary}</span></span></summary>
<div class="more">
${evidenceList(evidence)}
${parts.length === 0 ? null : html`<table class="parts"><tbody>${parts.map((part) => html`<tr><th scope="row">${part.scenario}</th><td>${badge(part.status)}</td><td>${part.summary}</td></tr>`)}</tbody></table>`}
${advice.length === 0 ? null : html`<div class="advice"><b>What to look at</b><ul>${advice.map((line) => html`<li>${line}</li>`)}</ul></div>`}
${boundsOf(finding)}
</div></details>`;
}

function evidenceList(evidence: readonly string[]): Markup | null {
  if (evidence.length === 0) return null;
  const items = evidence.map((line) => html`<li>${line}</li>`);
  const rest = items.slice(evidenceShown);
  return html`<ul class="evidence">${items.slice(0, evidenceShown)}</ul>${rest.length === 0 ? null : html`<details class="rest"><summary>and ${rest.length} more</summary><ul class="evidence">${rest}</ul></details>`}`;
}

function boundsOf({ criterion }: Finding): Markup {
  const { pass, warn, fail } = criteria[criterion];
  const bound = (status: 'pass' | 'warn' | 'fail', words: string | null): Markup | null =>
    words === null ? null : html`<span><b class="${status}">${statusWords[status].word}</b> ${words}</span>`;
  return html`<p class="bounds">${bound('pass', pass)}${bound('warn', warn)}${bound('fail', fail)}</p>`;
}
