import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

const mostStartMs = 20_000;
const run = promisify(execFile);

/** A real server of this test alone: a free loopback port, a fresh data folder, gone with the test's process. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  /** Of the server's main process; another one after restart(). */
  readonly pid: number;
  /** Ends it as a crash would and keeps its data. */
  crash(): Promise<void>;
  /** Starts it again on the same port with the same data, and waits until it answers. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export interface Recipe {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** Ends it with all its processes. */
  readonly crashSignal: 'SIGKILL' | 'SIGQUIT' | 'SIGTERM';
  readonly start: () => ChildProcess;
  /** Rejects while the server does not answer yet. */
  readonly ping: () => Promise<void>;
}

export async function startRedis(): Promise<TestServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'webhook-stress-redis-'));
  return serve({
    url: `redis://127.0.0.1:${port}`,
    port,
    folder,
    crashSignal: 'SIGKILL',
    start: () =>
      spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder], {
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    ping: () => pingRedis(port),
  });
}

/** Any user name and password are let in. Beware of the limit of 100 connections. */
export async function startPostgres(): Promise<TestServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'webhook-stress-postgres-'));
  const owner = await postgresOwner();
  if (owner !== null) chownSync(folder, owner.uid, owner.gid);
  const binaries = postgresBinaries();
  const as = { ...owner, cwd: folder, env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } };
  await run(
    join(binaries, 'initdb'),
    ['--pgdata', folder, '--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8', '--no-sync'],
    as,
  );
  const url = `postgres://postgres:not-checked@127.0.0.1:${port}/postgres`;
  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off'];
  return serve({
    url,
    port,
    folder,
    // Immediate shutdown: PostgreSQL takes its children with it, which SIGKILL would not.
    crashSignal: 'SIGQUIT',
    start: () =>
      spawn(
        join(binaries, 'postgres'),
        ['-D', folder, '-p', `${port}`, ...settings.flatMap((setting) => ['-c', setting])],
        { ...as, stdio: ['ignore', 'pipe', 'pipe'] },
      ),
    ping: () => pingPostgres(url),
  });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}

/** Starts what the recipe says and waits until it answers. */
export async function serve(recipe: Recipe): Promise<TestServer> {
  let child = await startAndWait(recipe);

  function removeAtExit(): void {
    child.kill(recipe.crashSignal);
    rmSync(recipe.folder, { recursive: true, force: true });
  }
  process.once('exit', removeAtExit);

  async function end(signal: Recipe['crashSignal'] | 'SIGINT'): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    // A stopped process handles no signal but SIGKILL until it continues.
    child.kill('SIGCONT');
    await exited;
  }

  return {
    url: recipe.url,
    port: recipe.port,
    get pid() {
      return pidOf(child);
    },
    crash: () => end(recipe.crashSignal),
    async restart() {
      await end(recipe.crashSignal);
      child = await startAndWait(recipe);
    },
    async stop() {
      await end('SIGINT');
      process.off('exit', removeAtExit);
      rmSync(recipe.folder, { recursive: true, force: true });
    },
  };
}

async function startAndWait(recipe: Recipe): Promise<ChildProcess> {
  const child = recipe.start();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text) => {
      output = (output + text).slice(-4000);
    });
  }
  const deadlineMs = performance.now() + mostStartMs;
  for (;;) {
    try {
      await recipe.ping();
      return child;
    } catch (error) {
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadlineMs) {
        child.kill('SIGKILL');
        throw new Error(`a test server did not start:\n${output}`, { cause: error });
      }
      await sleep(50);
    }
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('a test server has no process');
  return child.pid;
}

async function pingRedis(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [answer] = await once(socket, 'data');
    if (!String(answer).startsWith('+PONG')) throw new Error(`Redis answered ${String(answer)}`);
  } finally {
    socket.destroy();
  }
}

async function pingPostgres(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  // A connection that breaks fails the query, too.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
  } finally {
    await client.end();
  }
}

/** PostgreSQL refuses to run as root: then it runs as its own user. */
async function postgresOwner(): Promise<{ uid: number; gid: number } | null> {
  if (process.getuid?.() !== 0) return null;
  const id = async (which: string) => Number((await run('id', [which, 'postgres'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

/** Debian keeps them out of PATH, in a folder a version. */
function postgresBinaries(): string {
  const versions = '/usr/lib/postgresql';
  const newest = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a))[0] : undefined;
  return newest === undefined ? '' : join(versions, newest, 'bin');
}
