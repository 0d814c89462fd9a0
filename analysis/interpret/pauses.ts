import { journalFiles } from '../../contract/journal/paths.ts';
import { gapOf, gapOfFile, type JournalGap } from '../journal/journal-gap.ts';
import type { ServerTimeline } from '../journal/server.ts';
import type { Span } from '../journal/timeline.ts';
import { atSecond } from '../words.ts';
import type { Run } from './run.ts';
import { unwatchedEdges } from './unwatched-edges.ts';

type Paused = Pick<Run, 'servers' | 'manifest'>;

/**
 * When a monitor that died had not yet been followed by another one, and what of the load came before its first sample and after its last:
 * what it would have seen meanwhile is missing.
 */
export function pauseGaps({ servers, manifest }: Paused): readonly JournalGap[] {
  return servers.flatMap((server) => {
    const file = journalFiles.monitor(server.id);
    return [
      ...server.pauses.map((pause) => gapOf(file, { text: inWords(pause, manifest.startedAtUs) })),
      ...unwatchedEdges(server, manifest).map((text) => gapOfFile(file, { text })),
    ];
  });
}

function inWords({ fromUs, toUs }: Span, startedAtUs: number): string {
  const seconds = ((toUs - fromUs) / 1e6).toFixed(1);
  return `the monitor died and was started again: nobody watched for ${seconds} s ${atSecond(fromUs, startedAtUs)}`;
}

/** Whether nobody watched in some part of a time. */
export function isInPause({ pauses }: Pick<ServerTimeline, 'pauses'>, fromUs: number, toUs: number): boolean {
  return pauses.some((pause) => fromUs < pause.toUs && toUs > pause.fromUs);
}
