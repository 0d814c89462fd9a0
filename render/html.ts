import { createHash } from 'node:crypto';
import type { Report } from '../contract/report/report.ts';
import type { ReportAssets } from './assets.ts';
import { alertTable } from './html/alert-table.ts';
import { banner } from './html/banner.ts';
import { countTable } from './html/count-table.ts';
import { generatorFacts } from './html/generator.ts';
import { html, Markup } from './html/markup.ts';
import { questionCards } from './html/question-cards.ts';
import { runFacts } from './html/run-facts.ts';
import { scenarioTable } from './html/scenario-table.ts';
import { embeddedData, timeLine } from './html/timeline.ts';
import { shownVerdict } from './shown-verdict.ts';
import { statusWords } from './status-words.ts';

/**
 * report.html: one file that opens from disk without a network. Its policy lets only the very script and style run that
 * stand in it, by their hashes; whatever else got in would not run.
 */
export function renderHtml(report: Report, { script, style }: ReportAssets): string {
  const inlineScript = script.replace(/<(?=\/script|script|!--)/gi, '\\x3c');
  const policy = `default-src 'none'; script-src ${hash(inlineScript)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
  const sections = sectionsOf(report);
  const { symbol, word } = statusWords[shownVerdict(report)];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${symbol} ${word}: webhook-stress ${report.runId}</title>
<style>${new Markup(style)}</style>
</head>
<body>
${banner(report, sections)}
<main class="wide">
${questionCards(report)}
${sections.map(({ id, title, body }) => html`<section class="card" id="${id}"><h2>${title}</h2>${body}</section>`)}
</main>
<script type="application/json" id="data">${new Markup(embeddedData(report))}</script>
<script>${new Markup(inlineScript)}</script>
</body>
</html>
`;
  return page.source;
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

function sectionsOf(report: Report): readonly Section[] {
  const missing = { id: 'gaps', title: 'What is missing', body: gapList(report) };
  return [
    ...(report.gaps.length === 0 ? [] : [missing]),
    { id: 'time-line', title: 'Timeline', body: timeLine(report) },
    { id: 'scenarios', title: 'Scenarios', body: scenarioTable(report) },
    { id: 'counts', title: 'Request counts by source', body: countTable(report) },
    { id: 'generator', title: 'Load generator', body: generatorFacts(report) },
    { id: 'alerts', title: `Alerts (${report.alerts.length + report.alertsLeftOut})`, body: alertTable(report) },
    { id: 'run', title: 'Environment and settings', body: runFacts(report) },
  ];
}

function gapList(report: Report): Markup {
  return html`<p class="hint">What depends on these is inconclusive, never a pass.</p><dl class="facts">${report.gaps.map(({ file, problem }) => html`<dt><code>${file}</code></dt><dd>${problem}</dd>`)}</dl>`;
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
