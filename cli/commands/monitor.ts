import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ClockPair } from '../../contract/journal/journal.ts';
import { treeCpuPercent } from '../../contract/journal/tree-cpu.ts';
import { treeBytes } from '../../contract/journal/tree-memory.ts';
import { exitCodes } from '../../contract/report/criteria.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { newClock } from '../../monitor/clock.ts';
import { monitorServer } from '../../monitor/monitor.ts';
import { healthPath } from '../../monitor/probes/probes.ts';
import { findServer, type ServerAddress } from '../../monitor/system/find-server.ts';
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
  'stop-with-stdin': { type: 'boolean', default: false },
  report: { type: 'boolean', default: false },
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
  --log FILE           the server's log, to know a worker recycled in order from one that died
  --run-id ID, --clock WALL_US:MONOTONIC_US
                       of the run that this belongs to
  --stop-with-stdin    stop in order when stdin closes, too
  --report             at the end, build the report of the run in --dir
  --help               this text
`;

/**
 * The verb `monitor`.
 * @param onEnd builds the report of a run folder, where --report asks for it.
 * @returns 0, or 130 after SIGINT. Throws an ExpectedError that tells every problem of the options at once.
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
  const { address, durationMs, intervalMs, clockPair, baseUrl, probePaths } = check(values);
  const rootPid = findServer(address);
  const clock = newClock(clockPair ?? undefined);
  const startedAt = new Date(clock.nowUs() / 1000).toISOString();
  const name = `monitor-${startedAt.replace(/[:.]/g, '-').slice(0, 19)}`;
  const folder = resolve(values.dir ?? join('reports', name));
  mkdirSync(folder, { recursive: true });

  const stop = new AbortController();
  let interrupted = false;
  const onInterrupt = (): void => {
    interrupted = true;
    stop.abort();
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', () => stop.abort());
  if (values['stop-with-stdin'])
    process.stdin
      .resume()
      .once('end', () => stop.abort())
      .once('error', () => stop.abort());
  const timer = durationMs === 0 ? null : setTimeout(() => stop.abort(), durationMs);

  const line = new ProgressLine(process.stderr);
  const settings = {
    folder,
    runId: values['run-id'] ?? name,
    address,
    rootPid,
    intervalMs,
    baseUrl,
    probePaths,
    token: env.monitoringToken ?? null,
    serverLog: values.log ?? null,
  };
  const ofRun = values.report;
  const summary = await monitorServer(
    settings,
    clock,
    stop.signal,
    (sample) => {
      // Within a run the terminal's one line belongs to the runner.
      if (ofRun || !process.stderr.isTTY) return;
      const cpu = treeCpuPercent(sample, 1)?.toFixed(0) ?? '–';
      const memory = treeBytes(sample, 'rss');
      const health = sample.health?.state === 'ok' ? ` · health ${sample.health.latencyMs.toFixed(1)} ms` : '';
      line.show(
        `${sample.processes.length} processes · ${cpu} % CPU · ${memory === null ? '–' : (memory / 1e6).toFixed(0)} MB${health}`,
      );
    },
    (alert) => line.say(`! ${alert.message}`),
  );
  if (timer !== null) clearTimeout(timer);
  if (!ofRun) {
    line.say(`${summary.samples} samples and ${summary.alerts} alerts of process ${rootPid}`);
    line.say(`journal: ${folder}`);
  }
  if (values.report) await onEnd(folder);
  process.off('SIGINT', onInterrupt);
  return interrupted ? exitCodes.interrupted : exitCodes.passed;
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
  if (problems.length > 0 || address === undefined) throw new ExpectedError(`monitor: ${problems.join('; ')}`);
  return { address, durationMs, intervalMs, clockPair, baseUrl, probePaths };
}
