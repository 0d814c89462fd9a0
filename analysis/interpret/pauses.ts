import { journalFiles } from '../../contract/journal/paths.ts';
import type { Gap } from '../../contract/report/report.ts';
import type { ServerTimeline } from '../journal/server.ts';
import type { Span } from '../journal/timeline.ts';
import { atSecond } from '../words.ts';
import type { Run } from './run.ts';

type Paused = Pick<Run, 'servers' | 'manifest'>;

/** When a monitor that died had not yet been followed by another one: what it would have seen meanwhile is missing. */
export function pauseGaps({ servers, manifest }: Paused): readonly Gap[] {
  return servers.flatMap(({ id, pauses }) =>
    pauses.map((pause) => ({ file: journalFiles.monitor(id), problem: inWords(pause, manifest.startedAtUs) })),
  );
}

function inWords({ fromUs, toUs }: Span, startedAtUs: number): string {
  const seconds = ((toUs - fromUs) / 1e6).toFixed(1);
  return `the monitor died and was started again: nobody watched for ${seconds} s ${atSecond(fromUs, startedAtUs)}`;
}

/** Whether nobody watched in some part of a time. */
export function isInPause({ pauses }: Pick<ServerTimeline, 'pauses'>, fromUs: number, toUs: number): boolean {
  return pauses.some((pause) => fromUs < pause.toUs && toUs > pause.fromUs);
}
