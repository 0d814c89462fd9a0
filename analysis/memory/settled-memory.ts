import type { ProcessRole, ProcessSample } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import { processBytes, treeBytes } from '../../contract/journal/tree-memory.ts';
import { isCycle } from '../../contract/plan/roles.ts';
import type { PhaseSpan } from '../interpret/digest.ts';
import { phaseSpansOf } from '../interpret/phase-spans.ts';
import type { ScenarioRun } from '../interpret/run.ts';
import type { Samples } from '../journal/server-samples.ts';
import { median } from '../statistics.ts';
import type { Settled } from './growth.ts';

export interface Cycle {
  /** Signals, whatever came of them. */
  readonly sent: number;
  readonly accepted: number;
  readonly loadStartUs: number;
  readonly loadEndUs: number;
  readonly settleEndUs: number;
  /** Work on more than a few requests went on for over half of its rest. */
  readonly isBusy: boolean;
}

/**
 * So many may still be open at rest. What a twentieth of a load holds is little, and about the same in each rest, so that it is no growth; one
 * answer in forty that takes seconds must not hide all others. A server that works on more is not at rest.
 */
const openShare = 0.05;

/** When the rest after a load begins: with its last answer, or, if a few take half of the rest or longer, without those. Not before the last send. */
function restStartUs({ lastUs, lastSendUs, signals, late }: PhaseSpan, nextUs: number): number {
  if (lastUs <= (lastSendUs + nextUs) / 2) return Math.max(lastUs, lastSendUs);
  return late.at(-1 - Math.floor(openShare * signals)) ?? lastSendUs;
}

/** Fewer values of settled memory than this have no interval worth the name. */
export const minSettled = 6;

/** The load/settle cycles as they took place. A cycle settles until the next one's first request, the last one as long as the others. */
export function cyclesOf(scenario: ScenarioRun): readonly Cycle[] {
  const spans = phaseSpansOf(scenario);
  const ordered = scenario.plan.phases.flatMap(({ name, role }) => (isCycle(role) ? (spans.get(name) ?? []) : []));
  const settleUs = ordered.reduce(
    (min, span, n) => Math.min(min, (ordered[n + 1]?.firstUs ?? Number.POSITIVE_INFINITY) - span.lastSendUs),
    Number.POSITIVE_INFINITY,
  );
  const endUs = scenario.window.endedAtUs ?? Number.POSITIVE_INFINITY;
  return ordered.map((span, n) => {
    const nextUs = ordered[n + 1]?.firstUs ?? span.lastSendUs + settleUs;
    const loadEndUs = restStartUs(span, nextUs);
    return {
      sent: span.signals,
      accepted: span.accepted,
      loadStartUs: span.firstUs,
      loadEndUs,
      settleEndUs: Math.min(nextUs, endUs),
      isBusy: loadEndUs > (span.lastSendUs + nextUs) / 2,
    };
  });
}

/** When memory settles: the last half of a cycle's rest, and not before the collections that were asked for in it have ended. */
export function settledHalf(
  { loadEndUs, settleEndUs }: Cycle,
  collections: readonly { readonly atUs: number; readonly tookMs: number }[],
): { readonly fromUs: number; readonly toUs: number } {
  const ends = collections
    .filter(({ atUs }) => atUs >= loadEndUs && atUs < settleEndUs)
    .map(({ atUs, tookMs }) => atUs + tookMs * 1000);
  const lastEndUs = ends.reduce((last, end) => Math.max(last, end), (loadEndUs + settleEndUs) / 2);
  // One that takes longer than the rest leaves a quarter of it.
  return { fromUs: Math.min(lastEndUs, settleEndUs - (settleEndUs - loadEndUs) / 4), toUs: settleEndUs };
}

export interface ProcessMemory extends Pick<ProcessSample, 'pid' | 'startTicks' | 'label'> {
  readonly role: ProcessRole;
  /** Bytes of settled memory, resident and swapped out, one per cycle that the process lived through. */
  readonly settled: readonly Settled[];
  /** The same as proportional set sizes; none where the kernel gives none. */
  readonly settledPss: readonly Settled[];
  /** The cycle of the run in which its own cycles, which are counted from nought, begin. */
  readonly firstCycle: number;
}

interface Found extends Omit<ProcessMemory, 'settled' | 'settledPss' | 'firstCycle'> {
  readonly settled: Settled[];
  readonly settledPss: Settled[];
}

/** Memory per process after each cycle: the median over its settled half. A new process begins anew. */
export function settledMemoryOf(
  samples: Samples,
  halves: readonly { readonly fromUs: number; readonly toUs: number }[],
): readonly ProcessMemory[] {
  const seen = halves.map((half) => ({ ...half, rss: new Map<string, number[]>(), pss: new Map<string, number[]>() }));
  const found = new Map<string, Found>();
  for (const sample of samples) {
    const half = seen.find(({ fromUs, toUs }) => sample.atUs >= fromUs && sample.atUs <= toUs);
    if (half === undefined) continue;
    for (const process of sample.processes) {
      const { pid, startTicks, role, label } = process;
      const [rssBytes, pssBytes] = [processBytes(process, 'rss'), processBytes(process, 'pss')];
      if (role === 'helper' || rssBytes === null) continue;
      const key = processIdentity(process);
      if (!found.has(key)) found.set(key, { pid, startTicks, role, label, settled: [], settledPss: [] });
      add(half.rss, key, rssBytes);
      if (pssBytes !== null) add(half.pss, key, pssBytes);
    }
  }
  seen.forEach(({ rss, pss }, cycle) => {
    for (const [key, process] of found) {
      const bytes = median(rss.get(key) ?? []);
      if (bytes !== null) process.settled.push({ cycle, bytes });
      const proportional = median(pss.get(key) ?? []);
      if (proportional !== null) process.settledPss.push({ cycle, bytes: proportional });
    }
  });
  // Its own first cycles are its warm-up.
  return [...found.values()].map((process) => ({
    ...process,
    settled: fromNought(process.settled),
    settledPss: fromNought(process.settledPss),
    firstCycle: process.settled[0]?.cycle ?? 0,
  }));
}

/** Memory of the whole tree at rest, and when it was. */
export interface SettledTree {
  readonly bytes: number;
  readonly fromUs: number;
  readonly toUs: number;
}

/** After each cycle that it was seen in: the median over its settled half. */
export function settledTreeOf(
  samples: Samples,
  cycles: readonly Cycle[],
  source: 'pss' | 'rss',
): readonly SettledTree[] {
  const halves = cycles.map((cycle) => ({ ...settledHalf(cycle, []), all: [] as number[] }));
  for (const sample of samples) {
    const half = halves.find(({ fromUs, toUs }) => sample.atUs >= fromUs && sample.atUs <= toUs);
    const bytes = half === undefined ? null : treeBytes(sample, source);
    if (bytes !== null) half?.all.push(bytes);
  }
  return halves.flatMap(({ all, fromUs, toUs }) => {
    const bytes = median(all);
    return bytes === null ? [] : [{ bytes, fromUs, toUs }];
  });
}

function add(values: Map<string, number[]>, key: string, bytes: number): void {
  const list = values.get(key);
  if (list === undefined) values.set(key, [bytes]);
  else list.push(bytes);
}

function fromNought(settled: readonly Settled[]): readonly Settled[] {
  const first = settled[0]?.cycle ?? 0;
  return settled.map(({ cycle, bytes }) => ({ cycle: cycle - first, bytes }));
}
