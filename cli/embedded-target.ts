import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ExpectedError } from '../contract/expected-error.ts';
import type { ServerCounts } from '../contract/journal.ts';
import { endOf, exitOf } from './child-exit.ts';
import { ownProcess } from './own-process.ts';

export interface EmbeddedTarget {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly baseUrl: string;
  isAlive(): boolean;
  /** What it counted by itself; null where it does not answer any more. */
  counts(): Promise<ServerCounts | null>;
  stop(): Promise<void>;
}

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
 * Starts the embedded backend in a process of its own on a free port, its log in `logFile`. It stops when this process is
 * gone, however that ends. Throws an ExpectedError where it does not come up.
 */
export async function startEmbeddedTarget(
  options: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  logFile: string,
): Promise<EmbeddedTarget> {
  const { command, args } = ownProcess(['target', '--port', '0', '--stop-with-stdin', ...options]);
  // A group of its own: a Ctrl-C in the terminal reaches the runner alone, which stops all in order.
  const child = spawn(command, args, { detached: true, env, stdio: ['pipe', 'pipe', openSync(logFile, 'a')] });
  const { stdout } = child;
  const port = await Promise.race([
    exitOf(child).then(() => null),
    new Promise<number | null>((resolve) => {
      if (stdout !== null) createInterface(stdout).on('line', (line) => resolve(portIn(line)));
    }),
  ]);
  if (port === null || child.pid === undefined) {
    throw new ExpectedError(`the embedded backend did not start: see ${logFile}`);
  }
  const baseUrl = `http://127.0.0.1:${port}`;
  return {
    process: child,
    pid: child.pid,
    baseUrl,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async counts() {
      try {
        const answer = await fetch(`${baseUrl}/api/v1/monitoring/counts`, { signal: AbortSignal.timeout(5_000) });
        const body: unknown = await answer.json();
        const counts = typeof body === 'object' && body !== null && 'counts' in body ? body.counts : null;
        return isServerCounts(counts) ? counts : null;
      } catch {
        // A target that is gone has no counts; that it is gone the monitor has recorded.
        return null;
      }
    },
    async stop() {
      child.kill('SIGTERM');
      await endOf(child, 15_000);
    },
  };
}
