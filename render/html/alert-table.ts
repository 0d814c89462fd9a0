import type { Report } from '../../contract/report/report.ts';
import { alertsLeftOut } from '../alerts-left-out.ts';
import { formatSecond } from '../formats.ts';
import { alertSymbols, alertWeights } from './alert-weight.ts';
import { html, type Markup } from './markup.ts';

/** The monitor's alerts, oldest first. */
export function alertTable(report: Report): Markup {
  if (report.alerts.length === 0) return html`<p class="hint">No alerts.</p>`;
  const leftOut = alertsLeftOut(report);
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Alerts, table"><table class="alerts">
<thead><tr><th class="number" scope="col">At</th><th scope="col">Alert</th><th scope="col">What</th></tr></thead>
<tbody>${report.alerts.map(({ atSeconds, kind, message }) => {
    const weight = alertWeights[kind];
    return html`<tr><td class="number">${formatSecond(atSeconds)}</td><td class="kind ${weight}"><span aria-hidden="true">${alertSymbols[weight]}</span> ${kind}</td><td class="free">${message}</td></tr>`;
  })}</tbody></table></div>${leftOut === null ? '' : html`<p class="hint">${leftOut}</p>`}`;
}
