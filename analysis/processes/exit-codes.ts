import type { EndReason, SaidOfEnd } from '../../contract/journal/end-reasons.ts';

/** Codes other than 0 by which workers of a server end as they should, and how to know that it is that server. */
interface OwnCodes {
  /** In the name of the process. */
  readonly name: RegExp;
  /** What that server alone writes of a process. */
  readonly says: EndReason;
  readonly codes: ReadonlySet<number>;
}

const ownCodes: readonly OwnCodes[] = [
  // UWSGI_RELOAD_CODE, and UWSGI_END_CODE: it had served its number of requests, or was not needed. Source: uwsgi.h
  { name: /\buwsgi\b/i, says: 'workDone', codes: new Set([17, 30]) },
];

/** Whether what is said is an exit code by which this process says that it ended as it should. @param all that is said of it. */
export function isOrderlyCode({ reason, exitCode }: SaidOfEnd, label: string, all: readonly SaidOfEnd[] = []): boolean {
  if (reason !== 'exited' || exitCode === undefined) return false;
  if (exitCode === 0) return true;
  return ownCodes.some(
    ({ name, says, codes }) => codes.has(exitCode) && (name.test(label) || all.some((each) => each.reason === says)),
  );
}

/** Of a supervisor that restarts whatever ends unasked, whatever its exit code. */
export const isUnexpected = ({ reason }: SaidOfEnd): boolean =>
  reason === 'exitedUnexpectedly' || reason === 'unexpectedCode';
