import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../backend/free-port.ts';
import { serve, type TestServer } from '../fixtures/servers.ts';

// Webhook backends whose limiters, signatures or queues this project did not write.

const here = import.meta.dirname;
const bin = join(here, '..', '..', '.tools', 'venv', 'bin');
const uvicorn = join(bin, 'uvicorn');

/** rate-limiter-flexible in a Node process. */
export async function startNodeServer(blockSeconds = 0): Promise<TestServer> {
  return start(await freePort(), newFolder(), (port) => [
    process.execPath,
    join(here, 'node-server.mjs'),
    String(port),
    String(blockSeconds),
  ]);
}

/** Standard Webhooks' own library checks the signatures, or nobody does. */
export async function startSignedServer(secret: string, checks: boolean): Promise<TestServer> {
  return start(
    await freePort(),
    newFolder(),
    (port) => [process.execPath, join(here, 'signed-server.mjs'), String(port)],
    { SIGNING_SECRET: secret, SIGNATURES: checks ? 'checked' : 'unchecked' },
  );
}

/** A BullMQ queue behind a 202, on a Redis. */
export async function startBullmq(redisPort: number, perSecond: number, dropsEvery: number): Promise<TestServer> {
  return start(await freePort(), newFolder(), (port) => [
    process.execPath,
    join(here, 'bullmq-server.mjs'),
    ...[port, redisPort, perSecond, dropsEvery].map(String),
  ]);
}

/** Idempotency keys in a Redis: see redis-keys-server.mjs. */
export async function startRedisKeysServer(redisPort: number, ttlMs: number): Promise<TestServer> {
  return start(await freePort(), newFolder(), (port) => [
    process.execPath,
    join(here, 'redis-keys-server.mjs'),
    ...[port, redisPort, ttlMs].map(String),
  ]);
}

/** A queue of RQ behind a 202, on a Redis: see rq_server.py. */
export async function startRq(redisUrl: string, workMs: number, raisesEvery: number): Promise<TestServer> {
  return start(
    await freePort(),
    newFolder(),
    (port) => [join(bin, 'python'), join(here, 'rq_server.py'), ...[port, redisUrl, workMs, raisesEvery].map(String)],
    { PYTHONDONTWRITEBYTECODE: '1' },
  );
}

/** express-rate-limit, with headers of that form, right or spoiled. */
export async function startExpressServer(
  headers: 'draft-6' | 'draft-7' | 'draft-8' | 'legacy',
  fault: 'none' | 'stuck' | 'epoch' = 'none',
): Promise<TestServer> {
  return start(await freePort(), newFolder(), (port) => [
    process.execPath,
    join(here, 'express-server.mjs'),
    ...[String(port), headers, fault],
  ]);
}

/** @fastify/rate-limit, with headers of that form, right or spoiled. */
export async function startFastifyLimitServer(
  headers: 'legacy' | 'draft',
  fault: 'none' | 'stuck' | 'milliseconds' = 'none',
): Promise<TestServer> {
  return start(await freePort(), newFolder(), (port) => [
    process.execPath,
    join(here, 'fastify-limit-server.mjs'),
    ...[String(port), headers, fault],
  ]);
}

/** A weighted two-window counter in a few lines of Python, as one finds them. */
export async function startCounterServer(): Promise<TestServer> {
  return start(await freePort(), newFolder(), (port) => ['python3', join(here, 'counter_server.py'), String(port)], {
    PYTHONDONTWRITEBYTECODE: '1',
  });
}

/** The library `limits` under uvicorn: a root process, and `workers` more where they are two or more. */
export async function startPythonServer(
  strategy: 'fixed' | 'moving' | 'counter' | 'two',
  workers: number,
): Promise<TestServer> {
  return start(await freePort(), newFolder(), (port) => uvicornCommand('python_server:app', port, workers), {
    STRATEGY: strategy,
    PYTHONDONTWRITEBYTECODE: '1',
  });
}

/** The library express-idempotency on Express: see idempotent-server.mjs for its modes. */
export async function startIdempotentNodeServer(
  mode: 'healthy' | 'works' | 'same-intent' | 'gives-up' | 'answers-first' | 'slow-keys',
): Promise<TestServer> {
  return start(await freePort(), newFolder(), (port) => [
    process.execPath,
    join(here, 'idempotent-server.mjs'),
    String(port),
    mode,
  ]);
}

/** The library asgi-idempotency-header under uvicorn: see idempotent_server.py for its modes. */
export async function startIdempotentPythonServer(
  mode: 'healthy' | 'works' | 'gives-up' | 'skips' | 'raises',
): Promise<TestServer> {
  const app = 'idempotent_server:app';
  return start(await freePort(), newFolder(), (port) => uvicornCommand(app, port, 1), {
    MODE: mode,
    PYTHONDONTWRITEBYTECODE: '1',
  });
}

/** The library fastapi-idempotency under uvicorn, with the key of a webhook or of a client. */
export async function startFastapiKeysServer(scope: 'webhook' | 'client'): Promise<TestServer> {
  return start(await freePort(), newFolder(), (port) => uvicornCommand('fastapi_keys_server:app', port, 1), {
    SCOPE: scope,
    PYTHONDONTWRITEBYTECODE: '1',
  });
}

/** A FastAPI backend as people write one, with its OpenAPI document and one webhook `hook-1`: see fastapi_signals_server.py. */
export async function startFastapiSignalsServer(secret: string): Promise<TestServer> {
  return start(await freePort(), newFolder(), (port) => uvicornCommand('fastapi_signals_server:app', port, 1), {
    SECRET: secret,
    PYTHONDONTWRITEBYTECODE: '1',
  });
}

/** A server of our own that takes signals for one by the key that is asked for, and repeats its answer: see keyed-server.mjs. */
export async function startKeyedServer(parts: readonly string[]): Promise<TestServer> {
  return start(await freePort(), newFolder(), (port) => [
    process.execPath,
    join(here, '..', 'fixtures', 'keyed-server.mjs'),
    String(port),
    parts.join(','),
  ]);
}

function uvicornCommand(app: string, port: number, workers: number): readonly [string, ...string[]] {
  if (!existsSync(uvicorn)) throw new Error('uvicorn is missing: run "make .tools/venv/.installed"');
  return [
    uvicorn,
    ...['--app-dir', here, app, '--host', '127.0.0.1', '--port', String(port)],
    ...['--workers', String(workers), '--log-level', 'warning', '--no-access-log', '--timeout-keep-alive', '60'],
  ];
}

/** nginx limit_conn: five of a webhook at once. */
export const startNginxConn = (): Promise<TestServer> =>
  startNginxWith('nginx-conn.conf', '', (folder) => [
    'sh',
    '-c',
    `${process.execPath} ${join(here, 'slow-backend.mjs')} ${join(folder, 'backend.sock')} & exec nginx "$@"`,
  ]);

/** nginx limit_req: what exceeds the rate waits in line, or with `nodelay` is let through at once while the bucket lasts. */
export const startNginx = (queue: 'burst=5' | 'burst=20 nodelay'): Promise<TestServer> =>
  startNginxWith('nginx.conf', queue);

async function startNginxWith(
  file: string,
  queue: string,
  program: (folder: string) => readonly [string, ...string[]] = () => ['nginx'],
): Promise<TestServer> {
  const port = await freePort();
  const folder = newFolder();
  // Started as root its workers run as another user, and need the way to the socket.
  chmodSync(folder, 0o755);
  const config = join(folder, 'nginx.conf');
  const template = readFileSync(join(here, file), 'utf8').replace(/^#.*$/gm, '');
  writeFileSync(
    config,
    template.replaceAll('FOLDER', folder).replaceAll('PORT', String(port)).replaceAll('QUEUE', queue),
  );
  const [command, ...before] = program(folder);
  const args = ['-e', 'stderr', '-p', folder, '-c', config];
  // After -c of a shell comes its name.
  return start(port, folder, () => [command, ...before, ...(before.length > 0 ? ['nginx'] : []), ...args]);
}

export const frontPorts = ['TLS', 'EXPIRED', 'ELSEWHERE', 'CLIENT', 'PLAIN', 'MISDIRECTED'] as const;
export type Front = TestServer & { readonly ports: Readonly<Record<(typeof frontPorts)[number], number>> };

/** nginx as it stands before backends, on a port for each way to answer. */
export async function startFront(certificates: string): Promise<Front> {
  const folder = newFolder();
  chmodSync(folder, 0o755);
  // Two names for one port would be one server to nginx.
  const distinct = new Set<number>();
  while (distinct.size < frontPorts.length) distinct.add(await freePort());
  const [TLS = 0, EXPIRED = 0, ELSEWHERE = 0, CLIENT = 0, PLAIN = 0, MISDIRECTED = 0] = distinct;
  const ports = { TLS, EXPIRED, ELSEWHERE, CLIENT, PLAIN, MISDIRECTED };
  let config = readFileSync(join(here, 'nginx-front.conf'), 'utf8').replace(/^#.*$/gm, '');
  for (const name of frontPorts) config = config.replaceAll(`PORT_${name}`, String(ports[name]));
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, config.replaceAll('FOLDER', folder).replaceAll('CERTS', certificates));
  const server = await start(PLAIN, folder, () => ['nginx', '-e', 'stderr', '-p', folder, '-c', file]);
  return Object.assign(server, { ports });
}

/** HAProxy that passes every request on to a server here. */
export async function startHaproxy(behind: number): Promise<TestServer> {
  const port = await freePort();
  const folder = newFolder();
  const file = join(folder, 'haproxy.cfg');
  const config = readFileSync(join(here, 'haproxy.cfg'), 'utf8');
  writeFileSync(file, config.replace('PORT_FRONT', String(port)).replace('PORT_BEHIND', String(behind)));
  return start(port, folder, () => ['haproxy', '-db', '-f', file]);
}

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'webhook-stress-third-party-'));

function start(
  port: number,
  folder: string,
  command: (port: number) => readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<TestServer> {
  const [program, ...args] = command(port);
  const url = `http://127.0.0.1:${port}`;
  return serve({
    url,
    port,
    folder,
    crashSignal: 'SIGTERM',
    start: () =>
      spawn(program, args, { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] }),
    ping: async () => {
      await (await fetch(`${url}/health`)).arrayBuffer();
    },
  });
}
