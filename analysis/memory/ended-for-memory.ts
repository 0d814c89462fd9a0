import { processIdentity } from '../../contract/journal/process-identity.ts';
import { processBytes } from '../../contract/journal/tree-memory.ts';
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

/** Null if no process of this server ended for want of memory within the span. One that its supervisor recycled at its limit did not. */
export function endedForMemory(run: Run, server: ServerTimeline, { fromUs, toUs }: Span): EndedForMemory | null {
  const ended = processEnds(run).filter(
    ({ server: of, kind, cause, atUs }) =>
      of === server && cause !== null && isForMemory(cause) && kind !== 'graceful' && atUs >= fromUs && atUs <= toUs,
  );
  const [first] = ended;
  if (first === undefined) return null;
  const keys = new Set(ended.map(({ process }) => processIdentity(process)));
  const grownBytes = max(grownWithin(server, keys, { fromUs, toUs })) ?? 0;
  const who = counted(ended.length, 'process ended', 'processes ended');
  const when = `${ended.length > 1 ? 'the first ' : ''}${atSecond(first.atUs, run.manifest.startedAtUs)}`;
  return { grownBytes, words: `${who} for want of memory, ${when}, after growing by up to ${megabytes(grownBytes)}` };
}

/** What each of these processes grew by. In one pass: a server that is killed again and again has thousands of them. */
function grownWithin(
  { samples }: Pick<ServerTimeline, 'samples'>,
  keys: ReadonlySet<string>,
  { fromUs, toUs }: Span,
): readonly number[] {
  const sizes = new Map<string, { readonly first: number; readonly highest: number }>();
  for (const { atUs, processes } of samples) {
    if (atUs < fromUs || atUs > toUs) continue;
    for (const process of processes) {
      const key = processIdentity(process);
      const bytes = keys.has(key) ? processBytes(process, 'rss') : null;
      if (bytes === null) continue;
      const { first, highest } = sizes.get(key) ?? { first: bytes, highest: 0 };
      sizes.set(key, { first, highest: Math.max(highest, bytes) });
    }
  }
  return [...sizes.values()].map(({ first, highest }) => highest - first);
}
