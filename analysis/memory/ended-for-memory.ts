import { processIdentity } from '../../contract/journal/process-identity.ts';
import { megabytes } from '../../contract/report/figures.ts';
import type { Run } from '../interpret/run.ts';
import type { ServerTimeline } from '../journal/server.ts';
import type { Span } from '../journal/timeline.ts';
import { processEnds } from '../processes/ends.ts';
import { isForMemory } from '../processes/last-words.ts';
import { max } from '../statistics.ts';
import { atSecond, counted } from '../words.ts';

/** Processes that had too much memory and ended for it: what the server has at the end of a load does not show what they grew by. */
export interface EndedForMemory {
  /** Of the one that grew most, from the first sample within the load to the highest. */
  readonly grownBytes: number;
  readonly words: string;
}

/** Null if no process of this server ended for want of memory within the span. */
export function endedForMemory(run: Run, server: ServerTimeline, { fromUs, toUs }: Span): EndedForMemory | null {
  const ended = processEnds(run).filter(
    ({ server: of, cause, atUs }) =>
      of === server && cause !== null && isForMemory(cause) && atUs >= fromUs && atUs <= toUs,
  );
  const [first] = ended;
  if (first === undefined) return null;
  const grown = ended.map(({ process }) => {
    const bytes = residentWithin(server, processIdentity(process), { fromUs, toUs });
    return (max(bytes) ?? 0) - (bytes[0] ?? 0);
  });
  const grownBytes = max(grown) ?? 0;
  const who = counted(ended.length, 'process ended', 'processes ended');
  const when = `${ended.length > 1 ? 'the first ' : ''}${atSecond(first.atUs, run.manifest.startedAtUs)}`;
  return { grownBytes, words: `${who} for want of memory, ${when}, after growing by up to ${megabytes(grownBytes)}` };
}

function residentWithin(server: ServerTimeline, key: string, { fromUs, toUs }: Span): readonly number[] {
  return server.samples.flatMap(({ atUs, processes }) => {
    if (atUs < fromUs || atUs > toUs) return [];
    const bytes = processes.find((process) => processIdentity(process) === key)?.rssBytes ?? null;
    return bytes === null ? [] : [bytes];
  });
}
