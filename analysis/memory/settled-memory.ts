import type { ProcessRole } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import type { ScenarioRun } from '../interpret/run.ts';
import type { Ledger } from '../journal/ledger.ts';
import type { ServerTimeline } from '../journal/server.ts';
import { median, theilSen } from '../statistics.ts';

export interface Cycle {
  readonly accepted: number;
  readonly loadEndUs: number;
  readonly settleEndUs: number;
}

/** Fewer values of settled memory than this have no interval worth the name. */
export const minSettled = 6;
/** The first cycles pay for warm-up: compilation, caches, pools. */
export const warmUpCycles = 2;
/** A leak keeps growing at its early pace; what fades below this share of it was warm-up. */
const persistence = 0.5;

/** The load/settle cycles as they took place. A cycle settles until the next one's first request. */
export function cyclesOf(scenario: ScenarioRun, ledger: Ledger): readonly Cycle[] {
  const spans = new Map<string, { firstUs: number; lastUs: number; accepted: number }>();
  for (let at = 0; at < ledger.length; at += 1) {
    if (ledger.roleOf(at) !== 'leak.cycle' || !ledger.isSignal(at)) continue;
    const phase = ledger.phaseOf(at);
    const span = spans.get(phase) ?? { firstUs: Number.POSITIVE_INFINITY, lastUs: 0, accepted: 0 };
    span.firstUs = Math.min(span.firstUs, ledger.sendUs(at));
    span.lastUs = Math.max(span.lastUs, ledger.endUs(at));
    if (ledger.outcomeOf(at) === 'accepted') span.accepted += 1;
    spans.set(phase, span);
  }
  const ordered = ledger.phases.withRole('leak.cycle').flatMap(({ name }) => spans.get(name) ?? []);
  const settleUs = ordered.reduce(
    (min, span, n) => Math.min(min, (ordered[n + 1]?.firstUs ?? Number.POSITIVE_INFINITY) - span.lastUs),
    Number.POSITIVE_INFINITY,
  );
  const endUs = scenario.window.endedAtUs ?? Number.POSITIVE_INFINITY;
  return ordered.map((span, n) => ({
    accepted: span.accepted,
    loadEndUs: span.lastUs,
    settleEndUs: Math.min(ordered[n + 1]?.firstUs ?? span.lastUs + settleUs, endUs),
  }));
}

interface ProcessMemory {
  readonly pid: number;
  readonly role: ProcessRole;
  readonly label: string;
  /** Bytes of settled memory, one per cycle that the process lived through. */
  readonly settled: readonly number[];
}

/** Resident bytes per process after each cycle: the median over the last half of its settling. A new process begins anew. */
export function settledMemoryOf(server: ServerTimeline, cycles: readonly Cycle[]): readonly ProcessMemory[] {
  const tails = cycles.map(({ loadEndUs, settleEndUs }) => ({
    fromUs: loadEndUs + (settleEndUs - loadEndUs) / 2,
    toUs: settleEndUs,
    values: new Map<string, number[]>(),
  }));
  const found = new Map<string, { pid: number; role: ProcessRole; label: string; settled: number[] }>();
  for (const sample of server.samples) {
    const tail = tails.find(({ fromUs, toUs }) => sample.atUs >= fromUs && sample.atUs <= toUs);
    if (tail === undefined) continue;
    for (const process of sample.processes) {
      const { pid, role, label, rssBytes } = process;
      if (role === 'helper' || rssBytes === null) continue;
      const key = processIdentity(process);
      if (!found.has(key)) found.set(key, { pid, role, label, settled: [] });
      const values = tail.values.get(key);
      if (values === undefined) tail.values.set(key, [rssBytes]);
      else values.push(rssBytes);
    }
  }
  for (const { values } of tails) {
    for (const [key, list] of values) {
      const bytes = median(list);
      if (bytes !== null) found.get(key)?.settled.push(bytes);
    }
  }
  return [...found.values()];
}

export interface Growth {
  readonly process: ProcessMemory;
  /** Bytes a cycle after warm-up, with its 95% interval. */
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  /** From the last settled memory of warm-up to the last one of all. */
  readonly grownBytes: number;
  /**
   * How far the highest settled memory of warm-up lies above its last one. A process that once had so much and gave it back may
   * fill it again with what its collector has yet to sweep; a leak goes beyond it.
   */
  readonly givenBackBytes: number;
  /** Pace of the later half over that of the earlier one. */
  readonly persists: boolean;
}

export function growthOf(process: ProcessMemory): Growth | null {
  const settled = process.settled.slice(warmUpCycles);
  const line = theilSen(settled);
  if (line === null || settled.length < minSettled) return null;
  const base = settled[0] ?? 0;
  const grownBytes = (settled.at(-1) ?? base) - base;
  const givenBackBytes =
    process.settled.slice(0, warmUpCycles + 1).reduce((max, bytes) => Math.max(max, bytes), 0) - base;
  const middle = Math.floor(settled.length / 2);
  const early = pace(settled.slice(0, middle + 1));
  const late = pace(settled.slice(middle));
  const persists = late >= persistence * early && late > 0;
  return { process, ...line, grownBytes, givenBackBytes, persists };
}

function pace(settled: readonly number[]): number {
  const steps = settled.slice(1).map((bytes, n) => bytes - (settled[n] ?? bytes));
  return steps.length === 0 ? 0 : steps.reduce((sum, step) => sum + step, 0) / steps.length;
}
