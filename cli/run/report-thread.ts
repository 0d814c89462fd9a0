import { realpathSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import * as z from 'zod';
import type { Manifest } from '../../contract/journal/journal.ts';
import { verdictEvent } from '../../contract/report/events.ts';
import { ownEnvironment } from '../environment.ts';

/** What the thread is given; only the runner starts it. */
export interface ReportTask {
  readonly folder: string;
  /** The runner's own state: the disk may have refused run.json. */
  readonly manifest: Manifest;
  readonly strict: boolean;
  /** They are in no text of the report. */
  readonly secrets: readonly string[];
  /** Of the terminal, which a thread has none of. */
  readonly color: boolean;
  readonly width: number;
}

/** What the thread gives back: the report itself stays there, for it may be large. */
const builtReport = z.object({
  exitCode: z.number(),
  /** For the terminal. */
  text: z.string(),
  ...verdictEvent.pick({ headline: true, criteria: true }).shape,
  verdict: z.enum(['pass', 'warn', 'fail', 'inconclusive']),
  /** For a pipeline's log. */
  annotations: z.string(),
  unwritten: z.array(z.object({ file: z.string(), refusal: z.string() })),
});
export type BuiltReport = z.infer<typeof builtReport>;

export interface ReportThread {
  /** Null if it was stopped. Rejects with what the thread threw. */
  readonly done: Promise<BuiltReport | null>;
  /** Resolves when it has ended, or when the disk does not let it. */
  stop(): Promise<void>;
}

/** A thread ends within that, unless the system does not return from a call. */
const stopMs = 500;

/** Makes the report in a thread of this process, so that an interrupt is heard while a long journal is read. */
export function startReportThread(task: ReportTask): ReportThread {
  const worker = new Worker(realpathSync(process.argv[1] ?? ''), {
    workerData: { reportTask: task },
    // What goes wrong in it is told without secrets: it must know them.
    env: { ...ownEnvironment },
  });
  let giveUp = (): void => {};
  const done = new Promise<BuiltReport | null>((resolve, reject) => {
    worker.once('message', (message) => resolve(builtReport.parse(message)));
    worker.once('error', reject);
    worker.once('exit', () => resolve(null));
    giveUp = () => resolve(null);
  });
  const stop = async (): Promise<void> => {
    const ended = worker.terminate().then(() => true);
    if (await Promise.race([ended, sleep(stopMs, false)])) return;
    process.once('exit', endBySignal);
    giveUp();
  };
  return { done, stop };
}

/**
 * Node does not exit before a thread that waits for a disk: one that does not answer would keep this process for ever. A signal
 * that nobody handles ends both; shells tell SIGINT as 130.
 */
function endBySignal(): void {
  process.removeAllListeners('SIGINT');
  process.kill(process.pid, 'SIGINT');
}

/** What main.ts does in that thread. */
export async function runReportThread(): Promise<void> {
  const { reportTask } = workerData as { readonly reportTask: ReportTask };
  const { folder, manifest, strict, secrets, color, width } = reportTask;
  const { reportFolder, terminalText } = await import('../write-report.ts');
  const { renderAnnotations } = await import('../../render/annotations.ts');
  const written = reportFolder(folder, { manifest, strict, secrets });
  const built: BuiltReport = {
    exitCode: written.report.exitCode,
    verdict: written.report.verdict,
    headline: written.report.headline,
    criteria: written.report.findings.map(({ criterion, title, status, summary }) => ({
      ...{ criterion, title, status, summary },
    })),
    text: terminalText(written, folder, { color, width }),
    annotations: renderAnnotations(written.report),
    unwritten: written.unwritten.map(({ file, refusal }) => ({ file, refusal })),
  };
  parentPort?.postMessage(built);
}
