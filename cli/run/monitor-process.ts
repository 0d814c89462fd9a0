import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { monitorTelling } from '../monitor-voice.ts';
import { ownProcess } from '../own-process.ts';
import { boundedLines } from '../processes/bounded-lines.ts';
import { Child, type ChildExit } from '../processes/child.ts';
import { monitorEnvironment } from '../processes/child-environment.ts';
import { toldIn } from '../processes/told-line.ts';
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
  say(text: string): void;
  /** What is wrong. */
  warn(text: string): void;
  noteUnwritable(path: string, refusal: string): void;
}

function takeTelling(line: string, how: Pick<MonitorOptions, 'say' | 'warn' | 'noteUnwritable'>): void {
  const told = toldIn(line, monitorTelling);
  if (told === null) return;
  if ('says' in told) how.say(told.says);
  else if ('warns' in told) how.warn(told.warns);
  else how.noteUnwritable(told.unwritable.path, told.unwritable.refusal);
}

/** Starts the monitor and waits until it records, until it has ended, or until an interrupt. */
export async function startMonitor({ options, env, journal, interrupt, ...how }: MonitorOptions): Promise<Child> {
  const { command, args } = ownProcess(['monitor', ...options]);
  const told = boundedLines((line) => takeTelling(line, how));
  const ends = boundedLines((line) => how.warn(line));
  const child = new Child({
    command,
    args,
    env: monitorEnvironment(env),
    stdout: told.take,
    stderr: ends.take,
    stopSignal: 'SIGTERM',
  });
  const ended: Promise<ChildExit> = child.ended.then((exit) => {
    told.end();
    ends.end();
    return exit;
  });
  const untilMs = performance.now() + startTimeoutMs;
  while (child.isAlive() && !existsSync(journal) && !interrupt.requested && performance.now() < untilMs) {
    await Promise.race([ended, sleep(50)]);
  }
  return child;
}
