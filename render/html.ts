import { createHash } from 'node:crypto';
import type { Report } from '../contract/report.ts';
import type { ReportAssets } from './assets.ts';
import { alertTable } from './html/alert-table.ts';
import { banner } from './html/banner.ts';
import { countTable } from './html/count-table.ts';
import { generatorFacts } from './html/generator.ts';
import { html, Markup } from './html/markup.ts';
import { questionCards } from './html/question-cards.ts';
import { runFacts } from './html/run-facts.ts';
import { scenarioTable } from './html/scenario-table.ts';
import { embeddedData, timeLine } from './html/time-line.ts';
import { statusWords } from './status-words.ts';

/**
 * report.html: one file that opens from disk without a network. Its policy lets only the very script and style run that
 * stand in it, by their hashes; whatever got in besides would be inert.
 */
export function renderHtml(report: Report, { script, style }: ReportAssets): string {
  const inlineScript = script.replace(/<(?=\/script|script|!--)/gi, '\\x3c');
  const policy = `default-src 'none'; script-src ${hash(inlineScript)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${statusWords[report.verdict].symbol} ${statusWords[report.verdict].word}: webhook-stress ${report.runId}</title>
<style>${new Markup(style)}</style>
</head>
<body>
${banner(report)}
<main class="wide">
${gaps(report)}
${questionCards(report)}
${section('time-line', 'Time line', timeLine(report))}
${section('scenarios', 'Scenarios', scenarioTable(report))}
<div class="pair">
${section('counts', 'Requests as each witness counted them', countTable(report))}
${section('generator', 'Load generator', generatorFacts(report))}
</div>
${section('alerts', `Alerts (${report.alerts.length})`, alertTable(report))}
${section('run', 'Environment and settings', runFacts(report))}
</main>
<script type="application/json" id="data">${new Markup(embeddedData(report))}</script>
<script>${new Markup(inlineScript)}</script>
</body>
</html>
`;
  return page.source;
}

function section(id: string, title: string, body: Markup): Markup {
  return html`<section class="card" id="${id}"><h2>${title}</h2>${body}</section>`;
}

function gaps(report: Report): Markup | null {
  if (report.gaps.length === 0) return null;
  return html`<section class="card gaps" id="gaps"><h2>What is missing</h2><p class="hint">What depends on these is inconclusive, never passed.</p><dl class="facts">${report.gaps.map(({ file, problem }) => html`<dt><code>${file}</code></dt><dd>${problem}</dd>`)}</dl></section>`;
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
