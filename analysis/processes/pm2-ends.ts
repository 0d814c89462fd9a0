import type { AlertLine } from '../../contract/journal/journal.ts';
import {
  codeOrSignalOfPm2,
  earlierCodeOrSignalOfPm2,
  reasonsOfPm2,
  releasedByPm2,
  stopOfPm2,
  stoppedByPm2,
} from '../../contract/journal/pm2-words.ts';

/** What the journal says of an end. */
interface Said extends Required<Pick<AlertLine, 'atUs' | 'cause'>> {
  /** Null: of no process by its pid. */
  readonly pid: number | null;
}

/** The daemon's name among the samples. */
export const isPm2 = (label: string | undefined): boolean => label !== undefined && /^PM2\b/.test(label);

/** Whether it is PM2's line of an end that had no exit code but 0, and no signal but SIGINT. */
export const isCodeOrSignal = ({ cause }: Said): boolean =>
  cause === codeOrSignalOfPm2 || cause === earlierCodeOrSignalOfPm2;

export const isStop = ({ cause }: Said): boolean => cause === stopOfPm2 || cause === releasedByPm2;

/** What was told long before may take this long. */
const askedUs = 60_000_000;

/**
 * Whether PM2 was told to end a worker whose own pid it does not name. It writes a line without a pid as it begins to stop one, and one with
 * its pid afterwards: a stop that was another worker's explains nothing, however close they are.
 * @param asked what was told to end around this end.
 * @param all what is said of any process, at any time.
 */
export function wasToldByPm2(goneUs: number, asked: readonly Said[], all: readonly Said[]): boolean {
  // Of an app that writes itself what it was told.
  if (asked.some((said) => !isStop(said) && !reasonsOfPm2.includes(said.cause))) return true;
  if (!asked.some(isStop)) return false;
  const near = all.filter(({ atUs }) => Math.abs(atUs - goneUs) <= askedUs);
  const stopped = near.filter(({ cause, pid }) => cause === stoppedByPm2 && pid !== null);
  return near.filter(isStop).length > stopped.length;
}
