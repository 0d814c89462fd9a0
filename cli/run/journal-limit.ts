import { join } from 'node:path';
import { journalFiles } from '../../contract/journal/paths.ts';
import type { Plan } from '../../contract/plan/plan.ts';
import { phasesOfPiece } from '../../contract/plan/soak.ts';
import { bytesInWords } from '../byte-size.ts';
import { folderBytes } from './folder-size.ts';
import type { Load } from './load.ts';
import type { Session } from './session.ts';
import type { RunSettings } from './settings.ts';

const lookEveryMs = 5_000;

/** What is read back of a request takes so much of the request's own line, packed or not: two fifths, and some more. */
const readbackShare = 0.6;
/** A file of what was read back before it is packed, and the report. */
const roomBytes = 64e6;

/** A request with its effect, measured: packed in pieces, and as text. docs/journal.md, How long it gets. */
const bytesPerRequest = { packed: 32, plain: 270 } as const;
/** Of a timeline, and of a monitor that watches few processes. */
const bytesPerSecond = { timeline: 830, monitor: 320 } as const;

/** What a load that is planned will write, roughly. */
export function plannedBytes(plans: readonly Plan[], generators: number): number {
  return plans.reduce((sum, plan) => {
    const requests = plan.phases.reduce((all, phase) => all + phase.requests.max, 0);
    const perSecond = bytesPerSecond.timeline * generators + bytesPerSecond.monitor;
    const perRequest = bytesPerRequest[phasesOfPiece(plan) === null ? 'plain' : 'packed'];
    return sum + requests * perRequest + (plan.estimatedMs / 1000) * perSecond;
  }, roomBytes);
}

/** In words that the load will end early; null if it fits. */
export function tooLongInWords({ plans, generators, journalLimitBytes }: RunSettings): string | null {
  const bytes = plannedBytes(plans, generators);
  if (bytes <= journalLimitBytes) return null;
  return `the journal of this load takes about ${bytesInWords(bytes)}: the load will end early to stay within --journal-limit (${bytesInWords(journalLimitBytes)}): raise --journal-limit, or lower MAX_RATE`;
}

type Watched = Pick<Session, 'folder' | 'settings' | 'manifest' | 'clock' | 'line'>;

/** What the journal will take at most if the load ends now. */
export function finalBytes(folder: string): number {
  const ofGenerators = folderBytes(join(folder, journalFiles.generatorsFolder));
  return folderBytes(folder) + readbackShare * ofGenerators + roomBytes;
}

/**
 * Ends the load before the journal outgrows --journal-limit. Nothing of it is thrown away instead: what was sent is judged against what
 * is read back at the end, and no sum can stand for that.
 */
export function watchJournal(session: Watched, load: Pick<Load, 'endLoad'>): { stop(): void } {
  const timer = setInterval(() => {
    if (!noteIfFull(session)) return;
    clearInterval(timer);
    load.endLoad();
  }, lookEveryMs);
  return { stop: () => clearInterval(timer) };
}

/** @returns whether the journal has become full. */
export function noteIfFull({ folder, settings, manifest, clock, line }: Watched): boolean {
  const limitBytes = settings.journalLimitBytes;
  if (finalBytes(folder) < limitBytes) return false;
  const bytes = folderBytes(folder);
  manifest.change({ journalFull: { atUs: clock.nowUs(), bytes, limitBytes } });
  line.warn(
    `The journal takes ${bytesInWords(bytes)}, and what is read back and the report come on top: the load ends here, so that it stays within --journal-limit (${bytesInWords(limitBytes)})`,
  );
  return true;
}
