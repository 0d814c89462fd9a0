import type { CountRow, Report } from '../../contract/report/report.ts';
import { formatCount } from '../formats.ts';
import { html, type Markup } from './markup.ts';

/** The same requests as each source counted them. */
export function countTable(report: Report): Markup {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Request counts by source, table"><table class="counts">
<thead><tr><th scope="col">Purpose</th><th scope="col">Outcome</th>${['k6 summary', 'Timeline', 'Ledger', 'Server'].map((head) => html`<th class="number" scope="col">${head}</th>`)}<th scope="col">Agree</th></tr></thead>
<tbody>${report.counts.map(row)}</tbody></table></div>`;
}

function row({ purpose, outcome, k6Summary, timeline, ledger, server, agree }: CountRow): Markup {
  const verdict =
    agree === null
      ? html`<span class="soft">n/a</span>`
      : agree
        ? html`<span class="pass">✓ yes</span>`
        : html`<b class="fail">✗ no</b>`;
  return html`<tr><td>${purpose}</td><td>${outcome}</td>${[k6Summary, timeline, ledger, server].map((count) => html`<td class="number">${formatCount(count)}</td>`)}<td>${verdict}</td></tr>`;
}
