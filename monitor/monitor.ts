import { appendFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type AlertLine, journalFiles, type ServerSampleLine } from '../contract/journal/journal.ts';
import type { RunClock } from './clock.ts';
import { LogTail } from './probes/log-tail.ts';
import { type ProbePaths, type ProbeResults, Probes } from './probes/probes.ts';
import { costlyLookMs, isDue, ticks } from './schedule.ts';
import { Alerts } from './sinks/alerts.ts';
import { JournalWriter } from './sinks/journal-writer.ts';
import { oomKills } from './system/cgroup.ts';
import { rootOnPort, type ServerAddress } from './system/find-server.ts';
import { MachineCpu } from './system/machine-cpu.ts';
import { readProcFile } from './system/proc-file.ts';
import { processSource } from './system/process-source.ts';
import { countSockets } from './system/sockets.ts';

export interface MonitorSettings {
  readonly folder: string;
  readonly runId: string;
  readonly address: ServerAddress;
  readonly rootPid: number;
  readonly intervalMs: number;
  /** Base of the probes' URLs; null for none. */
  readonly baseUrl: string | null;
  readonly probePaths: ProbePaths;
  readonly token: string | null;
  /** The server's own log; null for none. */
  readonly serverLog: string | null;
}

export interface MonitorSummary {
  readonly samples: number;
  readonly alerts: number;
  readonly lastSample: ServerSampleLine | null;
}

/** Memory of the whole tree in this sample counts as PSS only where the kernel gives it for the root. */
function memorySource(rootPid: number): 'pss' | 'rss' {
  return readProcFile(`/proc/${rootPid}/smaps_rollup`) === null ? 'rss' : 'pss';
}

/**
 * Samples the server until `stop` aborts, writing server.ndjson and monitor.log as it goes.
 * @param onSample and onAlert show them to people as they come.
 */
export async function monitorServer(
  settings: MonitorSettings,
  clock: RunClock,
  stop: AbortSignal,
  onSample: (sample: ServerSampleLine) => void,
  onAlert: (alert: AlertLine) => void,
): Promise<MonitorSummary> {
  const logFile = join(settings.folder, journalFiles.monitorLog);
  const note = (text: string): void => {
    appendFileSync(logFile, `${new Date(clock.nowUs() / 1000).toISOString()} ${text}\n`);
  };
  const journal = new JournalWriter(join(settings.folder, journalFiles.server), settings.runId, clock);
  const cores = availableParallelism();
  journal.write({
    bootId: readProcFile('/proc/sys/kernel/random/boot_id')?.trim() ?? null,
    rootPid: settings.rootPid,
    cores,
    intervalMs: settings.intervalMs,
    memorySource: memorySource(settings.rootPid),
  });
  note(`watching process ${settings.rootPid} every ${settings.intervalMs} ms`);

  const source = processSource(settings.rootPid);
  const machine = new MachineCpu();
  const alerts = new Alerts(cores);
  const probes = settings.baseUrl === null ? null : new Probes(settings.baseUrl, settings.probePaths, settings.token);
  const log = settings.serverLog === null ? null : new LogTail(settings.serverLog);
  /** Ticks of start by pid, also of processes that are gone: the log may name one after its end. */
  const startTicks = new Map<number, number>();
  let slow: Pick<ServerSampleLine, 'sockets' | 'oomKills'> = { sockets: null, oomKills: null };
  let lastSlowMs = Number.NEGATIVE_INFINITY;
  let samples = 0;
  let alertCount = 0;
  let lastSample: ServerSampleLine | null = null;

  const raise = (alert: AlertLine): void => {
    alertCount += 1;
    journal.write(alert);
    note(`${alert.alert}: ${alert.message}`);
    onAlert(alert);
  };

  for await (const _ of ticks(settings.intervalMs, stop)) {
    if (stop.aborted) break;
    const nowMs = performance.now();
    const processes = await source.sample(nowMs);
    const pids = processes.map(({ pid }) => pid);
    for (const { pid, startTicks: ticksOfStart } of processes) startTicks.set(pid, ticksOfStart);
    if (isDue(nowMs - lastSlowMs, costlyLookMs(pids.length))) {
      lastSlowMs = nowMs;
      slow = { sockets: countSockets(pids), oomKills: pids[0] === undefined ? slow.oomKills : oomKills(pids[0]) };
    }
    const probed: ProbeResults = probes?.take(nowMs) ?? { health: null, redis: null, database: null };
    const sample: ServerSampleLine = {
      atUs: clock.nowUs(),
      processes,
      ...slow,
      machineCpuPercent: machine.read(nowMs),
      ...probed,
    };
    journal.write(sample);
    samples += 1;
    lastSample = sample;
    for (const pid of log?.recycledPids() ?? []) {
      const known = startTicks.get(pid);
      if (known === undefined) continue;
      raise({
        atUs: sample.atUs,
        alert: 'process-recycled',
        message: `worker ${pid} was recycled in order`,
        pid,
        startTicks: known,
      });
    }
    for (const alert of alerts.take(sample)) raise(alert);
    onSample(sample);
    // A server that was started again on its port is watched again, and its new processes are new lines.
    if (processes.length === 0 && settings.address.by === 'port') {
      source.rootPid = rootOnPort(settings.address.port) ?? source.rootPid;
    }
  }
  journal.end();
  note(`ended after ${samples} samples and ${alertCount} alerts`);
  return { samples, alerts: alertCount, lastSample };
}
