import { journalFiles } from '../../contract/journal/paths.ts';
import type { Gap } from '../../contract/report/report.ts';
import type { ServerTimeline } from '../journal/server.ts';
import type { Span } from '../journal/timeline.ts';
import { max, min } from '../statistics.ts';
import { atSecond } from '../words.ts';
import type { Run } from './run.ts';

type Paused = Pick<Run, 'servers' | 'manifest'>;

/** Longest time without a sample that still counts as watching. */
export const maxBlindUs = 5_000_000;

/**
 * When a monitor that died had not yet been followed by another one, and what of the load came before its first sample and after its last:
 * what it would have seen meanwhile is missing.
 */
export function pauseGaps({ servers, manifest }: Paused): readonly Gap[] {
  return servers.flatMap((server) => {
    const problems = [
      ...server.pauses.map((pause) => inWords(pause, manifest.startedAtUs)),
      ...unwatchedEdges(server, manifest),
    ];
    return problems.map((problem) => ({ file: journalFiles.monitor(server.id), problem }));
  });
}

/** A monitor that somebody ended writes its end line, and of one in several files the last may be missing: neither shows otherwise. */
function unwatchedEdges({ samples, clock }: ServerTimeline, { scenarios }: Run['manifest']): readonly string[] {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined || clock.source === 'unknown') return [];
  const fromUs = min(scenarios.map(({ startedAtUs }) => startedAtUs)) ?? first.atUs;
  const toUs = max(scenarios.flatMap(({ endedAtUs }) => endedAtUs ?? [])) ?? last.atUs;
  const isLong = (us: number): boolean => us + clock.uncertaintyUs > maxBlindUs;
  const seconds = (us: number): string => `${(us / 1e6).toFixed(1)} s`;
  return [
    ...(isLong(first.atUs - fromUs) ? [`it begins ${seconds(first.atUs - fromUs)} after the first scenario`] : []),
    ...(isLong(toUs - last.atUs) ? [`it ends ${seconds(toUs - last.atUs)} before the last scenario does`] : []),
  ];
}

function inWords({ fromUs, toUs }: Span, startedAtUs: number): string {
  const seconds = ((toUs - fromUs) / 1e6).toFixed(1);
  return `the monitor died and was started again: nobody watched for ${seconds} s ${atSecond(fromUs, startedAtUs)}`;
}

/** Whether nobody watched in some part of a time. */
export function isInPause({ pauses }: Pick<ServerTimeline, 'pauses'>, fromUs: number, toUs: number): boolean {
  return pauses.some((pause) => fromUs < pause.toUs && toUs > pause.fromUs);
}
