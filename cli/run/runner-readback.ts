import { join } from 'node:path';
import {
  type EndLine,
  type HeaderLine,
  journalVersion,
  type LedgerEffectLine,
  type LedgerPollLine,
  type LedgerSightingLine,
  type ReadbackFailedLine,
} from '../../contract/journal/journal.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import { UnwritableFileError } from '../../contract/journal/unwritable-file.ts';
import { isPolledUnderLoad } from '../../contract/plan/polled-under-load.ts';
import { phasesOfPiece } from '../../contract/plan/soak.ts';
import { atomicWrite } from '../atomic-write.ts';
import type { EffectsRead, ReadbackOf, ReadEffects, Reading } from './effect-lines.ts';
import { EffectPolls } from './effect-polls.ts';
import { promisedIn } from './promised-in.ts';
import { readByCommand } from './readback-command.ts';
import { readByQuery } from './readback-query.ts';
import type { Session } from './session.ts';

/**
 * The read-back of one scenario, where the runner asks: by command or by query. k6 itself asks a URL. `finish` is called when
 * the load has ended, and writes effects/<scenario>.ndjson.
 */
export function startReadback(session: Session, of: ReadbackOf): { finish(): Promise<void> } {
  const { settings, interrupt, clock } = session;
  const { readback } = settings.profile;
  const read = readerOf(session, of);
  if (read === null || readback.kind === 'none') return { finish: async () => {} };
  const plan = settings.plans.find(({ scenario }) => scenario === of.scenario);
  if (plan !== undefined && phasesOfPiece(plan) !== null) {
    session.line.say(`${of.scenario}: so many signals are read back by URL alone; exactly once stays open`);
    return { finish: async () => {} };
  }
  const startedAtUs = clock.nowUs();
  const polls = new EffectPolls(read, {
    nowUs: () => clock.nowUs(),
    sleep: (ms) => interrupt.sleep(ms),
    interrupted: interrupt.signal,
  });
  const underLoad = isPolledUnderLoad(settings.profile, of.scenario) ? polls.underLoad() : Promise.resolve();
  return {
    finish: async () => {
      polls.stop();
      await underLoad;
      if (interrupt.requested) return;
      const promised = promisedIn(session, of.scenario, session.manifest.manifest.generators);
      const effects = await polls.afterLoad(readback, (ids) => promised.left(ids));
      write(session, { ...of, startedAtUs }, polls, effects);
    },
  };
}

/** Null where the runner has nothing to read. */
export function readerOf(session: Reading, of: ReadbackOf): ReadEffects | null {
  const { readback } = session.settings.profile;
  switch (readback.kind) {
    case 'command':
      return readByCommand(session, readback.command, of);
    case 'query':
      return readByQuery(session, readback, of.runTag);
    default:
      return null;
  }
}

function write(
  { folder, runId, clock, line, redact, manifest }: Session,
  { scenario, startedAtUs }: ReadbackOf & { readonly startedAtUs: number },
  polls: EffectPolls,
  read: EffectsRead,
): void {
  if ('failed' in read) line.warn(redact(`${scenario}: the read-back failed: ${read.failed}`));
  const path = join(folder, journalFiles.effects(scenario));
  const lines = [...polls.lines, ...('failed' in read ? [read] : read.effects)];
  try {
    atomicWrite(path, effectsText({ runId, scenario, startedAtUs, clock: clock.pair }, lines));
  } catch (error) {
    if (!(error instanceof UnwritableFileError)) throw error;
    manifest.noteUnwritable(path, error.refusal);
  }
}

type EffectsLine = LedgerPollLine | LedgerSightingLine | LedgerEffectLine | ReadbackFailedLine;

/** effects/<scenario>.ndjson. */
function effectsText(header: Omit<HeaderLine, 'format' | 'version'>, lines: readonly EffectsLine[]): string {
  const head: HeaderLine = { format: 'effects', version: journalVersion, ...header };
  const end: EndLine = { end: true, lines: lines.length };
  return [head, ...lines, end].map((line) => `${JSON.stringify(line)}\n`).join('');
}
