import { closeSync, openSync } from 'node:fs';
import fetch from 'node-fetch';
import * as z from 'zod';
import type { ServerCounts } from '../../contract/journal/journal.ts';
import { isSystemError, UnwritableFileError } from '../../contract/journal/unwritable-file.ts';
import { isKeyShared, isKeySharedByTenants } from '../../contract/profile/idempotency-key.ts';
import { foreverWord, keyLifeOf } from '../../contract/profile/key-life.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { ownProcess } from '../own-process.ts';
import { boundedLines } from '../processes/bounded-lines.ts';
import { Child } from '../processes/child.ts';
import { backendEnvironment } from '../processes/child-environment.ts';
import { toldIn } from '../processes/told-line.ts';
import { endsByMs, type Interrupt, Interrupted } from './interrupt.ts';
import type { RunSettings } from './settings.ts';

/** What the backend tells on stdout: where it listens, and that its log was refused. */
const toldLine = z.union([
  z.object({ ready: z.literal(true), port: z.number() }),
  z.object({ logRefused: z.string() }),
]);

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

/** What each start of the backend shares. */
interface Launch {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  readonly interrupt: Interrupt;
  /** Takes what the system says where it refuses what the backend logs. */
  onLogRefused(refusal: string): void;
}

/** The embedded backend in a process of its own on a free port, its log in a file. */
export class EmbeddedBackend {
  readonly #options: readonly string[];
  readonly #launch: Launch;
  readonly #port: number;
  #child: Child;
  /** Whether it was told to end: what counts after that is not the whole run. */
  #drained = false;

  private constructor(options: readonly string[], launch: Launch, { child, port }: Started) {
    this.#options = options;
    this.#launch = launch;
    this.#child = child;
    this.#port = port;
  }

  /** Throws an ExpectedError if it does not come up, and Interrupted. */
  static async start(options: readonly string[], launch: Launch): Promise<EmbeddedBackend> {
    return new EmbeddedBackend(options, launch, await spawnBackend(options, 0, launch));
  }

  get pid(): number {
    return this.#child.pid;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  isAlive(): boolean {
    return this.#child.isAlive();
  }

  /** What it counted by itself; null if it does not answer any more, or was restarted in between. */
  async counts(): Promise<ServerCounts | null> {
    if (this.#drained) return null;
    try {
      const answer = await fetch(`${this.baseUrl}/api/v1/monitoring/counts`, {
        signal: AbortSignal.timeout(countsTimeoutMs),
      });
      const body: unknown = await answer.json();
      const counts = typeof body === 'object' && body !== null && 'counts' in body ? body.counts : null;
      return isServerCounts(counts) ? counts : null;
    } catch {
      // A backend that exited has no counts; the monitor has recorded that it exited.
      return null;
    }
  }

  /** Sends SIGTERM and waits until it has ended; returns its exit code, null if it had to be killed. */
  async drain(): Promise<number | null> {
    this.#drained = true;
    const { code } = await this.#child.end('SIGTERM', maxDrainMs);
    return code;
  }

  /** Ends it and its workers at once. */
  kill(): void {
    this.#child.kill();
  }

  /** Starts it anew on the same port with the data that its store kept. */
  async startAgain(): Promise<void> {
    const { child } = await spawnBackend([...this.#options, '--keep-data'], this.#port, this.#launch);
    this.#child = child;
  }

  async stop(): Promise<void> {
    await this.drain();
  }
}

const maxDrainMs = 15_000;
const countsTimeoutMs = 2_000;

interface Started {
  readonly child: Child;
  readonly port: number;
}

function openLog(path: string): number {
  try {
    return openSync(path, 'a');
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new ExpectedError(`the embedded backend did not start: ${new UnwritableFileError(path, error).message}`);
  }
}

async function spawnBackend(options: readonly string[], wantedPort: number, launch: Launch): Promise<Started> {
  const { env, logFile, interrupt, onLogRefused } = launch;
  if (interrupt.requested) throw new Interrupted();
  const { command, args } = ownProcess(['backend', '--port', String(wantedPort), ...options]);
  const log = openLog(logFile);
  let onPort = (_: number): void => {};
  const lines = boundedLines((line) => {
    const told = toldIn(line, toldLine);
    if (told === null) return;
    if ('port' in told) onPort(told.port);
    else onLogRefused(told.logRefused);
  });
  const child = new Child({
    command,
    args,
    env: backendEnvironment(env),
    stdout: lines.take,
    stderr: log,
    stopSignal: 'SIGTERM',
  });
  closeSync(log);
  const ready = Promise.race([
    child.ended.then(() => null),
    new Promise<number>((resolve) => {
      onPort = resolve;
    }),
  ]);
  const port = await interrupt.during(ready, { end: () => child.kill(), kill: () => {}, byMs: endsByMs.backend });
  if (interrupt.requested) {
    child.kill();
    throw new Interrupted();
  }
  if (port === null) throw new ExpectedError('the embedded backend did not start', { remedy: `see ${logFile}` });
  return { child, port };
}

/** For ever, as far as a run can tell. */
const yearInMs = 31_536_000_000;

/** Starts it with the promises of the settled profile. */
export function startEmbeddedBackend(
  settings: Pick<RunSettings, 'profile' | 'workers' | 'faults'>,
  launch: Launch,
): Promise<EmbeddedBackend> {
  const { limiter, idempotency, secret } = settings.profile;
  const keysOf = isKeySharedByTenants(settings.profile) ? 'all' : isKeyShared(settings.profile) ? 'client' : 'webhook';
  const promised = [
    ...(limiter.kind === 'none'
      ? ['--limiter', 'none']
      : [
          // Undeclared is what is told of it, not what it is.
          ...['--limiter', limiter.kind === 'unknown' ? 'sliding' : limiter.kind],
          ...['--limit', String(limiter.limit), '--window-ms', String(limiter.windowMs)],
          ...['--burst', String(limiter.burst ?? limiter.limit)],
          ...(limiter.further ?? []).flatMap(({ kind, limit, windowMs, burst }) => [
            '--further',
            `${kind}:${limit}:${windowMs}:${burst ?? limit}`,
          ]),
          ...(limiter.penaltyMs === undefined ? [] : ['--penalty-ms', String(limiter.penaltyMs)]),
          ...(limiter.penaltyProlonged === true ? ['--penalty-prolonged'] : []),
        ]),
    ...(idempotency.kind === 'none'
      ? ['--ttl-ms', '0']
      : [
          '--ttl-ms',
          idempotency.ttlMs === null ? foreverWord : String(Math.min(keyLifeOf(idempotency).minMs, yearInMs)),
          '--idempotency-order',
          idempotency.order,
          ...['--keys-of', keysOf],
        ]),
    ...(secret.in === 'signature' ? ['--signature', JSON.stringify(secret)] : []),
  ];
  const faults = settings.faults.flatMap((fault) => ['--fault', fault]);
  return EmbeddedBackend.start(['--workers', String(settings.workers), ...promised, ...faults], launch);
}
