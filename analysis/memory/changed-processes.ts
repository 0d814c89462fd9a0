import type { ProcessSample } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import { processBytes } from '../../contract/journal/tree-memory.ts';
import type { Samples } from '../journal/server-samples.ts';
import type { Span } from '../journal/timeline.ts';
import { median } from '../statistics.ts';

/** Growth of a server that has another number of processes at the end of a load than at its beginning. */
export interface ChangedProcesses {
  readonly before: number;
  readonly after: number;
  /** What the processes themselves grew by: that there are more or fewer of them is not in it. */
  readonly grownBytes: number;
}

export interface JudgedGrowth {
  readonly grownBytes: number;
  /** Null where the memory of all together is judged. */
  readonly changed: ChangedProcesses | null;
}

interface Edges {
  readonly first: Span;
  readonly last: Span;
  /** Only processes that are seen then, too, count. */
  readonly among?: Span;
}

/**
 * Memory of all processes together grows when there are more of them, and shrinks when some end, whatever the others do: what grew within
 * them is judged then. How many there are is Descriptors' matter.
 * @param of what all together grew by, and from where on growth counts.
 */
export function growthWithin(
  samples: Samples,
  source: 'pss' | 'rss',
  edges: Edges,
  of: { readonly grownBytes: number; readonly warnBytes: number },
): JudgedGrowth {
  const changed = changedProcesses(samples, source, edges);
  const together = { grownBytes: of.grownBytes, changed: null };
  if (changed === null) return together;
  const isMore = changed.after > changed.before;
  if (isMore && of.grownBytes < of.warnBytes) return together;
  if (isMore) return { grownBytes: Math.min(of.grownBytes, changed.grownBytes), changed };
  const isMasked = changed.grownBytes >= of.warnBytes && changed.grownBytes > of.grownBytes;
  return isMasked ? { grownBytes: changed.grownBytes, changed } : together;
}

export interface Seen {
  readonly process: ProcessSample;
  readonly kind: string;
  readonly bytes: number;
}

const kindOf = ({ role, label }: ProcessSample): string => `${role} ${label}`;

/**
 * Null if there are as many of them. Those that were there before count with what they grew by. A new one of a kind that was there counts
 * with what it has more than any of that kind: than the largest until then, or of the old ones at the end. One of another kind counts whole.
 * When some end, their part of shared pages falls to the others: those grew by no more than their resident sizes did.
 */
function changedProcesses(
  samples: Samples,
  source: 'pss' | 'rss',
  { first, last, among }: Edges,
): ChangedProcesses | null {
  // First of all: hardly any server has another number of them, and each pass over the samples of a day takes seconds.
  const [before, after] = [countWithin(samples, first), countWithin(samples, last)];
  if (after === before) return null;
  const [old, all] = [seenWithin(samples, source, first), seenWithin(samples, source, last)];
  const residentBefore = after < before ? seenWithin(samples, 'rss', first) : null;
  const residentAfter = after < before ? seenWithin(samples, 'rss', last) : null;
  const largest = new Map<string, number>();
  const note = (kind: string, bytes: number): void => {
    largest.set(kind, Math.max(largest.get(kind) ?? 0, bytes));
  };
  const kinds = new Set([...old.values()].map(({ kind }) => kind));
  for (const { atUs, processes } of samples) {
    if (atUs > first.toUs) break;
    for (const process of processes) note(kindOf(process), processBytes(process, source) ?? 0);
  }
  for (const [id, { kind, bytes }] of all) if (old.has(id)) note(kind, bytes);
  const counted = among === undefined ? null : seenWithin(samples, source, among);
  let grownBytes = 0;
  const beyond = new Map<string, number>();
  for (const [id, { kind, bytes }] of all) {
    if (counted?.has(id) === false) continue;
    const was = old.get(id)?.bytes;
    const allowed = kinds.has(kind) ? (largest.get(kind) ?? 0) : 0;
    if (was === undefined) {
      beyond.set(id, Math.max(0, bytes - allowed));
      continue;
    }
    const [resident, wasResident] = [residentAfter?.get(id)?.bytes, residentBefore?.get(id)?.bytes];
    const most = resident === undefined || wasResident === undefined ? bytes - was : resident - wasResident;
    grownBytes += Math.min(bytes - was, most);
  }
  return { before, after, grownBytes: grownBytes + atOnce(samples, last, beyond) };
}

/** The median of what those that live at one time have together: a server that forks for each connection has many, one after another. */
function atOnce(samples: Samples, { fromUs, toUs }: Span, bytesOf: ReadonlyMap<string, number>): number {
  const sums = samples.flatMap(({ atUs, processes }) =>
    atUs < fromUs || atUs > toUs
      ? []
      : [processes.reduce((sum, process) => sum + (bytesOf.get(processIdentity(process)) ?? 0), 0)],
  );
  return median(sums) ?? 0;
}

function countWithin(samples: Samples, { fromUs, toUs }: Span): number {
  const counts: number[] = [];
  for (const { atUs, processes } of samples) {
    if (atUs > toUs) break;
    if (atUs >= fromUs) counts.push(processes.length);
  }
  return Math.round(median(counts) ?? 0);
}

/** Of each process the median of its memory. */
export function seenWithin(samples: Samples, source: 'pss' | 'rss', { fromUs, toUs }: Span): ReadonlyMap<string, Seen> {
  const found = new Map<string, { readonly process: ProcessSample; readonly all: number[] }>();
  for (const { atUs, processes } of samples) {
    if (atUs > toUs) break;
    if (atUs < fromUs) continue;
    for (const process of processes) {
      const bytes = processBytes(process, source);
      if (bytes === null) continue;
      const known = found.get(processIdentity(process));
      if (known === undefined) found.set(processIdentity(process), { process, all: [bytes] });
      else known.all.push(bytes);
    }
  }
  return new Map(
    [...found].map(([id, { process, all }]) => [id, { process, kind: kindOf(process), bytes: median(all) ?? 0 }]),
  );
}
