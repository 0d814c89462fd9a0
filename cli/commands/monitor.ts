import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { type ClockPair, journalFiles } from '../../contract/journal/journal.ts';
import { exitCodes } from '../../contract/report/criteria.ts';
import { defaultThresholds } from '../../contract/report/default-thresholds.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { thresholds } from '../../contract/report/thresholds.ts';
import type { AlertThresholds } from '../../monitor/alerts.ts';
import { newClock, type RunClock } from '../../monitor/clock.ts';
import { type MonitorSettings, monitorServer } from '../../monitor/monitor.ts';
import { healthPath } from '../../monitor/probes/probes.ts';
import { startTimer } from '../../monitor/schedule.ts';
import { JournalWriter } from '../../monitor/sinks/journal-writer.ts';
import { LogFile } from '../../monitor/sinks/log-file.ts';
import { Sinks } from '../../monitor/sinks/sink.ts';
import { findServer, labelOfProcess, type ServerAddress } from '../../monitor/system/find-server.ts';
import { makeFolder } from '../make-folder.ts';
import { MonitorTerminal } from '../monitor-terminal.ts';
import { parseOptions } from '../parse-options.ts';
import { ProgressLine } from '../run/progress.ts';

const options = {
  pid: { type: 'string' },
  port: { type: 'string' },
  process: { type: 'string' },
  duration: { type: 'string', default: '300' },
  interval: { type: 'string', default: '1' },
  'base-url': { type: 'string' },
  'health-path': { type: 'string', default: healthPath },
  'redis-path': { type: 'string', default: '/api/v1/monitoring/redis/stats' },
  'database-path': { type: 'string', default: '/api/v1/monitoring/database/stats' },
  dir: { type: 'string' },
  'run-id': { type: 'string' },
  clock: { type: 'string' },
  log: { type: 'string' },
  thresholds: { type: 'string' },
  'probe-address': { type: 'string' },
  'stop-with-stdin': { type: 'boolean', default: false },
  report: { type: 'boolean', default: false },
  quiet: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const parse = (args: readonly string[]) =>
  parseOptions('monitor', { args: [...args], options, allowPositionals: false }).values;

const help = `webhook-stress monitor: watch a server and record its health as it goes

  --pid N              the server's root process
  --port N             or: who listens on this port, with its whole tree
  --process NAME       or: the process whose executable or script has this name
  --duration SECONDS   how long, 0 until stopped (default 300)
  --interval SECONDS   between two samples, from 0.1 (default 1)
  --base-url URL       where health is probed (default http://127.0.0.1:PORT with --port, else nowhere);
                       MONITORING_TOKEN is sent as a bearer token
  --health-path PATH, --redis-path PATH, --database-path PATH
                       what is probed there, "none" for nothing (default ${options['health-path'].default} and the like)
  --dir FOLDER         where server.ndjson and monitor.log go (default reports/monitor-TIME)
  --log FILE           server log; used to tell graceful worker restarts from crashes
  --thresholds JSON    what alerts are raised at, as "criteria" of a profile (default: docs/criteria.md)
  --probe-address IP   what the probes connect to (default: what the host of --base-url resolves to first)
  --run-id ID, --clock WALL_US:MONOTONIC_US
                       of the run that this belongs to
  --stop-with-stdin    stop when stdin closes, too
  --quiet              print alerts and problems only
  --report             at the end, build the report of the run in --dir
  --help               this text

Exit codes: 0 recorded, 2 bad usage, 3 something could not be written, 130 interrupted.
`;

/**
 * The command `monitor`.
 * @param onEnd builds the report of a run folder, if --report asks for it.
 * @returns 0, 3 if something could not be written, 130 after SIGINT. Throws an ExpectedError with every problem of the options.
 */
export async function monitor(
  args: string[],
  env: { readonly monitoringToken?: string },
  onEnd: (folder: string) => Promise<void>,
): Promise<number> {
  const values = parse(args);
  if (values.help) {
    process.stdout.write(help);
    return exitCodes.passed;
  }
  const { durationMs, clockPair, ...checked } = check(values);
  const rootPid = findServer(checked.address);
  const clock = newClock(clockPair ?? undefined);
  const name = `monitor-${new Date(clock.nowUs() / 1000).toISOString().replace(/[:.]/g, '-').slice(0, 19)}`;
  const folder = resolve(values.dir ?? join('reports', name));
  const line = new ProgressLine(process.stderr);
  const quiet = values.quiet || values.report;
  const sinks = new Sinks(
    [...openFiles(folder, values['run-id'] ?? name, clock), new MonitorTerminal(line, !quiet)],
    (message) => line.say(`webhook-stress monitor: ${message}`),
  );
  line.say(`watching process ${rootPid} (${labelOfProcess(rootPid)})`);
  const settings: MonitorSettings = { ...checked, rootPid, token: env.monitoringToken ?? null };
  const { signal, wasInterrupted } = stopSignal(durationMs, values['stop-with-stdin']);
  const summary = await monitorServer(settings, clock, signal, sinks);
  if (!quiet) {
    line.say(`${summary.samples} samples and ${summary.alerts} alerts of process ${rootPid}`);
    line.say(`journal: ${folder}`);
  }
  if (values.report) await onEnd(folder);
  if (wasInterrupted()) return exitCodes.interrupted;
  return sinks.failed > 0 ? exitCodes.inconclusive : exitCodes.passed;
}

/** Throws an ExpectedError if the folder cannot be written. */
function openFiles(folder: string, runId: string, clock: RunClock) {
  try {
    makeFolder(folder);
    return [
      new JournalWriter(join(folder, journalFiles.server), runId, clock),
      new LogFile(join(folder, journalFiles.monitorLog), clock),
    ];
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw new ExpectedError(`monitor: cannot write to --dir ${folder}: ${error.message}; choose another folder`);
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
function thresholdsFrom(text: string | undefined, problems: string[]): AlertThresholds {
  if (text === undefined) return defaultThresholds;
  try {
    const { success, data } = thresholds().safeParse(JSON.parse(text));
    if (success) return data;
  } catch {
    // Told below.
  }
  problems.push('--thresholds must be JSON such as {"cpu":{"warnPercent":80}}, as "criteria" of a profile');
  return defaultThresholds;
}

function check(values: ReturnType<typeof parse>) {
  const problems: string[] = [];

  function number(name: 'duration' | 'interval', least: number): number {
    const value = Number(values[name]);
    if (values[name].trim() === '' || !Number.isFinite(value) || value < least) {
      problems.push(`--${name} is "${values[name]}"; it must be a number of at least ${least}`);
    }
    return value;
  }
  function wholeNumber(name: 'pid' | 'port'): number | null {
    const text = values[name];
    if (text === undefined) return null;
    if (!/^\d{1,7}$/.test(text) || Number(text) === 0)
      problems.push(`--${name} is "${text}"; it must be a whole number above 0`);
    return Number(text);
  }

  const pid = wholeNumber('pid');
  const port = wholeNumber('port');
  const ways: ServerAddress[] = [
    ...(pid === null ? [] : [{ by: 'pid' as const, pid }]),
    ...(port === null ? [] : [{ by: 'port' as const, port }]),
    ...(values.process === undefined ? [] : [{ by: 'process' as const, name: values.process }]),
  ];
  const [address] = ways;
  if (ways.length !== 1) problems.push('give one of --pid, --port and --process: the server to watch');

  const baseUrl = values['base-url'] ?? (port === null ? null : `http://127.0.0.1:${port}`);
  if (baseUrl !== null && !/^https?:\/\//.test(baseUrl))
    problems.push('--base-url must begin with http:// or https://');
  function probePath(name: 'health' | 'redis' | 'database'): string | null {
    const path = values[`${name}-path`];
    if (path !== 'none' && !path.startsWith('/')) problems.push(`--${name}-path must begin with "/", or be none`);
    return path === 'none' ? null : path;
  }
  const probePaths = { health: probePath('health'), redis: probePath('redis'), database: probePath('database') };
  const [, wallUs, monotonicUs] = /^(\d+):(\d+)$/.exec(values.clock ?? '') ?? [];
  if (values.clock !== undefined && wallUs === undefined) problems.push('--clock must be <wall µs>:<monotonic µs>');
  const clockPair: ClockPair | null =
    wallUs === undefined || monotonicUs === undefined
      ? null
      : { wallUs: Number(wallUs), monotonicUs: Number(monotonicUs) };

  const durationMs = number('duration', 0) * 1000;
  const intervalMs = number('interval', 0.1) * 1000;
  const alertThresholds = thresholdsFrom(values.thresholds, problems);
  const probeAddress = values['probe-address'] ?? null;
  if (probeAddress !== null && isIP(probeAddress) === 0) problems.push('--probe-address must be an IP address');
  if (problems.length > 0 || address === undefined) throw new ExpectedError(`monitor: ${problems.join('; ')}`);
  const serverLog = values.log ?? null;
  return {
    ...{ address, durationMs, intervalMs, clockPair, baseUrl, probePaths, probeAddress, serverLog },
    thresholds: alertThresholds,
  };
}
