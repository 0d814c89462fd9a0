import { type SaidOfEnd, saidIn } from '../../contract/journal/end-reasons.ts';
import type { AlertLine } from '../../contract/journal/journal.ts';
import type { Run } from '../interpret/run.ts';
import { causeOf, explained, onlyReason, says } from './cause-of-end.ts';
import { canHaveSaid, statusesOfReasons, wordsOf } from './last-words.ts';
import type { ProcessEnd } from './process-end.ts';

/** An end shows in a sample at most this much before or after the runner knows of it. */
const nearUs = 3_000_000;

/** By these a server is asked to end: that it ends by one of them says nothing against it. */
const askingSignals: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP']);

interface CrashOfExec {
  readonly how: SaidOfEnd;
  readonly atUs: number;
}

/** How the server that the run itself started ended although the run did not tell it to; null if it did not, or ended as asked. */
export function crashOfExec({ manifest: { exec } }: Pick<Run, 'manifest'>): CrashOfExec | null {
  if (exec === undefined || exec.wasAsked || exec.endedAtUs === null) return null;
  const { exitCode, signal, endedAtUs: atUs } = exec;
  if (signal !== null) return askingSignals.has(signal) ? null : { how: { reason: 'signal', signal }, atUs };
  return exitCode === 0
    ? null
    : { how: exitCode === null ? { reason: 'ended' } : { reason: 'exited', exitCode }, atUs };
}

/** The ends with what the runner knows of the server's own: what a log says explains its exit code or signal. */
export function withExecEnd(run: Pick<Run, 'manifest'>, ends: readonly ProcessEnd[]): readonly ProcessEnd[] {
  const crash = crashOfExec(run);
  if (crash === null) return ends;
  return ends.map((end) => {
    if (end.process.role !== 'root' || Math.abs(end.atUs - crash.atUs) > nearUs) return end;
    return { ...end, kind: 'crash' as const, ...withStatus(end, crash) };
  });
}

/** A thread that panicked explains an abort, and no end of which nothing is known. */
function toldBy(alerts: readonly AlertLine[], end: CrashOfExec): Pick<ProcessEnd, 'cause' | 'lines'> {
  const words = alerts.flatMap((alert) => {
    const { pid, means, atUs, lines = [] } = alert;
    const said = saidIn(alert);
    return pid === undefined && means === 'thread-ended' && said !== null ? [{ ...said, atUs, lines }] : [];
  });
  const [word] = wordsOf({ ...end.how, atUs: end.atUs }, words, () => []);
  const how = causeOf(end.how);
  return word === undefined ? { cause: how, lines: [] } : { cause: explained(causeOf(word), how), lines: word.lines };
}

function withStatus(
  { kind, cause, lines, server }: ProcessEnd,
  crash: CrashOfExec,
): Pick<ProcessEnd, 'cause' | 'lines'> {
  if (kind !== 'crash' || cause === null) return toldBy(server.alerts, crash);
  const how = causeOf(crash.how);
  const only = onlyReason(cause);
  if (only !== null && !canHaveSaid([crash.how], only)) return { cause: how, lines: [] };
  if (says(cause, crash.how)) return { cause, lines };
  const isWhy = only !== null && statusesOfReasons.has(only.reason);
  return { cause: isWhy ? explained(cause, how) : { ...cause, ...how, after: cause.steps }, lines };
}
