import { questions, type Status } from '../contract/criteria.ts';
import { recordedOutcomes } from '../contract/outcomes.ts';
import type { Finding, Latency, Report } from '../contract/report.ts';
import type { ReportAssets } from './assets.ts';
import { clock, counts, inert, megabytes, ms, statusWords } from './words.ts';

/** Text that is nothing but text, in elements and in attributes. */
function esc(text: string): string {
  return inert(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}

function badge(status: Status): string {
  const { symbol, word } = statusWords[status];
  return `<span class="badge ${status}"><b aria-hidden="true">${symbol}</b> ${word}</span>`;
}

const list = (items: readonly string[], className: string): string =>
  items.length === 0 ? '' : `<ul class="${className}">${items.map((item) => `<li>${esc(item)}</li>`).join('')}</ul>`;

function findingRow({ criterion, title, status, summary, evidence, advice, parts }: Finding): string {
  const partRows = parts.map(
    (part) => `<tr><th>${part.scenario}</th><td>${badge(part.status)}</td><td>${esc(part.summary)}</td></tr>`,
  );
  const details = [
    list(evidence, 'evidence'),
    partRows.length === 0 ? '' : `<table class="parts">${partRows.join('')}</table>`,
    advice.length === 0 ? '' : `<p class="look">Look at</p>${list(advice, 'advice')}`,
  ].join('');
  const head = `${badge(status)}<span class="title">${esc(title)}</span><span class="summary">${esc(summary)}</span>`;
  if (details === '') return `<div class="finding ${status}" id="${criterion}"><div class="head">${head}</div></div>`;
  const open = status === 'fail' || status === 'inconclusive' ? ' open' : '';
  return `<details class="finding ${status}" id="${criterion}"${open}><summary class="head">${head}</summary><div class="more">${details}</div></details>`;
}

const weight: readonly Status[] = ['fail', 'inconclusive', 'warn', 'pass', 'not-applicable', 'not-run'];

function questionCard(report: Report, question: string): string {
  const findings = report.findings.filter((finding) => finding.question === question);
  const status = weight.find((candidate) => findings.some((finding) => finding.status === candidate)) ?? 'not-run';
  return `<section class="question ${status}"><h2>${esc(question)} ${badge(status)}</h2>${findings.map(findingRow).join('')}</section>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[], className: string): string {
  const cells = (tag: string, row: readonly string[]): string => row.map((cell) => `<${tag}>${cell}</${tag}>`).join('');
  return `<div class="scroll"><table class="${className}"><thead><tr>${cells('th', head)}</tr></thead><tbody>${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('')}</tbody></table></div>`;
}

function latencyCells(latency: Latency | null): readonly string[] {
  return [latency?.p50Ms, latency?.p95Ms, latency?.p99Ms, latency?.maxMs].map((value) => ms(value));
}

function scenarioTable(report: Report): string {
  const rows = report.scenarios.map((scenario) => [
    `<b>${scenario.name}</b>`,
    scenario.toSeconds === null ? 'not ended' : clock(scenario.toSeconds - scenario.fromSeconds),
    esc(counts(scenario.requests.load)),
    esc(counts(scenario.requests.probe)),
    ...latencyCells(scenario.service),
    ms(scenario.full?.p95Ms),
    String(scenario.droppedIterations),
    esc(
      [...scenario.notes, ...(scenario.k6Signal === null ? [] : [`k6 was ended by ${scenario.k6Signal}`])].join('; '),
    ),
  ]);
  const head = [
    'scenario',
    'took',
    'load',
    'probes',
    'p50',
    'p95',
    'p99',
    'max',
    'p95 with connecting',
    'dropped',
    'notes',
  ];
  return table(head, rows, 'scenarios');
}

function countTable(report: Report): string {
  const cell = (value: number | null): string => (value === null ? '–' : String(value));
  const rows = [...report.counts]
    .sort((a, b) => recordedOutcomes.indexOf(a.outcome) - recordedOutcomes.indexOf(b.outcome))
    .sort((a, b) => a.purpose.localeCompare(b.purpose))
    .map((row) => [
      row.purpose,
      row.outcome,
      cell(row.k6Summary),
      cell(row.timeline),
      cell(row.ledger),
      cell(row.server),
      row.agree === null ? '–' : row.agree ? '✓' : '<b class="off">✗ disagree</b>',
    ]);
  return table(['purpose', 'outcome', 'k6 summary', 'timeline', 'ledger', 'server', 'agree'], rows, 'counts');
}

function facts(report: Report): string {
  const { run, server, generator } = report;
  const rows: readonly (readonly [string, string])[] = [
    ['run', report.runId],
    ['started', report.startedAt],
    ['duration', clock(report.durationSeconds)],
    ...(run === null
      ? []
      : ([
          [
            'target',
            `${run.target.baseUrl} (${run.target.kind}${run.target.workers === null ? '' : `, ${run.target.workers} workers`})`,
          ],
          ['faults', run.target.faults.join(', ') || 'none'],
          [
            'promised limit',
            run.profile.limiter.kind === 'none'
              ? 'none'
              : `${run.profile.limiter.limit} per ${run.profile.limiter.windowMs} ms, ${run.profile.limiter.kind}`,
          ],
          [
            'promised idempotency',
            run.profile.idempotency.kind === 'none'
              ? 'none'
              : `${run.profile.idempotency.ttlMs} ms, ${run.profile.idempotency.order}`,
          ],
          [
            'versions',
            `webhook-stress ${run.versions.webhookStress}, k6 ${run.versions.k6} (${run.k6Build}), Node ${run.versions.node}`,
          ],
          [
            'machine',
            `${run.environment.cores} × ${run.environment.cpuModel}, ${(run.environment.memoryBytes / 2 ** 30).toFixed(1)} GiB, ${run.environment.os}`,
          ],
        ] as const)),
    ...(server === null
      ? []
      : ([
          ['server samples', `${server.samples}, every ${server.intervalMs} ms`],
          [
            'CPU at most',
            server.maxCpuPercentOfCores === null
              ? '–'
              : `${server.maxCpuPercentOfCores.toFixed(0)} % of ${server.cores} cores`,
          ],
          ['memory at most', `${megabytes(server.maxMemoryBytes)} (${server.memorySource})`],
          ['health probe, mean', ms(server.meanHealthMs)],
        ] as const)),
    [
      'generator',
      `${generator.droppedIterations} dropped iterations, ${generator.stalls.length} stalls (${generator.requestsInStalls} requests in them)`,
    ],
  ];
  const settings = Object.entries(run?.settings ?? {}).map(([name, value]) => `${name}=${value}`);
  return [
    `<dl class="facts">${rows.map(([name, value]) => `<dt>${esc(name)}</dt><dd>${esc(value)}</dd>`).join('')}</dl>`,
    settings.length === 0
      ? ''
      : `<details><summary>Settings</summary><p class="settings">${esc(settings.join('  '))}</p></details>`,
  ].join('');
}

/** Data for the page, in a script element that holds no markup: `<` is written so that nothing can close it. */
function embedded(report: Report): string {
  const data = {
    durationSeconds: report.durationSeconds,
    series: report.series,
    windows: report.scenarios.map(({ name, fromSeconds, toSeconds }) => ({
      name,
      fromSeconds,
      toSeconds: toSeconds ?? report.durationSeconds,
    })),
    alerts: report.alerts.map(({ atSeconds, kind, message }) => ({ atSeconds, kind, message: inert(message) })),
  };
  return JSON.stringify(data)
    .replace(/</g, '\\u003c')
    .replace(/\u2028|\u2029/g, ' ');
}

/**
 * report.html: one file that opens from disk without a network. The policy allows only what stands in the file itself.
 */
export function renderHtml(report: Report, assets: ReportAssets): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
  const section = (title: string, body: string): string =>
    body === '' ? '' : `<section><h2>${title}</h2>${body}</section>`;
  const alerts = report.alerts.map(({ atSeconds, kind, message }) => [`${atSeconds.toFixed(1)} s`, kind, esc(message)]);
  const gaps = report.gaps.map(({ file, problem }) => `${file}: ${problem}`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${statusWords[report.verdict].word}: webhook-stress ${esc(report.runId)}</title>
<style>${assets.style}</style>
</head>
<body>
<header class="verdict ${report.verdict}">
<p class="name">webhook-stress · ${esc(report.runId)} · ${esc(report.startedAt.slice(0, 16).replace('T', ' '))} UTC · ${clock(report.durationSeconds)}${report.run === null ? '' : ` · ${esc(report.run.target.baseUrl)}`}</p>
<h1><span aria-hidden="true">${statusWords[report.verdict].symbol}</span> ${esc(report.headline)}</h1>
</header>
<main>
<div class="questions">${questions.map((question) => questionCard(report, question)).join('')}</div>
${gaps.length === 0 ? '' : `<section class="gaps"><h2>What is missing</h2>${list(gaps, 'evidence')}</section>`}
<section><h2>Time line</h2><p class="hint">One time axis: drag to zoom all plots, double-click to reset, click a legend to hide a line. Bands are scenarios, red marks are alerts.</p><div id="plots"></div></section>
${section('Scenarios', scenarioTable(report))}
${section('Requests as each witness counted them', countTable(report))}
${alerts.length === 0 ? '' : section('Alerts', table(['at', 'kind', 'what'], alerts, 'alerts'))}
${section('Run', facts(report))}
</main>
<script type="application/json" id="data">${embedded(report)}</script>
<script>${assets.script.replace(/<\/script/gi, '<\\/script')}</script>
</body>
</html>
`;
}
