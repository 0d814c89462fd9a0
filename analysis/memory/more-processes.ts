import type { ProcessSample } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import { processBytes } from '../../contract/journal/tree-memory.ts';
import type { Samples } from '../journal/server-samples.ts';
import type { Span } from '../journal/timeline.ts';
import { median } from '../statistics.ts';

/** Growth of a server that has more processes at the end of a load than at its beginning. */
export interface MoreProcesses {
  readonly before: number;
  readonly after: number;
  /** What the processes themselves grew by: that there are more of them is not in it. */
  readonly grownBytes: number;
}

interface Seen {
  readonly kind: string;
  readonly bytes: number;
}

const kindOf = ({ role, label }: ProcessSample): string => `${role} ${label}`;

/**
 * Null if there are not more of them. Those that were there before count with what they grew by. A new one of a kind that was there counts
 * with what it has more than any of that kind: than the largest until then, or of the old ones at the end. One of another kind counts whole.
 */
export function moreProcesses(
  samples: Samples,
  source: 'pss' | 'rss',
  { first, last }: { readonly first: Span; readonly last: Span },
): MoreProcesses | null {
  const [old, all] = [seenWithin(samples, source, first), seenWithin(samples, source, last)];
  const [before, after] = [countWithin(samples, first), countWithin(samples, last)];
  if (after <= before) return null;
  const largest = new Map<string, number>();
  const note = (kind: string, bytes: number): void => {
    largest.set(kind, Math.max(largest.get(kind) ?? 0, bytes));
  };
  const kinds = new Set([...old.values()].map(({ kind }) => kind));
  for (const { atUs, processes } of samples) {
    if (atUs > first.toUs) continue;
    for (const process of processes) note(kindOf(process), processBytes(process, source) ?? 0);
  }
  for (const [id, { kind, bytes }] of all) if (old.has(id)) note(kind, bytes);
  let grownBytes = 0;
  for (const [id, { kind, bytes }] of all) {
    const was = old.get(id)?.bytes;
    const allowed = kinds.has(kind) ? (largest.get(kind) ?? 0) : 0;
    grownBytes += was === undefined ? Math.max(0, bytes - allowed) : bytes - was;
  }
  return { before, after, grownBytes };
}

function countWithin(samples: Samples, { fromUs, toUs }: Span): number {
  const counts = samples.flatMap(({ atUs, processes }) => (atUs >= fromUs && atUs <= toUs ? [processes.length] : []));
  return Math.round(median(counts) ?? 0);
}

/** Of each process the median of its memory. */
function seenWithin(samples: Samples, source: 'pss' | 'rss', { fromUs, toUs }: Span): ReadonlyMap<string, Seen> {
  const found = new Map<string, { readonly kind: string; readonly all: number[] }>();
  for (const { atUs, processes } of samples) {
    if (atUs < fromUs || atUs > toUs) continue;
    for (const process of processes) {
      const bytes = processBytes(process, source);
      if (bytes === null) continue;
      const known = found.get(processIdentity(process));
      if (known === undefined) found.set(processIdentity(process), { kind: kindOf(process), all: [bytes] });
      else known.all.push(bytes);
    }
  }
  return new Map([...found].map(([id, { kind, all }]) => [id, { kind, bytes: median(all) ?? 0 }]));
}
