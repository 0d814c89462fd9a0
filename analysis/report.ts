import { exceptionInWords } from '../contract/journal/exceptions.ts';
import type { Manifest } from '../contract/journal/journal.ts';
import type { Purpose, RecordedOutcome } from '../contract/journal/outcomes.ts';
import { redactShapes } from '../contract/journal/redaction.ts';
import { obstacleOf } from '../contract/journal/request-failures.ts';
import { treeCpuPercent } from '../contract/journal/tree-cpu.ts';
import { processBytes } from '../contract/journal/tree-memory.ts';
import {
  type ClockReport,
  type GeneratorReport,
  type MonitorReport,
  type Report,
  reportVersion,
  type ScenarioReport,
  type ServerSummary,
} from '../contract/report/report.ts';
import { reconcile } from './counts.ts';
import { burstSpread, spreadInWords } from './delivery/burst-spread.ts';
import { withDigests } from './digest/with-digests.ts';
import type { GeneratorSpans } from './interpret/generator-spans.ts';
import { interpret } from './interpret/interpret.ts';
import { pauseGaps } from './interpret/pauses.ts';
import { restartNote } from './interpret/restart.ts';
import { hostOf, type Run, type ScenarioRun, samplesHere, serverOf, unknownClocks } from './interpret/run.ts';
import { maxLoadShare, saturationsOf } from './interpret/saturation.ts';
import { differencesOf, planGaps } from './interpret/sent-of-plan.ts';
import { stallsOf } from './interpret/stalls.ts';
import { unreadLogGaps } from './interpret/unread-logs.ts';
import { unsentIn } from './interpret/unsent.ts';
import type { Clock } from './journal/clock.ts';
import type { JournalPlaces } from './journal/places.ts';
import { readRun } from './journal/run.ts';
import type { ServerTimeline } from './journal/server.ts';
import { gapsWhileLive } from './journal/unfinished.ts';
import { requestCounts } from './outcomes/request-counts.ts';
import { type Redact, redactedAlert, redactedFinding, redactedGap } from './redacted.ts';
import { withRefusedFiles } from './refused-files.ts';
import { seriesOf } from './series.ts';
import { max } from './statistics.ts';
import { fold, judge, withTested } from './verdict.ts';

export interface ReportOptions {
  /** Whether a warning fails the run. */
  readonly strict: boolean;
  /** When it is made; the only thing in it that the journal does not decide. */
  readonly now: Date;
  /** Hides secrets by their values, too; left out: by their shapes alone. */
  readonly redact?: Redact;
  /** Whether the run still goes on: its journal holds what is written so far. */
  readonly isLive?: boolean;
}

/** The finished report of a journal: read, interpret, judge. */
export function reportOf(manifest: Manifest, places: JournalPlaces, options: ReportOptions): Report {
  const run = withDigests(interpret(readRun(manifest, places)));
  return buildReport(options.isLive === true ? { ...run, gaps: gapsWhileLive(run.gaps) } : run, options);
}

/** The finished report of an interpreted run. */
export function buildReport(run: Run, { strict, now, redact = redactShapes }: ReportOptions): Report {
  const { manifest } = run;
  const { rows, gaps: countGaps } = reconcile(run);
  const gaps = [...run.gaps, ...countGaps, ...planGaps(run)];
  const findings = judge(run, gaps).map((finding) => redactedFinding(finding, redact));
  const { interrupted } = manifest;
  const endedAtUs = manifest.endedAtUs ?? lastKnownUs(run);
  return {
    format: 'webhook-stress/report',
    version: reportVersion,
    runId: manifest.runId,
    generatedAt: now.toISOString(),
    startedAt: new Date(manifest.startedAtUs / 1000).toISOString(),
    durationSeconds: (endedAtUs - manifest.startedAtUs) / 1e6,
    ...withTested(withRefusedFiles(fold(findings, { interrupted, strict }), manifest), manifest),
    interrupted,
    strict,
    findings,
    scenarios: run.scenarios.map((scenario) => scenarioReport(run, scenario)),
    alerts: alertsOf(run).map((alert) => redactedAlert(alert, redact)),
    alertsLeftOut: run.servers.reduce((sum, { alertsLeftOut }) => sum + alertsLeftOut, 0),
    gaps: [...gaps, ...pauseGaps(run), ...unreadLogGaps(run)].map((gap) => redactedGap(gap, redact)),
    generator: generatorReport(run),
    counts: rows,
    server: serverSummary(run, serverOf(run)),
    ...(run.servers.every(({ clock }) => clock.source === 'own')
      ? {}
      : { monitors: run.servers.map((server) => monitorReport(run, server)) }),
    ...([...run.clocks.values()].every(({ source }) => source === 'own')
      ? {}
      : { generators: [...run.clocks].map(([id, clock]) => ({ id, clock: clockReport(clock) })) }),
    series: seriesOf(run),
    run: {
      command: manifest.command,
      versions: manifest.versions,
      k6Build: manifest.k6Build,
      environment: manifest.environment,
      target: manifest.target,
      profile: manifest.profile,
      settings: manifest.settings,
      restart: manifest.restart,
    },
  };
}

function lastKnownUs(run: Run): number {
  const windows = run.scenarios.flatMap(({ window }) => [window.startedAtUs, window.endedAtUs ?? 0]);
  return max([run.manifest.startedAtUs, ...windows, samplesHere(run).at(-1)?.atUs ?? 0]) ?? 0;
}

function scenarioReport(run: Run, scenario: ScenarioRun): ScenarioReport {
  const { startedAtUs } = run.manifest;
  const { name, window, timeline, ledger, digest } = scenario;
  // The ledger is ahead of the timeline, which waits for late samples: of a run cut short it holds more.
  const counts = digest?.meant ?? (ledger === null ? timeline?.counts : requestCounts(ledger).meant);
  const requests: Partial<Record<Purpose, Partial<Record<RecordedOutcome, number>>>> = Object.fromEntries(
    [...(counts ?? [])].map(([purpose, byOutcome]) => [purpose, Object.fromEntries(byOutcome)]),
  );
  return {
    name,
    fromSeconds: (window.startedAtUs - startedAtUs) / 1e6,
    toSeconds: window.endedAtUs === null ? null : (window.endedAtUs - startedAtUs) / 1e6,
    k6ExitCode: window.k6ExitCode,
    k6Signal: window.k6Signal,
    requests,
    droppedIterations: timeline?.droppedIterations ?? 0,
    service: timeline?.service ?? null,
    full: timeline?.full ?? null,
    notes: ledger === null ? [] : notesOf(run, scenario, ledger),
  };
}

function notesOf(run: Run, scenario: ScenarioRun, ledger: NonNullable<ScenarioRun['ledger']>): readonly string[] {
  const spread = burstSpread(ledger);
  const restart = run.manifest.restart?.scenario === scenario.name ? restartNote(run) : null;
  return [
    ...unknownClocks(run, ledger),
    ...(spread === null ? [] : [`achieved spread of the burst: ${spreadInWords(spread)}`]),
    ...(restart === null ? [] : [restart]),
    ...(scenario.window.exceptions ?? []).map(exceptionInWords),
    ...differencesOf(run, scenario).notes,
    ...scenario.plan.notes,
  ];
}

function generatorReport(run: Run): GeneratorReport {
  const seconds = (spans: GeneratorSpans) =>
    spans.ofAny().map(({ fromUs, toUs }) => ({
      fromSeconds: (fromUs - run.manifest.startedAtUs) / 1e6,
      toSeconds: (toUs - run.manifest.startedAtUs) / 1e6,
    }));
  const requestsIn = (digested: 'inStalls' | 'inSaturation', spansOf: (scenario: ScenarioRun) => GeneratorSpans) =>
    run.scenarios.reduce(
      (sum, scenario) => sum + (scenario.digest?.[digested] ?? spansOf(scenario).requestsIn(scenario.ledger)),
      0,
    );
  const unsent = new Map<number, number>();
  for (const { ledger, digest } of run.scenarios) {
    const here = digest?.unsent ?? (ledger === null ? [] : unsentIn(ledger));
    for (const [code, count] of here) unsent.set(code, (unsent.get(code) ?? 0) + count);
  }
  const saturated = (scenario: ScenarioRun): GeneratorSpans => saturationsOf(run, scenario);
  return {
    droppedIterations: run.scenarios.reduce((sum, { timeline }) => sum + (timeline?.droppedIterations ?? 0), 0),
    stalls: run.scenarios.flatMap((scenario) => seconds(stallsOf(scenario))),
    requestsInStalls: requestsIn('inStalls', stallsOf),
    saturated: run.scenarios.flatMap((scenario) => seconds(saturated(scenario))),
    requestsInSaturation: requestsIn('inSaturation', saturated),
    maxCpuShare: max(run.scenarios.flatMap((scenario) => maxLoadShare(scenario) ?? [])),
    unsent: [...unsent].sort(([, a], [, b]) => b - a).map(([code, requests]) => ({ ...obstacleOf(code), requests })),
  };
}

/** Of all machines, in order of time. */
function alertsOf(run: Run): Report['alerts'] {
  const { startedAtUs } = run.manifest;
  const all = run.servers.flatMap((server) => {
    const host = hostOf(run, server);
    return server.alerts.map(({ atUs, alert, message }) => ({
      atSeconds: (atUs - startedAtUs) / 1e6,
      kind: alert,
      message: host === null ? message : `${host}: ${message}`,
    }));
  });
  return run.servers.length < 2 ? all : all.toSorted((a, b) => a.atSeconds - b.atSeconds);
}

function monitorReport(run: Run, server: ServerTimeline): MonitorReport {
  return {
    id: server.id,
    host: server.identity.host ?? null,
    clock: clockReport(server.clock),
    server: server.identity.rootPid === 0 ? null : serverSummary(run, server),
  };
}

function clockReport({ source, readings, uncertaintyUs }: Clock): ClockReport {
  const isKnown = source !== 'unknown';
  return {
    aheadMs: isKnown ? meanOf(readings.map(({ aheadUs }) => aheadUs / 1000)) : null,
    uncertaintyMs: isKnown ? uncertaintyUs / 1000 : null,
    source,
  };
}

const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

function serverSummary(run: Run, server: ServerTimeline | null): ServerSummary | null {
  // A monitor that asked the stores alone has no samples.
  if (server === null || server.samples.length === 0) return null;
  const { cores, memorySource, intervalMs } = server.identity;
  let maxCpuPercent: number | null = null;
  let maxBytes = 0;
  let healthMs = 0;
  let healthCount = 0;
  for (const sample of server.samples) {
    const cpu = treeCpuPercent(sample, cores);
    if (cpu !== null) maxCpuPercent = Math.max(maxCpuPercent ?? 0, Number(cpu.toFixed(1)));
    const bytes = sample.processes.reduce(
      (total, process) => total + (processBytes(process, memorySource) ?? processBytes(process, 'rss') ?? 0),
      0,
    );
    maxBytes = Math.max(maxBytes, bytes);
    if (sample.health?.state !== 'ok') continue;
    healthMs += sample.health.latencyMs;
    healthCount += 1;
  }
  return {
    samples: server.samples.length,
    ...{ intervalMs, cores, memorySource },
    maxCpuPercentOfCores: maxCpuPercent,
    // Nobody saw a process of it.
    maxMemoryBytes: server.identity.rootPid === 0 ? null : maxBytes,
    meanHealthMs: healthCount === 0 ? null : healthMs / healthCount,
    counts: run.manifest.serverCounts,
  };
}
