import { isSameReason, type SaidOfEnd, saidIn } from '../../contract/journal/end-reasons.ts';
import type { ProcessSample } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import type { ServerTimeline } from '../journal/server.ts';
import { type CauseOfEnd, causeOf, howOf, reasonsIn } from './cause-of-end.ts';
import { tellsSignal } from './last-words.ts';
import type { ProcessEnd } from './process-end.ts';

/** What the log says of a hot restart: gunicorn writes it as its master gets the signal, and unicorn of the new master's end. */
const restart: SaidOfEnd = { reason: 'masterSignal', signal: 'SIGUSR2' };
const isRestart = (said: SaidOfEnd | null): boolean => said !== null && isSameReason(said, restart);
const isNewMasters = ({ reason }: SaidOfEnd): boolean => reason === 'newMasterExited' || reason === 'newMasterSignal';

/** Between the line and the first sample with the new master. */
const nearUs = 2_000_000;

/**
 * Masters of a hot restart that ended before they had a child, as one does that loads the app first (preload_app) and cannot. The monitor
 * knows a new master by its workers, and so took it for a helper, or for a worker if those have the same command line: the log tells of the
 * restart. Each is told as the root that it was to be.
 */
export function childlessMasters(server: ServerTimeline, ends: readonly ProcessEnd[]): readonly ProcessEnd[] {
  const told = ends.filter((end) => end.server === server && end.process.role !== 'root' && isOfRestart(end));
  // Nearly always there was no such restart: then no sample is looked at.
  if (told.length === 0) return [];
  const served = new Set<string>();
  const parents = new Set<number>();
  for (const { processes } of server.samples) {
    for (const process of processes) {
      parents.add(process.parentPid);
      if ((process.connections ?? 0) > 0) served.add(processIdentity(process));
    }
  }
  return told
    .filter(({ process }) => !parents.has(process.pid) && !served.has(processIdentity(process)))
    .flatMap((end) => {
      const cause = causeOfMaster(end);
      return cause === undefined ? [] : [{ ...end, kind: 'crash' as const, cause, process: asRoot(end.process) }];
    });
}

const asRoot = (process: ProcessSample): ProcessSample => ({ ...process, role: 'root' });

const isOfRestart = ({ server, firstSeenUs, cause }: ProcessEnd): boolean =>
  (cause !== null && reasonsIn(cause).some(isNewMasters)) ||
  server.alerts.some(
    (alert) =>
      alert.means === 'asked' &&
      alert.pid === undefined &&
      Math.abs(alert.atUs - firstSeenUs) <= nearUs &&
      isRestart(saidIn(alert)),
  );

/** Null if nothing says how it ended; undefined if it ended gracefully, or was ended by somebody: then it did not fail. */
function causeOfMaster({ server, process, open }: ProcessEnd): CauseOfEnd | null | undefined {
  if (open !== null) return undefined;
  const own = server.alerts.filter(
    ({ pid, startTicks, means }) => means !== undefined && pid === process.pid && startTicks === process.startTicks,
  );
  const said = own.flatMap((alert) => saidIn(alert) ?? []);
  if (own.some(({ means }) => means !== 'crash') || said.some(tellsSignal)) return undefined;
  // The kernel says the same as the log.
  return said.length === 0 ? null : causeOf(...said.map(howOf));
}
