import { processIdentity } from '../../contract/journal/process-identity.ts';
import { kilobytes, megabytes } from '../../contract/report/figures.ts';
import type { Run } from '../interpret/run.ts';
import type { MetricsTimeline } from '../journal/metrics-looks.ts';
import type { ServerTimeline } from '../journal/server.ts';
import { counted } from '../words.ts';
import { barelyGrown } from './barely-grown.ts';
import { openPlace, placeOf } from './growth-place.ts';
import type { LeakEvidence, ProcessGrowth } from './leak-evidence.ts';
import { fillingStore, refutation } from './refutations.ts';
import type { JudgedHeap } from './runtime-heap.ts';
import { countsReferences } from './runtime-of.ts';
import type { ProcessMemory } from './settled-memory.ts';

/**
 * What growing resident memory means. `leak`: memory that is not let go of; `basis` says how garbage was ruled out, and is null if it
 * was not. `cleared`: something else explains it. `undecided`: a leak and something else explain it equally well.
 */
export type Cause =
  | { readonly kind: 'leak'; readonly basis: string | null }
  | { readonly kind: 'cleared'; readonly why: string; readonly hiddenBytes?: number }
  | {
      readonly kind: 'undecided';
      readonly why: string /** What would tell; null: what tells garbage. */;
      readonly tell: string | null;
      readonly hiddenBytes?: number;
    };

/** What may leak beside what explains the growth. */
export const hiddenIn = (cause: Cause): number => (cause.kind === 'leak' ? 0 : (cause.hiddenBytes ?? 0));

/** Runtimes that take garbage only when a limit far above what lives is near. */
const collectsLate = /(?:^|[\s/])(?:java|dotnet)(?:$|[\s.])/;

interface Circumstances {
  readonly run: Run;
  readonly server: ServerTimeline;
  /** By which the suspects grow, all together. */
  readonly bytesPerRequest: number;
}

/** Why a suspect grows. */
export function causeOf(suspect: ProcessGrowth, evidence: LeakEvidence, of: Circumstances): Cause {
  const cause = likeliestCause(suspect, evidence, of);
  return cause.kind === 'leak' ? (barelyGrown(suspect, evidence) ?? cause) : cause;
}

function likeliestCause(suspect: ProcessGrowth, evidence: LeakEvidence, of: Circumstances): Cause {
  const filling = fillingStore(of.run, evidence, of.bytesPerRequest);
  const byHeap = causeByHeap(suspect, evidence);
  if (byHeap?.kind === 'cleared') return byHeap;
  return (
    cleared(refutation(suspect, evidence, of)) ??
    byHeap ??
    (filling === null ? null : { kind: 'undecided', why: `a leak, or ${filling.why}`, tell: filling.tell }) ??
    (isReached(suspect, evidence) ? { kind: 'leak', basis: 'after a collection in each rest' } : null) ??
    undecidedBy(lateness(suspect.process, of.server)) ?? { kind: 'leak', basis: withoutGarbage(suspect, of) }
  );
}

/** That its runtime leaves no garbage, in words that follow what leaked; null if it may. */
function withoutGarbage({ process }: ProcessGrowth, { server }: Circumstances): string | null {
  const runtime = countsReferences(process, server);
  return runtime === null ? null : `no garbage, for ${runtime} counts references and has no collector`;
}

export function undecidedBy(why: string | null): Extract<Cause, { kind: 'undecided' }> | null {
  return why === null ? null : { kind: 'undecided', why: `a leak, or garbage: ${why}`, tell: null };
}

type Told = Pick<ProcessMemory, 'pid' | 'startTicks' | 'label'>;

/** Why the collector of a process may not have run, in words; null if nothing is known to keep it from it. */
export function lateness(process: Told, server: ServerTimeline): string | null {
  return collectsLate.test(process.label)
    ? 'this runtime collects only when its limit is near'
    : toldToWait(process, server);
}

/** A request to collect garbage reaches what serves requests. */
function isReached({ process }: ProcessGrowth, { isCollected, processes }: LeakEvidence): boolean {
  return isCollected && (process.role === 'worker' || processes.every((each) => each.process.role !== 'worker'));
}

/** What the monitor saw of a collector's settings. */
function toldToWait(process: Told, { metrics }: ServerTimeline): string | null {
  const waits = metrics.collectors.find((line) => processIdentity(line) === processIdentity(process))?.waits ?? [];
  return waits.length === 0 ? null : `its collector is told to wait (${waits.join(', ')})`;
}

function cleared(why: string | null): Cause | null {
  return why === null ? null : { kind: 'cleared', why };
}

/** What the runtime says of its own heap. Heaps that leak are told by themselves: their process needs no other cause. */
export function causeByHeap(
  { heaps, growth, process }: ProcessGrowth,
  { judgedCycles, minGrowthBytes }: Pick<LeakEvidence, 'judgedCycles' | 'minGrowthBytes'>,
): Cause | null {
  if (heaps.length === 0) return null;
  if (heaps.some(({ state }) => state === 'leaks')) {
    return { kind: 'cleared', why: 'its heap tells it already' };
  }
  if (heaps.some(({ state }) => state === 'not-collected')) {
    const runs = counted(judgedCycles, 'cycle');
    return {
      kind: 'undecided',
      why: `a leak, or garbage: its collector did not run often enough in ${runs}`,
      tell: null,
    };
  }
  if (heaps.some(({ state }) => state === 'unsteady')) {
    return {
      kind: 'undecided',
      why: 'a leak, or memory that its runtime keeps: the heap that it tells is too unsteady',
      tell: null,
    };
  }
  if (heaps.some(({ state }) => state !== 'steady')) return null;
  const place = placeOf(heaps, growth, minGrowthBytes);
  const { hiddenBytes } = place;
  const open = openPlace({ heaps }, place);
  if (open !== null) return { kind: 'undecided', ...open, hiddenBytes };
  return place.kind === 'heap'
    ? { kind: 'cleared', why: 'the runtime took it for its own heap, on which nothing leaks', hiddenBytes }
    : { kind: 'leak', basis: `outside the heap of its runtime, which did not grow (process ${process.pid})` };
}

/** Evidence of a metrics page: one line for each process whose heap it tells. */
export function heapLines(heaps: readonly JudgedHeap[], metrics: MetricsTimeline): readonly string[] {
  const all = metrics.looks.flatMap(({ processes }) => processes);
  const isCounted = all.some(({ collections, liveBytes }) => collections !== null || liveBytes !== null);
  return heaps
    .filter(({ heap }) => heap.inUse.length > 0 || heap.live.length > 0)
    .map((heap) => heapLine(heap, isCounted));
}

function heapLine({ heap, state, growth }: JudgedHeap, isCounted: boolean): string {
  const name = heap.process === null ? '' : ` of process ${heap.process}`;
  const figures = heap.live.length > 0 ? heap.live : heap.inUse;
  const values = figures.map(({ bytes }) => (bytes / 1e6).toFixed(1)).join(', ');
  const what = heap.live.length > 0 ? 'after collections' : 'garbage included';
  const pace = growth === null ? '' : `; ${kilobytes(growth.slope)} per cycle, ${megabytes(growth.grownBytes)} in all`;
  const said = {
    leaks: 'it leaks',
    steady: 'it does not grow',
    'not-collected': isCounted ? 'too few collections to tell' : 'the page does not count collections',
    unsteady: 'too unsteady to tell',
    unknown: 'it may have part in the growth, too unsteadily to tell',
  }[state];
  return `heap${name}, as its ${heap.runtime ?? 'runtime'} says, ${what}: ${values} MB${pace}: ${said}`;
}
