import { megabytes } from '../../contract/report/figures.ts';
import type { Run } from '../interpret/run.ts';
import type { ServerTimeline } from '../journal/server.ts';
import type { Span } from '../journal/timeline.ts';
import { min } from '../statistics.ts';
import { type Seen, seenWithin } from './changed-processes.ts';
import { growthOf, leaks, warmUpCycles } from './growth.ts';
import { explained, openPlace, placeOf } from './growth-place.ts';
import { causeByHeap, heapLines, lateness, undecidedBy } from './leak-causes.ts';
import { evidenceOver, type LeakEvidence, type ProcessGrowth } from './leak-evidence.ts';
import { givenBack } from './refutations.ts';
import type { Cycle } from './settled-memory.ts';

/** Of growth between two times, what is garbage, and what may be. */
export interface Garbage {
  readonly clearedBytes: number;
  readonly undecidedBytes: number;
  readonly why: readonly string[];
  /** What would tell; null: what tells garbage. */
  readonly tells: readonly (string | null)[];
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
    tells: [...new Set(shares.flatMap(({ undecidedBytes, tell }) => (undecidedBytes > 0 ? [tell] : [])))],
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
  /** What would tell where it grew; null if that is known, and what is open is whether it is garbage. */
  readonly tell: string | null;
}

const none: Share = { clearedBytes: 0, undecidedBytes: 0, why: null, tell: null };

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
  if (told !== null && told.tell === null) {
    // A collector that does not wait leaves no garbage of that size.
    return late === null ? { ...told, undecidedBytes: 0, why: told.clearedBytes > 0 ? told.why : null } : told;
  }
  if (told === null && late === null) return none;
  const back = found === undefined ? null : givenBack(found, evidence, server);
  if (back !== null) return { ...none, clearedBytes: grownBytes, why: back };
  return told ?? { ...none, undecidedBytes: grownBytes, why: late?.why ?? null };
}

/** By what the runtime says of its heap; null if it says nothing, or not enough. */
function toldByHeap(found: ProcessGrowth, grownBytes: number, evidence: LeakEvidence): Share | null {
  const leaking = found.heaps.filter(({ state }) => state === 'leaks');
  if (leaking.length > 0) {
    const leakedBytes = leaking.reduce((sum, { growth }) => sum + (growth?.grownBytes ?? 0), 0);
    const why = `its heap grew by ${megabytes(leakedBytes)} after collections`;
    if (leakedBytes >= explained * grownBytes) return { ...none, why };
    return whereItGrew(found, grownBytes - leakedBytes, { evidence, why });
  }
  const cause = causeByHeap(found, evidence);
  if (cause?.kind === 'leak') return none;
  if (cause?.kind === 'cleared') return { ...none, clearedBytes: grownBytes, why: cause.why };
  // Of several workers behind a page that does not tell which of them it shows, no two looks may be of the same one.
  const isOne = evidence.processes.length === 1;
  const isOpen = cause !== null && cause.tell !== null;
  const open = isOpen ? { ...none, undecidedBytes: grownBytes, why: cause.why, tell: cause.tell } : null;
  if (!isOne && found.heaps.some(({ heap }) => heap.process === null && heap.startedAt === null)) return open;
  return fallenLess(found, grownBytes) ?? withinUse(found, grownBytes, evidence) ?? open;
}

/** Growth beside what leaks on the heap. */
function whereItGrew(
  { heaps, growth }: ProcessGrowth,
  grownBytes: number,
  { evidence, why }: { readonly evidence: LeakEvidence; readonly why: string },
): Share {
  const place = placeOf(heaps, { ...growth, grownBytes }, evidence.minGrowthBytes);
  if (place.kind === 'heap') return { ...none, clearedBytes: grownBytes, why };
  const open = openPlace({ heaps }, place);
  return open === null
    ? { ...none, why }
    : { ...none, undecidedBytes: grownBytes, ...open, why: `${why}; ${open.why}` };
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
function withinUse(
  { heaps, growth }: ProcessGrowth,
  grownBytes: number,
  { cycles, minGrowthBytes }: LeakEvidence,
): Share | null {
  const halfway = (warmUpCycles + cycles.length) >> 1;
  const lowest = heaps.map(({ heap }) =>
    min(heap.lowest.flatMap(({ cycle, bytes }) => (cycle >= halfway ? [bytes] : []))),
  );
  if (heaps.length === 0 || lowest.includes(null)) return null;
  const minBytes = lowest.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
  const mayLive = Math.min(grownBytes, 2 * minBytes);
  if (mayLive > explained * grownBytes) return null;
  const place = placeOf(heaps, { ...growth, grownBytes }, minGrowthBytes);
  const open = openPlace({ heaps }, place);
  if (open !== null) return { ...none, undecidedBytes: grownBytes, ...open };
  if (place.kind !== 'heap') return null;
  const why = `its heap, garbage included, was down to ${megabytes(minBytes)} in the later half`;
  return { ...none, clearedBytes: grownBytes - mayLive, undecidedBytes: mayLive, why };
}
