import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { ClockPair } from '../../contract/journal/journal.ts';
import { journalFiles, localMonitor } from '../../contract/journal/paths.ts';
import { redactor } from '../../contract/journal/redaction.ts';
import { isSystemError, refusalOf } from '../../contract/journal/unwritable-file.ts';
import { exitCodes } from '../../contract/report/criteria.ts';
import { defaultThresholds } from '../../contract/report/default-thresholds.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { thresholds } from '../../contract/report/thresholds.ts';
import type { AlertThresholds } from '../../monitor/alerts.ts';
import { newClock } from '../../monitor/clock.ts';
import { logsOf } from '../../monitor/log/own-logs.ts';
import { type MonitorSettings, monitorServer, monitorStores, noServer } from '../../monitor/monitor.ts';
import type { TlsTrust } from '../../monitor/probes/pinned-agent.ts';
import { startTimer } from '../../monitor/schedule.ts';
import { type JournalOptions, JournalWriter } from '../../monitor/sinks/journal-writer.ts';
import { LogFile } from '../../monitor/sinks/log-file.ts';
import { type Sink, Sinks } from '../../monitor/sinks/sink.ts';
import type { StoreUrls } from '../../monitor/stores/watch-stores.ts';
import { type FoundServer, findServer } from '../../monitor/system/find-server.ts';
import { unoptimized } from '../../monitor/unoptimized.ts';
import { normalizeBaseUrl } from '../base-url.ts';
import { type Environment, readEnvironment, withholdSecrets } from '../environment.ts';
import { makeFolder } from '../make-folder.ts';
import { urlOnHost } from '../metrics-url.ts';
import { listenOf, serviceOf } from '../monitor-listen.ts';
import { MonitorTerminal } from '../monitor-terminal.ts';
import { type MonitorVoice, voiceForPeople, voiceForRunner } from '../monitor-voice.ts';
import { commandHelp } from '../options/help.ts';
import { monitorTable } from '../options/monitor.ts';
import type { Values } from '../options/option.ts';
import { parseArguments } from '../options/parse.ts';
import { serverAddresses, waysToFind } from '../options/server-options.ts';
import { reachedAddress } from '../reached-address.ts';
import { checkHost, firstAnswering, refuseOutside } from '../run/host-check.ts';
import { ownK6 } from '../run/k6-binary.ts';
import { ProgressLine } from '../run/progress.ts';
import { allowedHosts, logProblems } from '../run/settings.ts';

type MonitorValues = Values<typeof monitorTable.options>;

/**
 * The command `monitor`.
 * @returns 0, 3 if something could not be written, 130 after SIGINT. Throws an ExpectedError with every problem of the options.
 */
export async function monitor(args: readonly string[]): Promise<number> {
  const { values, help, problems } = parseArguments(monitorTable, args);
  if (help) {
    process.stdout.write(commandHelp(monitorTable));
    return exitCodes.passed;
  }
  const environment = takenEnvironment();
  const { hosts, listen, ...checked } = check(values, environment, problems);
  const { trust } = environment;
  const probeAddress = await probeAddressOf(checked.baseUrl, values['probe-address'], hosts, trust);
  const startedPid = values['started-pid'];
  const reached = reachedAddress(checked.address, values['base-url'], probeAddress);
  const isStarted = startedPid !== null && (reached.by === 'port' || reached.by === 'pid');
  const address = isStarted ? { ...reached, startedPid } : reached;
  const found = checked.storesOnly ? noServer : findServer(address);
  const clock = newClock(clockPairOf(values.clock) ?? undefined);
  const name = `monitor-${new Date(clock.nowUs() / 1000).toISOString().replace(/[:.]/g, '-').slice(0, 19)}`;
  const runId = values['run-id'] ?? name;
  const folder = resolve(values.dir ?? join('reports', name));
  const voice = values.json
    ? voiceForRunner((text) => void process.stdout.write(text))
    : voiceForPeople(new ProgressLine(process.stderr));
  const quiet = values.quiet || values.report;
  // What is served is read from its beginning, as one file.
  const maxBytes = listen === null ? {} : { maxBytes: Number.POSITIVE_INFINITY };
  const { journal, log } = openFiles(folder, voice, { runId, clock, goesOn: values.continue, ...maxBytes });
  const sinks = new Sinks([journal, log, new MonitorTerminal(voice, !quiet)], (sink, error) =>
    tellRefused(voice, sink, error),
  );
  sayWatched(voice, found, environment.monitor.stores);
  const serverLogs = checked.serverLogs.length > 0 ? checked.serverLogs : logsOf(found.roots);
  for (const log of checked.serverLogs.length > 0 ? [] : serverLogs) voice.say(`reading its log ${log}`);
  const { token, stores } = environment.monitor;
  const settings: MonitorSettings = {
    host: values.host ?? hostname(),
    ...{ ...checked, address, found, probeAddress, token, trust, stores, serverLogs },
    exitsProgram: await ownK6(environment.k6Binary, environment.all),
    redact: redactor(environment.secrets),
  };
  const service = await serviceOf(listen, {
    ...{ journal: join(folder, journalFiles.monitor(localMonitor)), runId, host: settings.host, clock },
    token: environment.monitor.serviceToken ?? '',
  });
  if (service !== null) voice.say(`serving its clock and its journal at ${service.url}`);
  const { signal, wasInterrupted } = stopSignal(values.duration * 1000, values['stop-with-stdin']);
  const watch = checked.storesOnly ? monitorStores : monitorServer;
  const summary = await unoptimized(() => watch(settings, clock, signal, sinks));
  service?.close();
  await journal.packed;
  if (!quiet) {
    voice.say(
      `${summary.samples} samples and ${summary.alerts} alerts of ${found.roots.length === 1 ? 'process' : 'processes'} ${found.roots.join(', ')}`,
    );
    voice.say(`journal: ${folder}`);
  }
  if (values.report)
    (await import('../write-report.ts')).reportFolder(folder, { strict: false, secrets: environment.secrets });
  if (wasInterrupted()) return exitCodes.interrupted;
  return sinks.failed > 0 ? exitCodes.inconclusive : exitCodes.passed;
}

/** What the environment gives; no child of this process inherits its secrets. */
function takenEnvironment(): Environment {
  const environment = readEnvironment();
  withholdSecrets();
  return environment;
}

/** Throws an ExpectedError that names the file if one of them cannot be opened. */
function openFiles(folder: string, voice: MonitorVoice, options: JournalOptions) {
  const [journal, log] = [join(folder, journalFiles.monitor(localMonitor)), join(folder, journalFiles.monitorLog)];
  orRefused(folder, voice, () => makeFolder(folder));
  return {
    journal: orRefused(journal, voice, () => new JournalWriter(journal, options)),
    log: orRefused(log, voice, () => new LogFile(log, options.clock)),
  };
}

function tellRefused(voice: MonitorVoice, { path }: Sink, error: Error): void {
  const what = `${path ?? 'the terminal'}: ${error.message}`;
  voice.warn(`webhook-stress monitor: ${what}; nothing more is written to it, what was written stays`);
  if (path !== null) voice.noteUnwritable(path, refusalOf(error));
}

function orRefused<T>(path: string, voice: MonitorVoice, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    voice.noteUnwritable(path, refusalOf(error));
    throw new ExpectedError(`monitor: cannot write ${path}: ${refusalOf(error)}; choose another --dir`);
  }
}

/** Aborts after a time (0: never), at SIGINT and SIGTERM and, if asked, when stdin closes. */
function stopSignal(durationMs: number, withStdin: boolean) {
  const stop = new AbortController();
  let interrupted = false;
  process.on('SIGINT', () => {
    interrupted = true;
    stop.abort();
  });
  process.on('SIGTERM', () => stop.abort());
  if (withStdin)
    process.stdin
      .resume()
      .once('end', () => stop.abort())
      .once('error', () => stop.abort());
  if (durationMs > 0) {
    const endTimer = startTimer(durationMs, () => stop.abort());
    stop.signal.addEventListener('abort', endTimer);
  }
  return { signal: stop.signal, wasInterrupted: () => interrupted };
}

/** The thresholds of a run, or the defaults. */
function thresholdsFrom(text: string | null, problems: string[]): AlertThresholds {
  if (text === null) return defaultThresholds;
  try {
    const { success, data } = thresholds().safeParse(JSON.parse(text));
    if (success) return data;
  } catch {
    // Told below.
  }
  problems.push('--thresholds must be JSON such as {"cpu":{"warnPercent":80}}, as "criteria" of a profile');
  return defaultThresholds;
}

/**
 * The address that probes connect to, resolved and checked once: the one that a run has checked, else the first of the host's
 * that answers, else the first.
 */
async function probeAddressOf(
  baseUrl: string | null,
  given: string | null,
  allowed: readonly string[],
  trust: TlsTrust | null,
) {
  if (baseUrl === null) return null;
  if (given !== null) {
    refuseOutside([given], new URL(baseUrl).hostname, allowed, '--probe-address');
    return given;
  }
  const addresses = await checkHost(baseUrl, allowed, '--base-url');
  return (await firstAnswering(baseUrl, addresses, trust)).address ?? addresses[0] ?? null;
}

function clockPairOf(text: string | null): ClockPair | null {
  const [wallUs, monotonicUs] = text?.split(':') ?? [];
  return wallUs === undefined || monotonicUs === undefined
    ? null
    : { wallUs: Number(wallUs), monotonicUs: Number(monotonicUs) };
}

function sayWatched(voice: MonitorVoice, { watched, unwatched, aside }: FoundServer, stores: StoreUrls): void {
  if (stores.redis !== null) voice.say('asking Redis itself (MONITOR_REDIS_URL)');
  if (stores.postgres !== null) voice.say('asking PostgreSQL itself (MONITOR_POSTGRES_URL)');
  for (const text of watched) voice.say(`watching ${text}`);
  for (const text of [...unwatched, ...aside.map((each) => each.text)]) voice.say(`not watching: ${text}`);
}

function whatToWatch(
  ways: number,
  { 'stores-only': storesOnly, 'base-url': baseUrl }: MonitorValues,
  { monitor: { stores } }: Environment,
): readonly string[] {
  if (!storesOnly) return ways === 1 ? [] : [`give one of ${waysToFind}: the server to watch`];
  return [
    ...(ways === 0 ? [] : [`--stores-only watches no processes: leave out ${waysToFind}`]),
    ...(stores.redis === null && stores.postgres === null && baseUrl === null
      ? ['--stores-only needs something to ask: set MONITOR_REDIS_URL or MONITOR_POSTGRES_URL, or give --base-url']
      : []),
  ];
}

/** Null for none. */
function metricsUrlOf(text: string, baseUrl: string | null, problems: string[]): string | null {
  if (text === 'none') return null;
  const url = baseUrl === null ? { problem: '--metrics needs --base-url' } : urlOnHost(text, baseUrl, '--metrics');
  if ('value' in url) return url.value;
  problems.push(url.problem);
  return null;
}

/** What must hold before anything is watched. */
function check(values: MonitorValues, environment: Environment, wrong: readonly string[]) {
  const { hosts, problems: ofHosts } = allowedHosts(values['allow-host'], environment);
  const problems = [...wrong, ...environment.problems, ...ofHosts, ...logProblems(values.log)];
  const ways = serverAddresses(values, environment.all);
  const [address] = ways;
  const storesOnly = values['stores-only'];
  problems.push(...whatToWatch(ways.length, values, environment));
  const urlText = values['base-url'] ?? (values.port === null ? null : `http://127.0.0.1:${values.port}`);
  const url = urlText === null ? null : normalizeBaseUrl(urlText, '--base-url');
  if (url !== null && 'problem' in url) problems.push(url.problem);
  const metricsUrl = metricsUrlOf(values.metrics, url !== null && 'value' in url ? url.value : null, problems);
  const listen = listenOf(values.listen, environment, problems);
  if (listen !== null && values.continue)
    problems.push('--continue adds another file, and --listen serves one: leave one out');
  const alertThresholds = thresholdsFrom(values.thresholds, problems);
  const probeAddress = values['probe-address'];
  if (probeAddress !== null && isIP(probeAddress) === 0) problems.push('--probe-address must be an IP address');
  if (problems.length > 0 || (address === undefined && !storesOnly))
    throw new ExpectedError(`monitor: ${problems.join('; ')}`);
  const path = (name: 'health' | 'redis' | 'database'): string | null =>
    values[`${name}-path`] === 'none' ? null : values[`${name}-path`];
  return {
    hosts,
    listen,
    storesOnly,
    // Never looked for with --stores-only.
    address: address ?? { by: 'pid' as const, pids: [] },
    intervalMs: values.interval * 1000,
    baseUrl: url !== null && 'value' in url ? url.value : null,
    probePaths: { health: path('health'), redis: path('redis'), database: path('database') },
    metricsUrl,
    serverLogs: values.log,
    thresholds: alertThresholds,
  };
}
