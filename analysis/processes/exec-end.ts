import type { Run } from '../interpret/run.ts';
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

/** The ends with what the runner knows of the server's own: exit code and signal come before what a log says. */
export function withExecEnd(run: Pick<Run, 'manifest'>, ends: readonly ProcessEnd[]): readonly ProcessEnd[] {
  const crash = crashOfExec(run);
  if (crash === null) return ends;
  return ends.map((end) => {
    if (end.process.role !== 'root' || Math.abs(end.atUs - crash.atUs) > nearUs) return end;
    const log = end.kind === 'crash' && end.cause !== null ? `, after it ${end.cause}` : '';
    return { ...end, kind: 'crash' as const, cause: `${crash.cause}${log}` };
  });
}
