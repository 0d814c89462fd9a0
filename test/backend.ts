import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** The embedded backend as real processes on a free port. */
export interface Backend {
  readonly baseUrl: string;
  readonly pid: number;
  /** Pids of the workers it started with. */
  readonly workers: readonly number[];
  /** What it wrote to stderr so far. */
  log(): string;
  /** Resolves when the log has a line that matches. */
  logged(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  closeStdin(): void;
  /** Exit code, null where a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Stops it gracefully; does nothing where it has ended. */
  stop(): Promise<void>;
}

const readyLine = z.object({
  ready: z.literal(true),
  port: z.number(),
  pid: z.number(),
  workers: z.array(z.number()),
});

/** The built command: its workers, too, start in a fraction of the time that the sources take. */
const entry = [join(import.meta.dirname, '..', 'dist', 'cli', 'webhook-stress.js'), 'target'];

/** Starts `target` with `--port 0` and these arguments; `env` is added to the environment. */
export async function startBackend(args: readonly string[] = [], env: Record<string, string> = {}): Promise<Backend> {
  const child = spawn(process.execPath, [...entry, '--port', '0', ...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (text) => {
    log += text;
  });
  const exited = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : null));
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  void exited.then(() => process.off('exit', killAtExit));

  const firstLine = once(createInterface(child.stdout), 'line').then(([line]) => String(line));
  const line = await Promise.race([firstLine, exited]);
  if (typeof line !== 'string') throw new Error(`the backend did not start:\n${log}`);
  const { port, pid, workers } = readyLine.parse(JSON.parse(line));
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    pid,
    workers,
    log: () => log,
    logged: (pattern) => eventually(`a log line like ${pattern}`, () => pattern.test(log)),
    kill: (signal) => child.kill(signal),
    closeStdin: () => child.stdin.end(),
    exited,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Runs `target` to its end; for runs that are expected to end at once. */
export async function runTarget(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [...entry, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    err += text;
  });
  const [code] = await once(child, 'close');
  return { code: typeof code === 'number' ? code : null, out, err };
}

/** Waits until the condition holds; fails after 15 s. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 15_000;
  while (!(await condition())) {
    assert.ok(performance.now() < deadlineMs, `waited 15 s in vain for ${what}`);
    await sleep(25);
  }
}

export interface WebhookAccess {
  readonly token: string;
  readonly secret: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Sends one request; `purpose` becomes its X-Stress-Purpose. */
export async function call(
  backend: Backend,
  method: 'GET' | 'POST',
  path: string,
  { body, headers = {}, purpose }: { body?: unknown; headers?: Record<string, string>; purpose?: string } = {},
): Promise<Answer> {
  const response = await fetch(backend.baseUrl + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(purpose === undefined ? {} : { 'X-Stress-Purpose': purpose }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

export async function logIn(
  backend: Backend,
  { purpose, password = 'stress-password' }: { purpose?: string; password?: string } = {},
): Promise<string> {
  const credentials = { email: 'stress@example.com', password };
  const answer = await call(backend, 'POST', '/api/v1/auth/login', {
    body: credentials,
    ...(purpose === undefined ? {} : { purpose }),
  });
  return z.object({ access_token: z.string() }).parse(answer.body).access_token;
}

export async function createWebhook(
  backend: Backend,
  login: { purpose?: string; password?: string } = {},
): Promise<WebhookAccess> {
  const { purpose } = login;
  const answer = await call(backend, 'POST', '/api/v1/webhooks/', {
    body: { name: 'test', details: 'of a test' },
    headers: { Authorization: `Bearer ${await logIn(backend, login)}` },
    ...(purpose === undefined ? {} : { purpose }),
  });
  assert.equal(answer.status, 201);
  return z.object({ token: z.string(), secret: z.string() }).parse(answer.body);
}

/** A valid signal with these changes; without an id it has no `signal_id`. */
export function signal(id: string | undefined, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const signalId = id === undefined ? {} : { signal_id: id };
  return { action: 'BUY', ticker: 'AAPL', quantity: 3, price: 101.25, ...signalId, ...changes };
}

export function send(backend: Backend, webhook: WebhookAccess, body: unknown, purpose?: string): Promise<Answer> {
  return call(backend, 'POST', `/api/v1/webhooks/${webhook.token}?secret=${webhook.secret}`, {
    body,
    ...(purpose === undefined ? {} : { purpose }),
  });
}

/** `accepted`, `duplicate`, `limited` or the status. */
export function verdictOf(answer: Answer): string {
  if (answer.status === 429) return 'limited';
  if (answer.status !== 200) return String(answer.status);
  return z.object({ status: z.enum(['accepted', 'duplicate']) }).parse(answer.body).status;
}

/** Sends all at once and counts the answers by verdict. */
export async function sendAtOnce(
  backend: Backend,
  webhook: WebhookAccess,
  bodies: readonly unknown[],
): Promise<Record<string, number>> {
  const answers = await Promise.all(bodies.map((body) => send(backend, webhook, body)));
  return countBy(answers.map(verdictOf));
}

export function countBy(texts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}

const page = z.object({
  signals: z.array(
    z.object({
      sequence: z.number(),
      signal_id: z.string().nullable(),
      action: z.string(),
      ticker: z.string(),
      quantity: z.number(),
      price: z.number(),
      processed_at_us: z.number(),
    }),
  ),
  next: z.number().nullable(),
  total: z.number(),
});

export async function readPage(backend: Backend, { token, secret }: WebhookAccess, query = '') {
  const answer = await call(backend, 'GET', `/api/v1/webhooks/${token}/signals?secret=${secret}${query}`);
  assert.equal(answer.status, 200);
  return page.parse(answer.body);
}

/** Ids of all that was processed, in order; at most 1000. */
export async function processedIds(backend: Backend, webhook: WebhookAccess): Promise<(string | null)[]> {
  return (await readPage(backend, webhook)).signals.map(({ signal_id }) => signal_id);
}

export async function health(backend: Backend): Promise<{ status: string; workers: number }> {
  const { body } = await call(backend, 'GET', '/api/v1/monitoring/health');
  return z.object({ status: z.string(), workers: z.number() }).parse(body);
}

/** Waits until that many workers take requests; while they are being replaced, connections may break. */
export async function workersReady(backend: Backend, workers: number): Promise<void> {
  await eventually(`${workers} workers`, async () => {
    try {
      return (await health(backend)).workers === workers;
    } catch (error) {
      if (error instanceof TypeError) return false;
      throw error;
    }
  });
}

/** Resident bytes of a process, from /proc. */
export function rssBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  assert.ok(kibibytes !== undefined);
  return Number(kibibytes) * 1024;
}

/** Measures on a backend of its own, and stops it. */
export async function withBackend<T>(
  args: readonly string[],
  measure: (backend: Backend) => Promise<T>,
  env: Record<string, string> = {},
): Promise<T> {
  const backend = await startBackend(args, env);
  try {
    return await measure(backend);
  } finally {
    await backend.stop();
  }
}

/** Of this many webhooks, each of which gets the bodies at one instant, how many answers were accepted: one number a webhook. */
export async function acceptedOnEach(
  backend: Backend,
  webhooks: number,
  bodies: readonly unknown[],
): Promise<readonly number[]> {
  const accepted: number[] = [];
  for (let n = 0; n < webhooks; n += 1) {
    accepted.push((await sendAtOnce(backend, await createWebhook(backend), bodies)).accepted ?? 0);
  }
  return accepted;
}

export const distinctSignals = (count: number, prefix = 's') =>
  Array.from({ length: count }, (_, n) => signal(`${prefix}${n}`));
