import type { AlertLine } from '../../contract/journal/journal.ts';
import type { RunClock } from '../clock.ts';

/** Whoever waits for the monitor's end waits no longer. */
const maxMs = 5000;

/**
 * Reads what the server's logs said until the end: one that outran the looks at it has more than one look takes.
 * @param readOn takes a look, and returns how many bytes it left unread.
 * @returns an alert if it could not read all.
 */
export function readToEnd(
  readOn: () => number,
  clock: RunClock,
  nowMs = () => performance.now(),
): readonly AlertLine[] {
  const untilMs = nowMs() + maxMs;
  let unreadBytes = readOn();
  while (unreadBytes > 0 && nowMs() < untilMs) unreadBytes = readOn();
  if (unreadBytes === 0) return [];
  const message = `the server's log grew faster than it could be read: its last ${(unreadBytes / 1e6).toFixed(0)} MB were not read`;
  return [{ atUs: clock.nowUs(), alert: 'log-unread', message }];
}
