import type { ProcessSample } from './journal.ts';

/** Key of a process within one boot: a pid that is used again belongs to another process. */
export function processIdentity({ pid, startTicks }: Pick<ProcessSample, 'pid' | 'startTicks'>): string {
  return `${pid}/${startTicks}`;
}

/** Of `startTicks` and of CPU times in /proc: USER_HZ of every Linux that Node runs on. */
export const ticksPerSecond = 100;
