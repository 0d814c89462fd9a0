import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ServerCounts } from '../../contract/journal/journal.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { endOf, exitOf } from '../child-exit.ts';
import { ownProcess } from '../own-process.ts';
import type { RunSettings } from './settings.ts';

function portIn(line: string): number | null {
  try {
    const ready: unknown = JSON.parse(line);
    return typeof ready === 'object' && ready !== null && 'port' in ready && typeof ready.port === 'number'
      ? ready.port
      : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isServerCounts(value: unknown): value is ServerCounts {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every(
      (outcomes) =>
        typeof outcomes === 'object' &&
        outcomes !== null &&
        Object.values(outcomes).every((count) => typeof count === 'number'),
    )
  );
}

/**
 * The embedded backend in a process of its own on a free port, its log in a file. It stops when this process is gone, however
 * that ends.
 */
export class EmbeddedBackend {
  readonly #options: readonly string[];
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #logFile: string;
  #child: ChildProcess;
  readonly #port: number;
  /** Whether it was told to end: what counts after that is not the whole run. */
  #drained = false;

  private constructor(
    options: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    logFile: string,
    started: Started,
  ) {
    this.#options = options;
    this.#env = env;
    this.#logFile = logFile;
    this.#child = started.child;
    this.#port = started.port;
  }

  /** Throws an ExpectedError where it does not come up. */
  static async start(
    options: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    logFile: string,
  ): Promise<EmbeddedBackend> {
    return new EmbeddedBackend(options, env, logFile, await spawnBackend(options, 0, env, logFile));
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the embedded backend has no process');
    return this.#child.pid;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What it counted by itself; null where it does not answer any more, or began anew in between. */
  async counts(): Promise<ServerCounts | null> {
    if (this.#drained) return null;
    try {
      const answer = await fetch(`${this.baseUrl}/api/v1/monitoring/counts`, { signal: AbortSignal.timeout(5_000) });
      const body: unknown = await answer.json();
      const counts = typeof body === 'object' && body !== null && 'counts' in body ? body.counts : null;
      return isServerCounts(counts) ? counts : null;
    } catch {
      // A target that is gone has no counts; that it is gone the monitor has recorded.
      return null;
    }
  }

  /** Sends SIGTERM and waits until it has ended; returns its exit code, null where it had to be killed. */
  async drain(): Promise<number | null> {
    this.#drained = true;
    this.#child.kill('SIGTERM');
    const { code } = await endOf(this.#child, maxDrainMs);
    return code;
  }

  /** Starts it anew on the same port with the data that its store kept. */
  async startAgain(): Promise<void> {
    const started = await spawnBackend([...this.#options, '--keep-data'], this.#port, this.#env, this.#logFile);
    this.#child = started.child;
  }

  async stop(): Promise<void> {
    await this.drain();
  }
}

const maxDrainMs = 15_000;

interface Started {
  readonly child: ChildProcess;
  readonly port: number;
}

async function spawnBackend(
  options: readonly string[],
  wantedPort: number,
  env: Readonly<Record<string, string | undefined>>,
  logFile: string,
): Promise<Started> {
  const { command, args } = ownProcess(['backend', '--port', String(wantedPort), '--stop-with-stdin', ...options]);
  // A group of its own: a Ctrl-C in the terminal reaches the runner alone, which stops all in order.
  const child = spawn(command, args, { detached: true, env, stdio: ['pipe', 'pipe', openSync(logFile, 'a')] });
  const { stdout } = child;
  const port = await Promise.race([
    exitOf(child).then(() => null),
    new Promise<number | null>((resolve) => {
      if (stdout !== null) createInterface(stdout).on('line', (line) => resolve(portIn(line)));
    }),
  ]);
  if (port === null) throw new ExpectedError(`the embedded backend did not start: see ${logFile}`);
  return { child, port };
}

/** Starts it with the promises of the settled profile. */
export function startEmbeddedBackend(
  settings: Pick<RunSettings, 'profile' | 'workers' | 'faults'>,
  env: Readonly<Record<string, string | undefined>>,
  logFile: string,
): Promise<EmbeddedBackend> {
  const { limiter, idempotency } = settings.profile;
  const promised = [
    ...(limiter.kind === 'none'
      ? ['--limiter', 'none']
      : [
          // Undeclared is what is told of it, not what it is.
          ...['--limiter', limiter.kind === 'unknown' ? 'sliding' : limiter.kind],
          ...['--limit', String(limiter.limit), '--window-ms', String(limiter.windowMs)],
          ...['--burst', String(limiter.burst ?? limiter.limit)],
        ]),
    ...(idempotency.kind === 'none'
      ? ['--ttl-ms', '0']
      : ['--ttl-ms', String(idempotency.ttlMs), '--idempotency-order', idempotency.order]),
  ];
  const faults = settings.faults.flatMap((fault) => ['--fault', fault]);
  return EmbeddedBackend.start(['--workers', String(settings.workers), ...promised, ...faults], env, logFile);
}
