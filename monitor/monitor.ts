import { setTimeout as sleep } from 'node:timers/promises';
import type { AlertLine, ServerIdentityLine, ServerSampleLine } from '../contract/journal/journal.ts';
import { Alerts, type AlertThresholds } from './alerts.ts';
import type { RunClock } from './clock.ts';
import { LogTail } from './log/log-tail.ts';
import { logsOf } from './log/own-logs.ts';
import { readToEnd } from './log/read-to-end.ts';
import { ServerLog } from './log/server-log.ts';
import { readPage } from './metrics/metrics-page.ts';
import { watchMetrics } from './metrics/watch-metrics.ts';
import { pinnedAgent, type TlsTrust } from './probes/pinned-agent.ts';
import { noProbes, type ProbePaths, Probes } from './probes/probes.ts';
import { ticks } from './schedule.ts';
import { ServerSampler } from './server-sampler.ts';
import type { Sink } from './sinks/sink.ts';
import { StoreAlerts } from './stores/store-alerts.ts';
import { StoreMonitor } from './stores/store-monitor.ts';
import type { StoreUrls } from './stores/watch-stores.ts';
import { CollectorSettings } from './system/collector-settings.ts';
import { coresOf } from './system/cores.ts';
import type { FoundServer, ServerAddress } from './system/find-server.ts';
import type { LaterLook } from './system/later-servers.ts';
import { isLocalAddress } from './system/local-address.ts';
import { bootUs, machineIdentity } from './system/machine.ts';
import { MachineCpu, unknownUse } from './system/machine-cpu.ts';
import { memoryLimitOf } from './system/memory-limit.ts';
import { readProcFile } from './system/proc-file.ts';
import { ProcessExits } from './system/process-exits.ts';
import { lateWorkerAlert } from './system/unknown-ends.ts';

export interface MonitorSettings {
  readonly address: ServerAddress;
  readonly found: FoundServer;
  /** What people call this machine. */
  readonly host: string;
  readonly intervalMs: number;
  /** Base of the probes' URLs; null for none. */
  readonly baseUrl: string | null;
  /** The IP address that probes connect to; null: as the host of baseUrl resolves at the start. */
  readonly probeAddress: string | null;
  readonly probePaths: ProbePaths;
  readonly token: string | null;
  /** The target's metrics page; null for none. */
  readonly metricsUrl: string | null;
  readonly trust: TlsTrust | null;
  /** The server's own logs. */
  readonly serverLogs: readonly string[];
  /** Our build of k6, which tells how processes end; null if there is none. */
  readonly exitsProgram: string | null;
  /** Hides secrets in lines of those logs. */
  readonly redact: (text: string) => string;
  /** Secrets: what the monitor asks itself. */
  readonly stores: StoreUrls;
  readonly thresholds: AlertThresholds;
}

export interface MonitorSummary {
  readonly samples: number;
  readonly alerts: number;
  readonly lastSample: ServerSampleLine | null;
}

function identityOf({ host, found, intervalMs }: MonitorSettings): ServerIdentityLine {
  const { roots, watched, unwatched, aside } = found;
  const rootPid = roots[0] ?? 0;
  const memoryLimitBytes = memoryLimitOf(roots);
  const bootedAtUs = bootUs();
  return {
    ...machineIdentity(),
    ...(bootedAtUs === null ? {} : { bootUs: bootedAtUs }),
    host,
    rootPid,
    watched: [...watched],
    unwatched: [...unwatched],
    aside: aside.map(({ text }) => text),
    cores: coresOf(...roots),
    ...(memoryLimitBytes === null ? {} : { memoryLimitBytes }),
    intervalMs,
    // Memory of the whole tree counts as PSS only if the kernel gives it for the root.
    memorySource: readProcFile(`/proc/${rootPid}/smaps_rollup`) === null ? 'rss' : 'pss',
  };
}

/** The same with what was found to serve since. */
function identityWith(identity: ServerIdentityLine, { watched, unwatched, aside }: LaterLook): ServerIdentityLine {
  return {
    ...identity,
    watched: [...(identity.watched ?? []), ...watched],
    unwatched: [...(identity.unwatched ?? []), ...unwatched],
    aside: [...(aside ?? identity.aside ?? [])],
  };
}

/** Keeps up with what is watched: its identity in the journal, the cores that it may use, and its logs. */
class Watched {
  #identity: ServerIdentityLine;
  #news: LaterLook | null = null;

  constructor(identity: ServerIdentityLine) {
    this.#identity = identity;
  }

  /** @param roots those that are watched from now on; null: the same as before. */
  update(roots: readonly number[] | null, news: LaterLook | null, told: Told): void {
    const cores = roots === null ? this.#identity.cores : coresOf(...roots);
    const isOther = cores !== this.#identity.cores;
    this.#identity = { ...this.#identity, cores };
    this.#news = news ?? this.#news;
    told.alerts.cores = cores;
    if (roots !== null) told.log.readAlso(logsOf(roots));
    if (news === null && !isOther) return;
    const identity = this.#news === null ? this.#identity : identityWith(this.#identity, this.#news);
    told.sink.watch(identity, [...(news?.lines ?? []), ...(isOther ? [`it may use ${cores} cores`] : [])]);
  }
}

interface Told {
  readonly sink: Sink;
  readonly log: ServerLog;
  readonly alerts: Alerts;
}

/** The server of a monitor that watches none of its processes. */
export const noServer: FoundServer = {
  roots: [],
  watched: [],
  aside: [],
  unwatched: ["the server's processes: only what it says by URL, its stores and its log"],
};

/** Looks at the metrics page beside everything else, until `stop` aborts. It needs none of the server's processes. */
async function lookAtMetrics(
  { metricsUrl, token, probeAddress, trust }: MonitorSettings,
  clock: RunClock,
  stop: AbortSignal,
  sink: Sink,
): Promise<void> {
  if (metricsUrl === null) return;
  const agent = pinnedAgent(new URL(metricsUrl), probeAddress, trust);
  await watchMetrics(
    () => readPage(metricsUrl, token, agent),
    { clock, stop },
    (line) => sink.metrics(line),
  );
}

/**
 * Asks the server's stores, its metrics page, its health check and its statistics, and reads of the stores in its log, until `stop` aborts: the
 * whole of a monitor that cannot see the server's processes.
 */
export async function monitorStores(
  settings: MonitorSettings,
  clock: RunClock,
  stop: AbortSignal,
  sink: Sink,
): Promise<MonitorSummary> {
  let alertCount = 0;
  const raise = (lines: readonly AlertLine[]): void => {
    alertCount += lines.length;
    for (const alert of lines) sink.alert(alert);
  };
  const stores = new StoreMonitor({
    ...{ stores: settings.stores, alerts: new StoreAlerts(settings.thresholds), sink, raise },
  });
  const alerts = new Alerts(1, settings.thresholds);
  sink.start(identityOf(settings));
  const logs = settings.serverLogs.map((path) => new LogTail(path, settings.intervalMs));
  const readLogs = (): number => {
    for (const log of logs) log.readOn((text) => stores.readLog(text));
    stores.tellLog(clock.nowUs());
    return logs.reduce((sum, { unreadBytes }) => sum + unreadBytes, 0);
  };
  const asked = Promise.all([stores.watch(clock, stop), lookAtMetrics(settings, clock, stop, sink)]);
  const probes = probesOf(settings);
  const { probeAddress } = settings;
  const machine = probeAddress !== null && isLocalAddress(probeAddress) ? new MachineCpu() : null;
  let samples = 0;
  for await (const _ of ticks(settings.intervalMs, stop)) {
    readLogs();
    const nowMs = performance.now();
    const results = probes?.results(nowMs) ?? noProbes;
    const use = machine?.read(nowMs) ?? unknownUse;
    if ([...Object.values(results), use.machineCpuPercent].every((result) => result === null)) continue;
    const sample = { ...nothingOfProcesses, ...use, atUs: clock.nowUs(), ...results };
    sink.sample(sample);
    samples += 1;
    // It is not lost: nobody watches it.
    raise(alerts.add(sample).filter(({ alert }) => alert !== 'server-lost'));
  }
  await asked;
  raise(readToEnd(readLogs, clock));
  sink.end(samples, alertCount);
  return { samples, alerts: alertCount, lastSample: null };
}

const nothingOfProcesses = { processes: [], sockets: null, oomKills: null } as const;

/** What is asked of the server by URL; null for nothing. */
function probesOf({ baseUrl, probePaths: paths, token, probeAddress: address, trust }: MonitorSettings): Probes | null {
  return baseUrl === null ? null : new Probes({ baseUrl, paths, token, address, trust });
}

/** The kernel counts a kill before it sends the signal, and what was hit takes a moment to end. */
const endsWithinMs = 200;

/** One sample a tick until `stop` aborts, and one more after an OOM kill that none of them shows. */
async function* samplesOf(
  sampler: ServerSampler,
  intervalMs: number,
  stop: AbortSignal,
): AsyncGenerator<ServerSampleLine> {
  for await (const _ of ticks(intervalMs, stop)) {
    if (stop.aborted) break;
    yield await sampler.sample();
  }
  if (!sampler.isAfterKill()) return;
  await sleep(endsWithinMs);
  yield await sampler.sample();
}

/** Samples the server until `stop` aborts, and tells the sink all that it sees. */
export async function monitorServer(
  settings: MonitorSettings,
  clock: RunClock,
  stop: AbortSignal,
  sink: Sink,
): Promise<MonitorSummary> {
  const exits = new ProcessExits(settings.exitsProgram);
  const identity = identityOf(settings);
  const watched = new Watched(identity);
  sink.start(identity);
  const { address, found, serverLogs: paths, redact, intervalMs, thresholds, stores: urls } = settings;
  const sampler = new ServerSampler(clock, address, found.roots, probesOf(settings));
  const collectors = new CollectorSettings();
  const alerts = new Alerts(identity.cores, thresholds, identity.memorySource);
  let samples = 0;
  let alertCount = 0;
  let lastSample: ServerSampleLine | null = null;
  const raise = (lines: readonly AlertLine[]): void => {
    alertCount += lines.length;
    for (const alert of lines) sink.alert(alert);
  };

  const stores = new StoreMonitor({ stores: urls, alerts: new StoreAlerts(thresholds), sink, raise });
  const log = new ServerLog({ paths, intervalMs, redact, onText: (text) => stores.readLog(text) });
  // Beside the samples, which never wait for it.
  const asked = Promise.all([stores.watch(clock, stop), lookAtMetrics(settings, clock, stop, sink)]);

  await exits.listening(stop);
  for await (const sample of samplesOf(sampler, intervalMs, stop)) {
    const news = sampler.takeNews();
    watched.update(sampler.takeRoots(), news, { sink, log, alerts });
    sink.sample(sample);
    samples += 1;
    lastSample = sample;
    log.see(sample.processes, sample.atUs);
    for (const line of collectors.see(sample.processes, sample.atUs)) sink.metrics(line);
    raise(log.alerts(sample.atUs));
    raise(log.exits(exits.take(), sample.atUs));
    // What is watched from now on did not start now.
    raise(alerts.add(sample).filter(({ alert }) => news === null || alert !== 'process-started'));
    raise(sampler.takeLateWorkers().map((end) => lateWorkerAlert(end, sample.atUs)));
    stores.tellLog(sample.atUs);
  }
  sampler.stop();
  await asked;
  const readLog = (): number => {
    raise(log.alerts(clock.nowUs()));
    return log.unreadBytes;
  };
  raise(readToEnd(readLog, clock));
  raise(log.exits(exits.take(), clock.nowUs()));
  exits.stop();
  stores.tellLog(clock.nowUs());
  sink.end(samples, alertCount);
  return { samples, alerts: alertCount, lastSample };
}
