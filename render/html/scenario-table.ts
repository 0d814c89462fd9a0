import { purposes } from '../../contract/journal/outcomes.ts';
import type { Latency, Report, ScenarioReport } from '../../contract/report/report.ts';
import { formatCount, formatMs, formatOutcomes, formatSecond } from '../formats.ts';
import { k6Remarks } from '../k6-remarks.ts';
import { html, type Markup } from './markup.ts';

/** What each scenario sent and what came back. */
export function scenarioTable(report: Report): Markup {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Scenarios, table"><table class="scenarios">
<thead>
<tr><th rowspan="2" scope="col">Scenario</th><th rowspan="2" scope="col">Requests by purpose and outcome</th><th rowspan="2" class="number" scope="col">Dropped</th><th colspan="5" class="group" scope="colgroup">Service time, ms</th><th colspan="3" class="group" scope="colgroup">With connecting, ms</th></tr>
<tr>${['mean', 'p50', 'p95', 'p99', 'max', 'p95', 'p99', 'max'].map((head, n) => html`<th class="number${n === 0 || n === 5 ? ' first' : ''}" scope="col">${head}</th>`)}</tr>
</thead>
<tbody>${report.scenarios.map(row)}</tbody></table></div>
<p class="hint">Response times are of accepted and duplicate answers to load; a dropped iteration counts as an answer that never arrived.</p>`;
}

function row(scenario: ScenarioReport): Markup {
  const { name, fromSeconds, toSeconds, requests, service, full, notes } = scenario;
  const window = `${fromSeconds.toFixed(0)} – ${toSeconds === null ? '? s, not ended' : formatSecond(toSeconds, 0)}`;
  const sent = purposes.flatMap((purpose) => {
    const counts = requests[purpose];
    return counts === undefined ? [] : [html`<dt>${purpose}</dt><dd>${formatOutcomes(counts)}</dd>`];
  });
  const remarks = [...notes, ...k6Remarks(scenario)];
  return html`<tr><th scope="row">${name}<span class="soft">${window}</span></th>
<td>${sent.length === 0 ? html`<p>none recorded</p>` : html`<dl class="sent">${sent}</dl>`}${remarks.map((remark) => html`<span class="note">${remark}</span>`)}</td>
<td class="number">${formatCount(scenario.droppedIterations)}</td>
${numbers(service, ['meanMs', 'p50Ms', 'p95Ms', 'p99Ms', 'maxMs'])}${numbers(full, ['p95Ms', 'p99Ms', 'maxMs'])}</tr>`;
}

function numbers(latency: Latency | null, fields: readonly (keyof Latency)[]): readonly Markup[] {
  return fields.map(
    (field, n) => html`<td class="number${n === 0 ? ' first' : ''}">${formatMs(latency?.[field])}</td>`,
  );
}
