import { exitCodes, weightiestExitCode } from '../../contract/report/criteria.ts';
import { type Child, exitInWords } from '../processes/child.ts';
import { endsByMs } from './interrupt.ts';
import { startReportThread } from './report-thread.ts';
import type { Session } from './session.ts';

/** How long the monitor may take to write its end line, and the backend to answer what it has begun. */
const endTimeoutMs = 15_000;

/**
 * Ends what the run has started, closes the journal and makes the report: from here on nothing else runs.
 * @returns the exit code of the run.
 */
export async function finishRun(session: Session, monitor: Child | null): Promise<number> {
  const { line, interrupt, settings, folder, manifest } = session;
  await session.remotes.end(session);
  await endServer(session, monitor);
  line.show('writing the report …');
  const thread = startReportThread({
    folder,
    manifest: manifest.manifest,
    strict: settings.strict,
    color: process.stdout.isTTY === true,
  });
  const built = await interrupt.during(thread.done, {
    end: () => {},
    kill: () => thread.stop(),
    byMs: endsByMs.report,
  });
  line.say('');
  if (built === null) {
    line.say(`The report was not finished. Make it with: webhook-stress report ${folder}`);
    return exitCodes.interrupted;
  }
  process.stdout.write(`${built.text}\n`);
  session.github?.tellReport(built, folder);
  for (const { file, refusal } of built.unwritten) line.say(`${file} could not be written (${refusal})`);
  if (built.unwritten.length > 0) line.say(`Make room, then write the report with: webhook-stress report ${folder}`);
  return weightiestExitCode(
    built.exitCode,
    built.unwritten.length > 0 ? exitCodes.inconclusive : exitCodes.passed,
    interrupt.requested ? exitCodes.interrupted : exitCodes.passed,
  );
}

async function endServer(session: Session, monitor: Child | null): Promise<void> {
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

async function endMonitor({ interrupt, line }: Session, monitor: Child): Promise<void> {
  const exit = await interrupt.during(monitor.end('SIGTERM', endTimeoutMs), {
    end: () => {},
    kill: () => monitor.kill(),
    byMs: endsByMs.monitor,
  });
  if (exit.code === 0) return;
  line.say(`The monitor ended with ${exitInWords(exit)}: process-based criteria will be inconclusive.`);
}
