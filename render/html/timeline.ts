import { defaultThresholds } from '../../contract/report/default-thresholds.ts';
import type { Report } from '../../contract/report/report.ts';
import type { PageData } from '../page/data.ts';
import { sanitize } from '../sanitize.ts';
import { alertSymbols, alertWeights } from './alert-weight.ts';
import { html, type Markup } from './markup.ts';

/** The place of the plots, which render/page draws, and the key to their marks. */
export function timeLine(report: Report): Markup {
  return html`<div class="above"><p class="hint">Seconds from the start of the run. Drag to zoom every plot, double-click to reset; a name in a legend hides its line, with Ctrl all others.</p><button type="button" id="reset" hidden>Reset</button></div>
<p class="instant-told" id="marked" role="status"></p>
<p class="key"><span><i class="band"></i>scenario</span><span class="grave">${alertSymbols.grave} failure</span><span class="notable">${alertSymbols.notable} warning</span><span class="plain">${alertSymbols.plain} event</span>${report.generator.stalls.length === 0 ? null : html`<span><i class="stall"></i>generator stalled</span>`}</p>
<div id="plots"><noscript>The plots need JavaScript; their numbers are in report.json.</noscript></div>`;
}

/** What the page's script reads, as the text of a script element: no `<` in it, so that nothing can close the element. */
export function embeddedData(report: Report): string {
  const { series } = report;
  const { p95Response, anyResponse, cpu } = report.run?.profile.criteria ?? defaultThresholds;
  const clean = <S extends Report['series']['server']>(server: S): S => ({
    ...server,
    memory: server.memory.map(({ label, bytes }) => ({ label: sanitize(label), bytes })),
  });
  const data: PageData = {
    durationSeconds: report.durationSeconds,
    series: {
      ...series,
      server: clean(series.server),
      further: (series.further ?? []).map((server) => ({ ...clean(server), host: sanitize(server.host) })),
    },
    windows: report.scenarios.map(({ name, fromSeconds, toSeconds }) => ({
      name,
      fromSeconds,
      toSeconds: toSeconds ?? report.durationSeconds,
    })),
    alerts: report.alerts.map(({ atSeconds, kind, message }) => ({
      atSeconds,
      kind,
      weight: alertWeights[kind],
      message: sanitize(message),
    })),
    thresholds: { p95Response, anyResponse, cpu },
    stalls: report.generator.stalls,
  };
  return JSON.stringify(data)
    .replace(/</g, '\\u003c')
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029');
}
