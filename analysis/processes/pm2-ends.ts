import { type EndReason, isSameReason, type SaidOfEnd } from '../../contract/journal/end-reasons.ts';

/** What the journal says of an end. */
interface Said extends SaidOfEnd {
  readonly atUs: number;
  /** Null: of no process by its pid. */
  readonly pid: number | null;
}

/** PM2 stops a process after each of these: they alone do not tell which. */
const reasonsOfPm2: ReadonlySet<EndReason> = new Set(['pm2Reload', 'codeChanged', 'pm2MaxMemory']);

/** The daemon's name among the samples. */
export const isPm2 = (label: string | undefined): boolean => label !== undefined && /^PM2\b/.test(label);

/** As earlier monitors took that line. */
const earlierCodeOrSignal: SaidOfEnd = { reason: 'signal', signal: 'SIGINT' };

/** Whether it is PM2's line of an end that had no exit code but 0, and no signal but SIGINT. */
export const isCodeOrSignal = (said: Said): boolean =>
  said.reason === 'pm2CodeOrSigint' || isSameReason(said, earlierCodeOrSignal);

export const isStop = ({ reason }: Said): boolean => reason === 'pm2Stop' || reason === 'pm2Released';

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
  if (asked.some((said) => !isStop(said) && !reasonsOfPm2.has(said.reason))) return true;
  if (!asked.some(isStop)) return false;
  const near = all.filter(({ atUs }) => Math.abs(atUs - goneUs) <= askedUs);
  const stopped = near.filter(({ reason, pid }) => reason === 'pm2Stopped' && pid !== null);
  return near.filter(isStop).length > stopped.length;
}

/** What was read in one look cannot be told apart by its time. */
const lookUs = 500_000;

/**
 * Of what was told around an end, the reason: what came last. PM2 writes that a worker has too much memory, and then that it stops one: its
 * limit is the reason of the next stop. It is not known which is the next one where another stop follows that has no such line.
 */
export function reasonAsked<Told extends Said>(goneUs: number, asked: readonly Told[]): readonly Told[] {
  const last = asked.slice(-1);
  if (!last.some(isStop)) return last;
  const limits: Told[] = [];
  let reason: Told | undefined;
  for (const said of asked) {
    if (said.reason === 'pm2MaxMemory') limits.push(said);
    if (!isStop(said)) continue;
    const limit = limits.shift();
    if (said.atUs <= goneUs + lookUs || limit === undefined) reason = limit;
  }
  return reason === undefined ? last : [reason];
}
