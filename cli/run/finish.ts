import { exitCodes, weightiestExitCode } from '../../contract/report/criteria.ts';
import { exitInWords } from '../processes/child.ts';
import { pageIn } from '../report-page.ts';
import { wantsColor } from '../terminal/color.ts';
import { widthOf } from '../terminal/width.ts';
import { asTyped } from '../typed-command.ts';
import { endsByMs } from './interrupt.ts';
import type { KeptMonitor } from './kept-monitor.ts';
import { type BuiltReport, startReportThread } from './report-thread.ts';
import type { Session } from './session.ts';

/** How long the monitor may take to write its end line, and the backend to answer what it has begun. */
const endTimeoutMs = 15_000;

/**
 * Ends what the run has started, closes the journal and makes the report: from here on nothing else runs.
 * @param failure the exit code of what went wrong before; 0 if nothing did.
 * @returns the exit code of the run.
 */
export async function finishRun(session: Session, monitor: KeptMonitor | null, failure: number): Promise<number> {
  const { line, interrupt, settings, folder, manifest, env } = session;
  await session.remotes.end(session);
  await endServer(session, monitor);
  // Alerts that came after the last look.
  session.watched.read();
  line.show('writing the report …');
  const thread = startReportThread({
    folder,
    manifest: manifest.manifest,
    strict: settings.strict,
    secrets: settings.environment.secrets,
    color: wantsColor(process.stdout, env),
    width: widthOf(process.stdout),
  });
  const built = await interrupt.during(thread.done, {
    end: () => {},
    kill: () => thread.stop(),
    byMs: endsByMs.report,
  });
  line.clear();
  const exitCode = weightiestExitCode(failure, exitCodeOf(session, built));
  tellVerdict(session, built, exitCode);
  if (built === null) {
    line.warn(`The report was not finished. Make it with: ${asTyped('report', folder)}`);
    return exitCode;
  }
  if (!settings.json) process.stdout.write(`${built.text}\n`);
  session.github?.tellReport(built, folder);
  for (const { file, refusal } of built.unwritten) line.warn(`${file} could not be written (${refusal})`);
  if (built.unwritten.length > 0) line.warn(`Make room, then write the report with: ${asTyped('report', folder)}`);
  return exitCode;
}

function exitCodeOf({ interrupt }: Session, built: BuiltReport | null): number {
  if (built === null) return exitCodes.interrupted;
  return weightiestExitCode(
    built.exitCode,
    built.unwritten.length > 0 ? exitCodes.inconclusive : exitCodes.passed,
    interrupt.requested ? exitCodes.interrupted : exitCodes.passed,
  );
}

function tellVerdict({ events, folder }: Session, built: BuiltReport | null, exitCode: number): void {
  if (built === null) {
    const none = { verdict: null, headline: 'The report was not finished.', criteria: [], report: null };
    events.tell({ event: 'verdict', exitCode, ...none });
    return;
  }
  const { verdict, headline, criteria, unwritten } = built;
  events.tell({ event: 'verdict', exitCode, verdict, headline, criteria, report: pageIn(folder, unwritten) });
}

async function endServer(session: Session, monitor: KeptMonitor | null): Promise<void> {
  const { manifest, clock, interrupt, backend, started } = session;
  const serverCounts = (await backend?.counts()) ?? null;
  if (monitor !== null) await endMonitor(session, monitor);
  if (backend !== null) {
    await interrupt.during(backend.stop(), { end: () => {}, kill: () => backend.kill(), byMs: endsByMs.backend });
  }
  await started?.stop();
  manifest.change({
    endedAtUs: clock.nowUs(),
    clockMovedUs: Date.now() * 1000 - clock.nowUs(),
    interrupted: interrupt.requested,
    serverCounts,
  });
}

async function endMonitor({ interrupt, line }: Session, monitor: KeptMonitor): Promise<void> {
  const exit = await interrupt.during(monitor.end('SIGTERM', endTimeoutMs), {
    end: () => {},
    kill: () => monitor.kill(),
    byMs: endsByMs.monitor,
  });
  if (exit.code === 0) return;
  line.warn(`The monitor ended with ${exitInWords(exit)}: process-based criteria will be inconclusive.`);
}
