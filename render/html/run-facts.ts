import { limitsOf } from '../../contract/profile/declared-limits.ts';
import { keyLifeInWords } from '../../contract/profile/key-life.ts';
import { megabytes } from '../../contract/report/figures.ts';
import type { ClockReport, Report } from '../../contract/report/report.ts';
import { clockInWords } from '../clocks.ts';
import { formatCount, formatDuration, formatMs, formatUtc, notMeasured } from '../formats.ts';
import { html, type Markup } from './markup.ts';

type Fact = readonly [name: string, value: string];

/** Where and with what the run was made, what the target promised, and every setting. */
export function runFacts(report: Report): Markup {
  const settings = Object.entries(report.run?.settings ?? {});
  return html`<div class="groups">
${group('Run', runOf(report))}
${group('Target', targetOf(report))}
${group('Generator machine', machineOf(report))}
${group('Server', serverOf(report))}
${report.monitors === undefined ? null : group('Monitors', monitorsOf(report.monitors))}
${
  report.generators === undefined
    ? null
    : group(
        'Generators',
        report.generators.map(({ id, clock }) => [id, clockOf(clock)] as const),
      )
}
</div>${settings.length === 0 ? null : html`<details class="settings"><summary>Settings (${settings.length})</summary><ul>${settings.map(([name, value]) => html`<li><code>${name}</code> ${String(value)}</li>`)}</ul></details>`}`;
}

function group(title: string, facts: readonly Fact[]): Markup {
  return html`<div><h3>${title}</h3>${facts.length === 0 ? html`<p class="hint">not recorded</p>` : html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`}</div>`;
}

function runOf(report: Report): readonly Fact[] {
  return [
    ['Run', report.runId],
    ['Started', formatUtc(report.startedAt)],
    ['Duration', formatDuration(report.durationSeconds)],
    ['Generated', formatUtc(report.generatedAt)],
    ...(report.run === null ? [] : ([['Scenarios', report.run.command.join(', ')]] as const)),
  ];
}

function targetOf({ run }: Report): readonly Fact[] {
  if (run === null) return [];
  const { target, profile } = run;
  const { limiter, idempotency } = profile;
  return [
    ['Address', target.baseUrl],
    [
      'Kind',
      target.workers === null
        ? target.kind
        : `${target.kind}, ${target.workers === 1 ? '1 worker' : `${target.workers} workers`}`,
    ],
    ['Faults injected', target.faults.join(', ') || 'none'],
    ['Profile', profile.name],
    [
      'Promised limit',
      limiter.kind === 'none'
        ? 'none'
        : limitsOf(limiter)
            .map(
              ({ limit, windowMs, kind, burst }) =>
                `${limit} per ${windowMs} ms, ${kind}${burst === null ? '' : `, burst ${burst}`}`,
            )
            .join('; '),
    ],
    [
      'Promised idempotency',
      idempotency.kind === 'none' ? 'none' : `${keyLifeInWords(idempotency)}, ${idempotency.order}`,
    ],
    ['Read-back', profile.readback.kind],
    ['Redis, database', `${profile.redis}, ${profile.database}`],
  ];
}

function machineOf({ run }: Report): readonly Fact[] {
  if (run === null) return [];
  const { environment, versions, k6Build } = run;
  return [
    ['System', environment.os],
    ['Processor', `${environment.cores} × ${environment.cpuModel}`],
    ['Memory', `${(environment.memoryBytes / 2 ** 30).toFixed(1)} GiB`],
    ['webhook-stress', versions.webhookStress],
    ['k6', `${versions.k6} (${k6Build} build)`],
    ['Node', versions.node],
  ];
}

/** Each with what its clock is worth. */
function monitorsOf(monitors: NonNullable<Report['monitors']>): readonly Fact[] {
  return monitors.map(({ id, host, clock, server }) => {
    const watched = server === null ? 'no process watched' : `${formatCount(server.samples)} samples`;
    return [host ?? id, `${watched}; ${clockOf(clock)}`] as const;
  });
}

const clockOf = (clock: ClockReport): string =>
  clock.source === 'own' ? "the run's clock" : `clock ${clockInWords(clock)}`;

function serverOf({ server }: Report): readonly Fact[] {
  if (server === null) return [];
  return [
    ['Samples', `${formatCount(server.samples)}, one per ${server.intervalMs} ms`],
    ['Cores it may use', String(server.cores)],
    [
      'Max CPU',
      server.maxCpuPercentOfCores === null ? notMeasured : `${server.maxCpuPercentOfCores.toFixed(0)}% of its cores`,
    ],
    [
      'Max memory',
      server.maxMemoryBytes === null
        ? notMeasured
        : `${megabytes(server.maxMemoryBytes)} (${server.memorySource.toUpperCase()})`,
    ],
    ['Health check, mean', server.meanHealthMs === null ? notMeasured : `${formatMs(server.meanHealthMs)} ms`],
  ];
}
