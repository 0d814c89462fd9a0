import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '../../analysis/interpret/run.ts';
import { placeOfOwn, readServer, type ServerTimeline } from '../../analysis/journal/server.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import { freePort } from '../../backend/free-port.ts';
import { journalFiles, localMonitor } from '../../contract/journal/paths.ts';
import type { BuiltInScenario } from '../../contract/plan/scenarios.ts';
import { command, until } from '../e2e/stress.ts';
import { ledgerOf, type MadeRequest, runOf, startUs } from '../fixtures/run.ts';
import { isOpenForMachine } from '../matrix/cell.ts';

// Servers of others, watched by the real monitor while a few requests run, and judged: without k6, for it takes seconds to start.

const here = import.meta.dirname;
const bin = join(here, '..', '..', '.tools', 'venv', 'bin');

export interface Watched {
  readonly url: string;
  readonly pid: number;
  /** Requests one after the other over one connection each; resolves with the answer's body, '' where it broke off. */
  ask(path?: string): Promise<string>;
  /** What the monitor has written so far. */
  journal(): string;
  log(): string;
}

export interface Options {
  /** The command that serves on a port. */
  readonly command: (port: number) => readonly string[];
  /** How the monitor finds the server; by default by its port. */
  readonly find?: (server: { readonly pid: number; readonly port: number }) => readonly string[];
  readonly host?: string;
  /** Path of the health check; by default it is not asked. */
  readonly health?: string;
  readonly scenario?: BuiltInScenario;
  /** Nobody reads what the server says. */
  readonly isSilent?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** The monitor looks for its logs by itself. */
  readonly findsLogs?: boolean;
  /** Ends what the command started and left. */
  readonly stop?: () => Promise<void>;
}

export interface Outcome {
  /** Of worker crashes. */
  readonly judgement: Judgement;
  /** For other rules. */
  readonly run: Run;
  readonly server: ServerTimeline;
  /** All that the monitor printed. */
  readonly printed: string;
}

const python = (program: string, ...words: readonly string[]): readonly string[] => [
  join(bin, 'python'),
  join(bin, program),
  ...words,
];

export const gunicorn =
  (...words: readonly string[]) =>
  (port: number): readonly string[] =>
    python('gunicorn', '--no-control-socket', '-b', `127.0.0.1:${port}`, ...words);

export const uvicorn =
  (...words: readonly string[]) =>
  (port: number): readonly string[] =>
    python('uvicorn', '--port', String(port), ...words, 'ending_server:asgi');

export const hypercorn =
  (...words: readonly string[]) =>
  (port: number): readonly string[] =>
    python('hypercorn', '-b', `127.0.0.1:${port}`, ...words, 'ending_server:asgi');

/** A reload runs its binary again: without its path that is the Python that the environment was made of. */
export const uwsgi =
  (...words: readonly string[]) =>
  (port: number): readonly string[] =>
    python('uwsgi', '--binary-path', join(bin, 'python'), '--http-socket', `127.0.0.1:${port}`, '--master', ...words);

export const clusterWith =
  (...words: readonly string[]) =>
  (port: number): readonly string[] => [process.execPath, join(here, 'cluster-server.mjs'), String(port), ...words];

export const cluster = clusterWith();

/** A connection that was on its way to a worker of node:cluster as that was killed stays open for ever. */
const maxAnswerMs = 20_000;

function asked(url: string, agent: Agent): Promise<{ readonly body: string; readonly status: number }> {
  return new Promise((resolve) => {
    const request = get(url, { agent, timeout: maxAnswerMs }, (response) => {
      let body = '';
      response.on('data', (data) => {
        body += String(data);
      });
      response.once('end', () => resolve({ body, status: response.statusCode ?? 0 }));
      response.once('error', () => resolve({ body: '', status: 0 }));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve({ body: '', status: 0 }));
  });
}

const text = (path: string): string => readFileSync(path, 'utf8');

async function startServer(options: Options, log: string) {
  const { command: commandOn, host = '127.0.0.1', isSilent = false } = options;
  const port = await freePort();
  const [program = '', ...words] = commandOn(port);
  closeSync(openSync(log, 'a'));
  const output = openSync(isSilent ? '/dev/null' : log, 'a');
  const child = spawn(program, words, {
    cwd: here,
    stdio: ['ignore', output, output],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1', ...options.env },
    detached: true,
  });
  closeSync(output);
  await once(child, 'spawn');
  return { child, pid: child.pid ?? Number.NaN, port, url: `http://${host}:${port}` };
}

async function untilAnswered(child: ChildProcess, url: string, log: string): Promise<void> {
  for (let n = 0; (await asked(url, new Agent())).status === 0; n += 1) {
    if (n > 200 || (child.exitCode ?? 0) !== 0) throw new Error(`the server does not answer: ${text(log)}`);
    await sleep(100);
  }
}

/** What a server started outside of its own group is ended last: until then something in the group may start more of it. */
async function endServer(pid: number, { stop }: Options): Promise<void> {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already, and all that it had started.
  }
  await stop?.();
}

/** Starts the monitor and waits until it records. */
async function startMonitor(options: readonly string[], journal: string) {
  let printed = '';
  const child = spawn(process.execPath, [command, 'monitor', ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.on('data', (data) => {
    printed += String(data);
  });
  try {
    await until('the monitor records', () => {
      if (child.exitCode !== null) throw new Error(`the monitor ended: ${printed}`);
      return existsSync(journal) && text(journal).split('\n').length > 4;
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const end = async (): Promise<string> => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    return printed;
  };
  return { child, end };
}

/** Sends requests over connections that stay, and keeps what became of them. */
class Asking {
  readonly agent = new Agent({ keepAlive: true });
  readonly rows: MadeRequest[] = [];
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async ask(path = '/'): Promise<string> {
    const sentMs = sinceStartMs();
    const { body, status } = await asked(`${this.#url}${path}`, this.agent);
    const outcome = status === 200 ? ('accepted' as const) : ('failed' as const);
    const broken = status === 0 ? { error: 1220 } : {};
    this.rows.push({ atMs: sentMs, tookMs: sinceStartMs() - sentMs, outcome, status, ...broken });
    return body;
  }
}

const probesOf = ({ health = 'none' }: Options): readonly string[] => [
  ...['--health-path', health],
  ...['redis', 'database'].flatMap((name) => [`--${name}-path`, 'none']),
];

/** On the axis of made-up runs. */
const sinceStartMs = (): number => Date.now() - startUs / 1000;

/** As watchOnce; again, twice at most, if it was left open because the machine was full. */
export async function watch(options: Options, act: (server: Watched) => Promise<void>): Promise<Outcome> {
  for (let tries = 1; ; tries += 1) {
    const outcome = await watchOnce(options, act);
    if (tries === 3 || !isOpenForMachine(outcome.judgement)) return outcome;
  }
}

/** Starts the server and the monitor, lets `act` do what it wants, ends both, and judges what was seen. */
export async function watchOnce(options: Options, act: (server: Watched) => Promise<void>): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'ends-'));
  const [journal, log] = [join(folder, journalFiles.monitor(localMonitor)), join(folder, 'server.log')];
  const { child: started, pid, port, url } = await startServer(options, log);
  const asking = new Asking(url);
  let monitor: ChildProcess | null = null;
  try {
    await untilAnswered(started, url, log);
    const find = options.find?.({ pid, port }) ?? ['--port', String(port), '--base-url', url];
    const ofLog = options.findsLogs === true ? [] : ['--log', log];
    const settings = ['--interval', '0.1', '--dir', folder, ...ofLog, ...probesOf(options), '--quiet'];
    const { child, end } = await startMonitor([...find, ...settings], journal);
    monitor = child;
    const fromMs = sinceStartMs();
    await act({ url, pid, ask: (path) => asking.ask(path), journal: () => text(journal), log: () => text(log) });
    const toMs = sinceStartMs();
    const printed = await end();
    const { server } = readServer(journal, placeOfOwn(null));
    if (server === null) throw new Error('the monitor recorded nothing');
    const { scenario: name = 'hft' } = options;
    const run = runOf([{ name, ledger: ledgerOf(asking.rows), fromMs, toMs }], { server });
    return { judgement: workerCrashes.judge(run), run, server, printed };
  } finally {
    asking.agent.destroy();
    monitor?.kill('SIGKILL');
    await endServer(pid, options);
  }
}

/** Workers of the last sample that has any, by their pids. */
export function workersIn(journal: string): readonly number[] {
  const lines = journal
    .trimEnd()
    .split('\n')
    .filter((line) => line.includes('"role":"worker"'));
  const found = lines.at(-1)?.match(/"pid":(\d+)(?=[^{}]*"role":"worker")/g) ?? [];
  return found.map((text) => Number(text.slice('"pid":'.length)));
}
