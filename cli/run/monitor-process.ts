import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChildExit, endOf, exitOf } from '../child-exit.ts';
import { ownProcess } from '../own-process.ts';

export interface MonitorProcess {
  readonly process: ChildProcess;
  isAlive(): boolean;
  /** Lets it write its end line and the report. */
  stop(): Promise<ChildExit>;
}

const startTimeoutMs = 15_000;
/** Building the report is part of the monitor's end, and takes its time on a long journal. */
const endTimeoutMs = 180_000;

/**
 * Starts the monitor in a process of its own and waits until it records. It stops when this process is gone.
 * @returns null where it ended at once; it has said why on the terminal.
 */
export async function startMonitor(
  options: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  serverJournal: string,
): Promise<MonitorProcess | null> {
  const { command, args } = ownProcess(['monitor', '--stop-with-stdin', ...options]);
  const child = spawn(command, args, { detached: true, env, stdio: ['pipe', 'ignore', 'inherit'] });
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null && child.pid !== undefined;
  const ended = exitOf(child);
  const until = Date.now() + startTimeoutMs;
  while (isAlive() && !existsSync(serverJournal) && Date.now() < until) await Promise.race([ended, sleep(50)]);
  if (!isAlive()) return null;
  return {
    process: child,
    isAlive,
    stop() {
      child.stdin?.end();
      return endOf(child, endTimeoutMs);
    },
  };
}
