import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownProcess } from '../own-process.ts';
import { boundedLines } from '../processes/bounded-lines.ts';
import { Child, type ChildExit } from '../processes/child.ts';
import { monitorEnvironment } from '../processes/child-environment.ts';
import type { Interrupt } from './interrupt.ts';

const startTimeoutMs = 15_000;

export interface MonitorOptions {
  /** Of the command `monitor`. */
  readonly options: readonly string[];
  /** Of the runner; the monitor gets what monitorEnvironment lets through. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file that it writes: it records as soon as this exists. */
  readonly journal: string;
  readonly interrupt: Interrupt;
  onLine(line: string): void;
}

/** Starts the monitor and waits until it records, until it has ended, or until an interrupt. */
export async function startMonitor({ options, env, journal, interrupt, onLine }: MonitorOptions): Promise<Child> {
  const { command, args } = ownProcess(['monitor', ...options]);
  const lines = boundedLines(onLine);
  const child = new Child({
    command,
    args,
    env: monitorEnvironment(env),
    stdout: 'ignore',
    stderr: lines.take,
    stopSignal: 'SIGTERM',
  });
  const ended: Promise<ChildExit> = child.ended.then((exit) => {
    lines.end();
    return exit;
  });
  const untilMs = performance.now() + startTimeoutMs;
  while (child.isAlive() && !existsSync(journal) && !interrupt.requested && performance.now() < untilMs) {
    await Promise.race([ended, sleep(50)]);
  }
  return child;
}
