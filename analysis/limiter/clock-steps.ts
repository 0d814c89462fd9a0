import type { Manifest } from '../../contract/journal/journal.ts';

/** Two readings of the wall clock are rounded to milliseconds, and their partners come a moment later. */
const maxRoundingUs = 5_000;

/**
 * Whether the server's wall clock is known not to have stepped in the run: it is this machine's, and that one kept pace with
 * the monotonic clock. A process on another machine, or in one that only forwards a port here, has a clock of its own.
 */
export function clockWasEven({ target, environment, clockMovedUs }: Manifest): boolean {
  if (clockMovedUs === undefined || Math.abs(clockMovedUs) > maxRoundingUs) return false;
  if (target.kind === 'embedded') return true;
  // As new-manifest writes it: the kernel's name and its release.
  return (
    /^Linux( |$)/.test(environment.os) && /^https?:\/\/(localhost|127(\.\d+){3}|\[::1\])([:/]|$)/i.test(target.baseUrl)
  );
}
