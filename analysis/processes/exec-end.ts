import type { Run } from '../interpret/run.ts';
import { canHaveSaid, explained, statusesOfWords } from './last-words.ts';
import type { ProcessEnd } from './process-end.ts';

/** An end shows in a sample at most this much before or after the runner knows of it. */
const nearUs = 3_000_000;

/** By these a server is asked to end: that it ends by one of them says nothing against it. */
const askingSignals: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP']);

/** How the server that the run itself started ended although the run did not tell it to; null if it did not, or ended as asked. */
export function crashOfExec({ manifest: { exec } }: Pick<Run, 'manifest'>): { cause: string; atUs: number } | null {
  if (exec === undefined || exec.wasAsked || exec.endedAtUs === null) return null;
  const { exitCode, signal, endedAtUs: atUs } = exec;
  if (signal !== null) return askingSignals.has(signal) ? null : { cause: `was ended by ${signal}`, atUs };
  return exitCode === 0 ? null : { cause: `exited with code ${exitCode}`, atUs };
}

/** The ends with what the runner knows of the server's own: what a log says explains its exit code or signal. */
export function withExecEnd(run: Pick<Run, 'manifest'>, ends: readonly ProcessEnd[]): readonly ProcessEnd[] {
  const crash = crashOfExec(run);
  if (crash === null) return ends;
  return ends.map((end) => {
    if (end.process.role !== 'root' || Math.abs(end.atUs - crash.atUs) > nearUs) return end;
    return { ...end, kind: 'crash' as const, ...withStatus(end, crash.cause) };
  });
}

function withStatus({ kind, cause, lines }: ProcessEnd, how: string): Pick<ProcessEnd, 'cause' | 'lines'> {
  if (kind !== 'crash' || cause === null) return { cause: how, lines };
  if (!canHaveSaid([{ cause: how }], { cause })) return { cause: how, lines: [] };
  const isWhy = statusesOfWords.has(cause) || cause.includes(how);
  return { cause: isWhy ? explained(cause, how) : `${how}, after it ${cause}`, lines };
}
