import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readServer, type ServerTimeline } from '../../analysis/journal/server.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import { freePort } from '../../backend/free-port.ts';
import { journalFiles, localMonitor } from '../../contract/journal/paths.ts';
import { command, until } from '../e2e/stress.ts';
import { ledgerOf, type MadeRequest, runOf, startUs } from '../fixtures/run.ts';

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

interface Options {
  /** The command that serves on a port. */
  readonly command: (port: number) => readonly string[];
  /** How the monitor finds the server; by default by its port. */
  readonly find?: (server: { readonly pid: number; readonly port: number }) => readonly string[];
  readonly host?: string;
}

export interface Outcome {
  readonly judgement: Judgement;
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

export const cluster = (port: number): readonly string[] => [
  process.execPath,
  join(here, 'cluster-server.mjs'),
  String(port),
];

function asked(url: string, agent: Agent): Promise<{ readonly body: string; readonly status: number }> {
  return new Promise((resolve) => {
    const request = get(url, { agent }, (response) => {
      let body = '';
      response.on('data', (data) => {
        body += String(data);
      });
      response.once('end', () => resolve({ body, status: response.statusCode ?? 0 }));
      response.once('error', () => resolve({ body: '', status: 0 }));
    });
    request.once('error', () => resolve({ body: '', status: 0 }));
  });
}

/** Starts the server and the monitor, lets `act` do what it wants, ends both, and judges what was seen. */
export async function watch(options: Options, act: (server: Watched) => Promise<void>): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'ends-'));
  const [port, log] = [await freePort(), join(folder, 'server.log')];
  const [program = '', ...words] = options.command(port);
  const output = openSync(log, 'a');
  const server = spawn(program, words, {
    cwd: here,
    stdio: ['ignore', output, output],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' },
    detached: true,
  });
  closeSync(output);
  const url = `http://${options.host ?? '127.0.0.1'}:${port}`;
  const agent = new Agent({ keepAlive: true });
  const rows: MadeRequest[] = [];
  const ask = async (path = '/'): Promise<string> => {
    const sentMs = Date.now() - startUs / 1000;
    const { body, status } = await asked(`${url}${path}`, agent);
    const tookMs = Date.now() - startUs / 1000 - sentMs;
    const outcome = status === 200 ? ('accepted' as const) : ('failed' as const);
    rows.push({ atMs: sentMs, tookMs, outcome, status, ...(status === 0 ? { error: 1220 } : {}) });
    return body;
  };
  const pid = server.pid ?? 0;
  let monitor: ChildProcess | null = null;
  let printed = '';
  const journalPath = join(folder, journalFiles.monitor(localMonitor));
  const text = (path: string): string => readFileSync(path, 'utf8');
  try {
    for (let n = 0; (await asked(url, new Agent())).status === 0; n += 1) {
      if (n > 200) throw new Error(`the server does not answer: ${text(log)}`);
      await sleep(100);
    }
    const find = options.find?.({ pid, port }) ?? ['--port', String(port), '--base-url', url];
    const settings = ['--interval', '0.1', '--dir', folder, '--log', log, '--health-path', 'none', '--quiet'];
    monitor = spawn(process.execPath, [command, 'monitor', ...find, ...settings], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    monitor.stderr?.on('data', (data) => {
      printed += String(data);
    });
    await until('the monitor records', () => {
      try {
        return text(journalPath).split('\n').length > 4;
      } catch {
        if (monitor?.exitCode !== null) throw new Error(`the monitor ended: ${printed}`);
        return false;
      }
    });
    const fromMs = Date.now() - startUs / 1000;
    await act({ url, pid, ask, journal: () => text(journalPath), log: () => text(log) });
    const toMs = Date.now() - startUs / 1000;
    const ended = once(monitor, 'exit');
    monitor.kill('SIGTERM');
    await ended;
    const { server: timeline } = readServer(journalPath, null);
    if (timeline === null) throw new Error('the monitor recorded nothing');
    const ledger = ledgerOf(rows);
    return {
      judgement: workerCrashes.judge(runOf([{ name: 'hft', ledger, fromMs, toMs }], { server: timeline })),
      server: timeline,
      printed,
    };
  } finally {
    agent.destroy();
    monitor?.kill('SIGKILL');
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended already, and all that it had started.
    }
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
