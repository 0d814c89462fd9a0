import { isForMemory } from './last-words.ts';

export type CrashFault =
  | 'did not come back'
  | 'dies as it starts'
  | 'failed start'
  | 'memory of the machine'
  | 'memory of its runtime'
  | 'timeout'
  | 'did not end in time'
  | 'killed'
  | 'killed by another'
  | 'told to end'
  | 'fault in native code'
  | 'exception'
  | 'exit code'
  | 'cut requests off'
  | 'no cause';

/** What came first is why: a master kills what it aborted in vain. */
export const firstCause = (cause: string): string => cause.split(/, (?:then|after) /)[0] ?? cause;

/** Words of the journal (monitor/log/), the most telling first: an exit code stands behind what says why. */
const words: readonly (readonly [RegExp, CrashFault])[] = [
  [/ran out of (?:its heap|memory)|more memory than/, 'memory of its runtime'],
  [/want of memory/, 'memory of the machine'],
  [/no sign of life|exceeded its time|watchdog/, 'timeout'],
  [/did not end in time/, 'did not end in time'],
  [/failed to start|failed start|take over as the new master/, 'failed start'],
  [/panicked|nobody caught|ended with an error|crashed, as nodemon says/, 'exception'],
  [
    /SIG(?:SEGV|BUS|ILL|FPE|ABRT|TRAP|SYS)|segmentation fault|its stack|its heap|dumped core|\(JVM\)|fatal error/,
    'fault in native code',
  ],
  [/SIGKILL|code 137\b/, 'killed'],
  [/SIG[A-Z]+\d?/, 'told to end'],
  [/exited (?:with code|unexpectedly)|\(BEAM\)/, 'exit code'],
];

/** What a cause in the words of the journal says of a crash. */
export function faultIn(cause: string): CrashFault {
  const first = isForMemory(cause) ? cause : firstCause(cause);
  return words.find(([said]) => said.test(first))?.[1] ?? 'no cause';
}

/** What stands for the cause of an end of which nothing is known, where requests broke off with it. */
export const nothingSaid = 'ended, and nothing says why';

/** Whether it says that a process was killed as the kernel kills one for want of memory. */
export const saysKilled = (cause: string): boolean => ['killed', 'memory of the machine'].includes(faultIn(cause));

/** Whether a process may have been killed so, by what is said of its end. */
export function mayBeKilled(cause: string | null): boolean {
  if (cause === null || cause === 'exited unexpectedly') return true;
  return saysKilled(cause) || faultIn(cause) === 'no cause';
}
