import { journalFiles } from '../../contract/journal/paths.ts';
import type { Gap } from '../../contract/report/report.ts';
import type { Run } from './run.ts';

/** Where a monitor could not read all that the server's log said: why a process ended, or what a store did, may stand there. */
export function unreadLogGaps({ servers }: Pick<Run, 'servers'>): readonly Gap[] {
  return servers.flatMap(({ id, alerts }) =>
    alerts.flatMap(({ alert, message }) =>
      alert === 'log-unread' ? [{ file: journalFiles.monitor(id), problem: message }] : [],
    ),
  );
}
