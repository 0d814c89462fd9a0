import type { EndReason, SaidOfEnd } from '../../contract/journal/end-reasons.ts';
import type { AlertLine } from '../../contract/journal/journal.ts';
import { signalName, usualName } from '../signal-name.ts';

/** What a line of a log means for the end of a process. */
export type EndMeaning = NonNullable<AlertLine['means']>;

export interface EndReading extends SaidOfEnd {
  readonly means: EndMeaning;
}

/** One way in which a server says that a process ends. */
export interface EndWord {
  /** A text that is in every such line. */
  readonly needle: string;
  /** The group `pid` names the process; without it the line means some process of the server. */
  readonly match: RegExp;
  /** Whether it is a worker's word of itself: what the log puts before the line, or beside it, names the worker. */
  readonly ofItself?: boolean;
  read(groups: Readonly<Record<string, string | undefined>>): EndReading;
}

/** A line whose meaning does not depend on what else is in it. */
export const fixed = (needle: string, match: RegExp, means: EndMeaning, reason: EndReason): EndWord => ({
  needle,
  match,
  read: () => ({ means, reason }),
});

/** What a worker says of itself, without its pid. */
export const ofItself = (needle: string, match: RegExp, reason: EndReason): EndWord => ({
  ...fixed(needle, match, 'graceful', reason),
  ofItself: true,
});

/** Signals by which people and supervisors ask a process to end. */
const askingSignals = new Set(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH']);

/** What shells make of a signal: an exit code above 128. */
const shellSignals = 128;

/**
 * What the kernel says of an end. Who sent a signal that asks to end, it does not say: a master recycles its workers so, and nobody
 * recycles the topmost process.
 */
export function kernelReading({ code, signal, isRoot }: KernelExit): EndReading {
  const reading = readingOf({ code: String(code), signal: signal === 0 ? '' : String(signal) });
  const isAsked = reading.means === 'ended' || askingSignals.has(signalName(code - shellSignals) ?? '');
  return isAsked && !isRoot ? { ...reading, means: 'exiting' } : reading;
}

interface KernelExit {
  readonly code: number;
  /** 0: it was ended by none. */
  readonly signal: number;
  readonly isRoot: boolean;
}

/** How a process ended, by its exit code or the signal that ended it, as a number or with or without SIG before its name. */
export function readingOf({ code, signal }: Readonly<Record<string, string | undefined>>): EndReading {
  if (signal !== undefined && signal !== '' && signal !== 'null') {
    const name = signalName(Number(signal)) ?? usualName(signal.startsWith('SIG') ? signal : `SIG${signal}`);
    return { means: askingSignals.has(name) ? 'ended' : 'crash', reason: 'signal', signal: name };
  }
  const exitCode = code === undefined || code === '' || code === 'null' ? null : Number(code);
  // No number of that length is an exit code.
  if (exitCode === null || !Number.isSafeInteger(exitCode)) return { means: 'ended', reason: 'ended' };
  return { means: exitCode === 0 ? 'graceful' : 'crash', reason: 'exited', exitCode };
}

/** A line that tells exit code or signal, in groups `code` and `signal`. */
export const withStatus = (needle: string, match: RegExp): EndWord => ({ needle, match, read: readingOf });
