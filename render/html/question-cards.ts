import { questionsIn, type Status, statuses, worst } from '../../contract/report/criteria.ts';
import type { Finding, Report, ThresholdWords } from '../../contract/report/report.ts';
import { statusWords } from '../status-words.ts';
import { badge } from './badge.ts';
import { html, type Markup } from './markup.ts';
import { pictures } from './pictures/pictures.ts';

/** More lines of evidence than this are folded away. */
const evidenceShown = 6;

/**
 * The six questions, the worst first, each a card with its criteria, in two columns of about equal height. They are columns of whole
 * cards, so that unfolding one moves none in the other.
 */
export function questionCards(report: Report): Markup {
  const asked = questionsIn(report.findings).map((question, n) => {
    const own = report.findings.filter((finding) => finding.question === question);
    return { n, question, findings: worstFirst(own, ({ status }) => status) };
  });
  const questions = worstFirst(asked, ({ findings }) => findings[0]?.status ?? 'not-run');
  const heights = questions.map(({ findings }) => findings.reduce((sum, finding) => sum + roughLines(finding), 2));
  const cards = questions.map(({ question, findings, n }) => card(question, findings, n));
  const split = evenSplit(heights);
  return html`<div class="cards"><div>${cards.slice(0, split)}</div><div>${cards.slice(split)}</div></div>`;
}

const worstFirst = <T>(all: readonly T[], of: (one: T) => Status): readonly T[] =>
  all.toSorted((a, b) => statuses.indexOf(of(a)) - statuses.indexOf(of(b)));

const isUnfolded = ({ status }: Finding): boolean =>
  status !== 'pass' && status !== 'not-applicable' && status !== 'not-run';

function roughLines(finding: Finding): number {
  const { evidence, parts, advice, pictures: drawn = [] } = finding;
  if (!isUnfolded(finding)) return 3;
  return (
    5 + 1.6 * Math.min(evidence.length, evidenceShown) + 2 * parts.length + 1.8 * advice.length + 12 * drawn.length
  );
}

/** How many of the first belong in the left column for the two to be most alike. */
function evenSplit(heights: readonly number[]): number {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const uneven = (split: number): number => Math.abs(sum(heights.slice(0, split)) - sum(heights.slice(split)));
  return heights.reduce((best, _, n) => (uneven(n + 1) < uneven(best) ? n + 1 : best), 1);
}

function card(question: string, findings: readonly Finding[], n: number): Markup {
  const status = worst(
    findings.map((finding) => finding.status),
    'not-run',
  );
  return html`<section class="card question ${status}" id="question-${n + 1}"><h2>${question}${badge(status)}</h2>${findings.map((finding) => row(finding))}</section>`;
}

function row(finding: Finding): Markup {
  const { criterion, title, status, summary, evidence, advice, parts, thresholds } = finding;
  const unfolded = isUnfolded(finding) ? html` open` : null;
  return html`<details class="finding ${status}" id="${criterion}"${unfolded}><summary>${badge(status)}<span class="said"><b>${title}</b><span class="seen">${summary}</span></span></summary>
<div class="more">
${pictures(finding)}
${evidenceList(evidence)}
${parts.length === 0 ? null : html`<table class="parts"><tbody>${parts.map((part) => html`<tr><th scope="row">${part.scenario}</th><td>${badge(part.status)}</td><td>${part.summary}</td></tr>`)}</tbody></table>`}
${advice.length === 0 ? null : html`<div class="advice"><b>What to look at</b><ul>${advice.map((line) => html`<li>${line}</li>`)}</ul></div>`}
${thresholdsLine(thresholds)}
</div></details>`;
}

function evidenceList(evidence: readonly string[]): Markup | null {
  if (evidence.length === 0) return null;
  const items = evidence.map((line) => html`<li>${line}</li>`);
  const rest = items.slice(evidenceShown);
  return html`<ul class="evidence">${items.slice(0, evidenceShown)}</ul>${rest.length === 0 ? null : html`<details class="rest"><summary>and ${rest.length} more</summary><ul class="evidence">${rest}</ul></details>`}`;
}

function thresholdsLine({ pass, warn, fail }: ThresholdWords): Markup {
  const threshold = (status: 'pass' | 'warn' | 'fail', words: string | null): Markup | null =>
    words === null ? null : html`<span><b class="${status}">${statusWords[status].word}</b> ${words}</span>`;
  return html`<p class="thresholds">${threshold('pass', pass)}${threshold('warn', warn)}${threshold('fail', fail)}</p>`;
}
