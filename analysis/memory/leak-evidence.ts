import type { Run, ScenarioRun } from '../interpret/run.ts';
import { type Clock, onRunClock } from '../journal/clock.ts';
import { type StartOf, startsOn } from '../journal/process-starts.ts';
import type { ServerTimeline } from '../journal/server.ts';
import { type Growth, growthOf, leaks, warmUpCycles } from './growth.ts';
import { type JudgedHeap, judgeHeap, runtimeHeapsOf } from './runtime-heap.ts';
import { withSharedScatter } from './same-work.ts';
import { type Served, servedBy } from './served.ts';
import {
  type Cycle,
  cyclesOf,
  minSettled,
  type ProcessMemory,
  settledHalf,
  settledMemoryOf,
} from './settled-memory.ts';

/** One process over the cycles, with what its runtime says of it. */
export interface ProcessGrowth {
  readonly process: ProcessMemory;
  readonly growth: Growth;
  /** Whether its resident memory looks like a leak. */
  readonly isSuspect: boolean;
  /** What the metrics page says of it; none where there is no page, or the page is of others. */
  readonly heaps: readonly JudgedHeap[];
}

/** All that speaks for or against a leak. */
export interface LeakEvidence {
  readonly cycles: readonly Cycle[];
  readonly accepted: number;
  /** Accepted requests a cycle. */
  readonly perCycle: number;
  /** Of these, those of `processes`. */
  readonly served: Served;
  /** From the last settled memory of warm-up to the last one of all. */
  readonly judgedCycles: number;
  /** Growth of a process that counts at least. */
  readonly minGrowthBytes: number;
  readonly processes: readonly ProcessGrowth[];
  /** Every process of the page, whether or not it is watched. */
  readonly heaps: readonly JudgedHeap[];
  /** Whether garbage was collected in nearly every rest, because the run asked for it. */
  readonly isCollected: boolean;
  /** The collections that were asked for in a rest and took longer than it: its memory says nothing. */
  readonly overlong: readonly { readonly tookMs: number }[];
  /** Workers that lived through too few rests. */
  readonly shortLived: readonly ProcessMemory[];
}

/** Nearly every rest. */
const collectedShare = 0.8;
/** A start is known to the second on some pages, and to a hundredth in /proc, whose boot is known to the second. */
const sameStartUs = 2_500_000;

export function leakEvidence(run: Run, scenario: ScenarioRun, server: ServerTimeline): LeakEvidence {
  return evidenceOver(run, server, cyclesOf(scenario));
}

/** @param cycles equal ones, or equal parts of a load that does not rest. */
export function evidenceOver(run: Run, server: ServerTimeline, cycles: readonly Cycle[]): LeakEvidence {
  const { minGrowthBytes } = run.manifest.profile.criteria.leak;
  const accepted = cycles.reduce((sum, cycle) => sum + cycle.accepted, 0);
  const collections = (run.manifest.collections ?? []).filter(({ failure }) => failure === null);
  const collectedAtUs = collections.map(({ atUs, tookMs }) => atUs + tookMs * 1000);
  const isIn = ({ loadEndUs, settleEndUs }: Cycle): boolean =>
    collectedAtUs.some((atUs) => atUs >= loadEndUs && atUs < settleEndUs);
  const overlong = collections.filter(({ atUs, tookMs }) =>
    cycles.some(
      ({ loadEndUs, settleEndUs }) => atUs >= loadEndUs && atUs < settleEndUs && atUs + tookMs * 1000 >= settleEndUs,
    ),
  );
  const judged = cycles.slice(warmUpCycles);
  const isCollected = judged.length > 0 && judged.filter(isIn).length >= collectedShare * judged.length;
  // A rest without a collection holds the garbage that those with one do not.
  const halves = cycles.map((cycle) =>
    isCollected && !isIn(cycle)
      ? { fromUs: cycle.settleEndUs, toUs: cycle.loadEndUs }
      : settledHalf(cycle, collections),
  );
  const settled = settledMemoryOf(server.samples, halves);
  const known = settled.flatMap((process) => {
    const growth = growthOf(process.settled, minSettled);
    return growth === null ? [] : [{ process, growth }];
  });
  const grown = withSharedScatter(known).map((each) => ({ ...each, isSuspect: leaks(each.growth, minGrowthBytes) }));
  const rssSlope = grown.reduce((max, { growth, isSuspect }) => Math.max(max, isSuspect ? growth.slope : 0), 0);
  const judgedAs = { cycles: cycles.length, minGrowthBytes, rssSlope };
  const heaps = runtimeHeapsOf(server.metrics, { cycles, halves, collectedAtUs }).map((heap) =>
    judgeHeap(heap, judgedAs),
  );
  const startOf = startsOn(server);
  const shortLived = settled.filter(
    (process) => process.role === 'worker' && grown.every((each) => each.process !== process),
  );
  const perCycle = accepted / cycles.length;
  const judgedProcesses = grown.map(({ process }) => process);
  return {
    ...{ cycles, accepted, heaps, isCollected, overlong, minGrowthBytes, perCycle, shortLived },
    served: servedBy(server.samples, { cycles, perCycle, judged: judgedProcesses, shortLived }),
    judgedCycles: cycles.length - warmUpCycles - 1,
    processes: grown.map((each) => ({
      ...each,
      heaps:
        each.process.role === 'worker' || grown.length === 1
          ? heapsOf(each.process, heaps, { startOf, clock: server.clock })
          : [],
    })),
  };
}

interface Starts {
  readonly startOf: StartOf;
  /** Of the page's machine: that of the process. */
  readonly clock: Clock;
}

/** The heaps that are, or may be, those of a process: by its pid, by its start, or where a start is not known. */
function heapsOf(
  process: ProcessMemory,
  heaps: readonly JudgedHeap[],
  { startOf, clock }: Starts,
): readonly JudgedHeap[] {
  const byPid = heaps.filter(({ heap }) => heap.process === String(process.pid));
  if (byPid.length > 0) return byPid;
  const startUs = startOf(process);
  return heaps.filter(
    ({ heap: { startedAt } }) =>
      startedAt === null || startUs === null || Math.abs(onRunClock(clock, startedAt * 1e6) - startUs) <= sameStartUs,
  );
}
