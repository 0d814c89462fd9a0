import { megabytes } from '../../contract/report/figures.ts';
import type { Run } from '../interpret/run.ts';
import type { ServerTimeline } from '../journal/server.ts';
import type { Span } from '../journal/timeline.ts';
import { min } from '../statistics.ts';
import { type Seen, seenWithin } from './changed-processes.ts';
import { growthOf, leaks, warmUpCycles } from './growth.ts';
import { causeByHeap, explained, heapLines, isInHeld, lateness, undecidedBy } from './leak-causes.ts';
import { evidenceOver, type LeakEvidence, type ProcessGrowth } from './leak-evidence.ts';
import { givenBack } from './refutations.ts';
import type { Cycle } from './settled-memory.ts';

/** Of growth between two times, what is garbage, and what may be. */
export interface Garbage {
  readonly clearedBytes: number;
  readonly undecidedBytes: number;
  readonly why: readonly string[];
  /** What the runtimes say of their heaps. */
  readonly heaps: readonly string[];
}

interface Grown {
  readonly first: Span;
  readonly last: Span;
  readonly source: 'pss' | 'rss';
}

/** Of each process that was there at both times. A process that began meanwhile is no garbage. */
export function garbageIn(server: ServerTimeline, evidence: LeakEvidence, { first, last, source }: Grown): Garbage {
  const before = seenWithin(server.samples, source, first);
  const shares = [...seenWithin(server.samples, source, last)].flatMap(([id, seen]) => {
    const grownBytes = seen.bytes - (before.get(id)?.bytes ?? seen.bytes);
    return grownBytes > 0 ? [garbageOf(seen, grownBytes, { server, evidence })] : [];
  });
  const sum = (of: (share: Share) => number): number => shares.reduce((all, share) => all + of(share), 0);
  return {
    clearedBytes: sum(({ clearedBytes }) => clearedBytes),
    undecidedBytes: sum(({ undecidedBytes }) => undecidedBytes),
    why: [...new Set(shares.flatMap(({ why }) => why ?? []))],
    heaps: heapLines(evidence.heaps, server.metrics),
  };
}

/** Equal parts of a load that does not rest; the first ones pay for warm-up. */
const parts = 12;

/** The evidence of a load without rests, as of one with them. */
export function evidenceDuring(
  run: Run,
  server: ServerTimeline,
  { fromUs, lastUs }: { readonly fromUs: number; readonly lastUs: number },
): LeakEvidence {
  const partUs = (lastUs - fromUs) / parts;
  const cycles = Array.from({ length: parts }, (_, n): Cycle => {
    const startUs = fromUs + n * partUs;
    return {
      ...{ sent: 0, accepted: 0, isBusy: false },
      ...{ loadStartUs: startUs, loadEndUs: startUs, settleEndUs: startUs + partUs },
    };
  });
  return evidenceOver(run, server, cycles);
}

interface Share {
  readonly clearedBytes: number;
  readonly undecidedBytes: number;
  readonly why: string | null;
}

const none: Share = { clearedBytes: 0, undecidedBytes: 0, why: null };

function garbageOf(
  { process }: Seen,
  grownBytes: number,
  { server, evidence }: { readonly server: ServerTimeline; readonly evidence: LeakEvidence },
): Share {
  const isSame = (each: ProcessGrowth): boolean =>
    each.process.pid === process.pid && each.process.startTicks === process.startTicks;
  const found = evidence.processes.find(isSame);
  const told = found === undefined ? null : toldByHeap(found, grownBytes, evidence);
  const late = undecidedBy(lateness(process, server));
  // A collector that does not wait leaves no garbage of that size.
  const doubt = (share: Share): Share =>
    late === null ? { ...share, undecidedBytes: 0, why: share.clearedBytes > 0 ? share.why : null } : share;
  if (told !== null) return doubt(told);
  if (late === null || late.kind === 'leak') return none;
  const back = found === undefined ? null : givenBack(found, evidence, server);
  if (back !== null) return { clearedBytes: grownBytes, undecidedBytes: 0, why: back };
  return { clearedBytes: 0, undecidedBytes: grownBytes, why: late.why };
}

/** By what the runtime says of its heap; null if it says nothing, or not enough. */
function toldByHeap(found: ProcessGrowth, grownBytes: number, evidence: LeakEvidence): Share | null {
  const leaking = found.heaps.filter(({ state }) => state === 'leaks');
  if (leaking.length > 0) {
    const leakedBytes = leaking.reduce((sum, { growth }) => sum + (growth?.grownBytes ?? 0), 0);
    const why = `its heap grew by ${megabytes(leakedBytes)} after collections`;
    if (leakedBytes >= explained * grownBytes) return { ...none, why };
    return { clearedBytes: grownBytes - leakedBytes, undecidedBytes: 0, why };
  }
  const cause = causeByHeap(found, evidence);
  if (cause?.kind === 'leak') return none;
  if (cause?.kind === 'cleared') return { clearedBytes: grownBytes, undecidedBytes: 0, why: cause.why };
  // Of several workers behind a page that does not tell which of them it shows, no two looks may be of the same one.
  const isOne = evidence.processes.length === 1;
  if (!isOne && found.heaps.some(({ heap }) => heap.process === null && heap.startedAt === null)) return null;
  return fallenLess(found, grownBytes) ?? withinUse(found, grownBytes, evidence);
}

/** Collections with a fall that a trend needs. */
const minFalls = 4;

/** A heap that falls to more and more, each time that garbage is taken, holds what it grew by between the falls. */
function fallenLess({ heaps }: ProcessGrowth, grownBytes: number): Share | null {
  const grown = heaps.flatMap(({ heap }) => growthOf(heap.fallen, minFalls) ?? []);
  const heldBytes = grown.reduce((sum, growth) => sum + (leaks(growth, 0) ? growth.grownBytes : 0), 0);
  if (heldBytes < explained * grownBytes) return null;
  return { ...none, why: `its heap fell to ${megabytes(heldBytes)} more at the end of the load than after warm-up` };
}

/**
 * What lives is part of what is in use at any moment. A heap that was down to so much in the later half of the time, and grew at one pace,
 * grew by no more than twice that.
 */
function withinUse({ heaps, growth }: ProcessGrowth, grownBytes: number, { cycles }: LeakEvidence): Share | null {
  const halfway = (warmUpCycles + cycles.length) >> 1;
  const lowest = heaps.map(({ heap }) =>
    min(heap.lowest.flatMap(({ cycle, bytes }) => (cycle >= halfway ? [bytes] : []))),
  );
  if (heaps.length === 0 || lowest.includes(null)) return null;
  if (!heaps.every((heap) => isInHeld(heap, grownBytes, growth.slope))) return null;
  const minBytes = lowest.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
  const mayLive = Math.min(grownBytes, 2 * minBytes);
  if (mayLive > explained * grownBytes) return null;
  const why = `its heap, garbage included, was down to ${megabytes(minBytes)} in the later half`;
  return { clearedBytes: grownBytes - mayLive, undecidedBytes: mayLive, why };
}
