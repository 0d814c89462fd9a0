import { journalFiles, type ProcessRole } from '../../contract/journal/journal.ts';
import { phases } from '../../contract/plan/plan.ts';
import type { Ledger } from '../journal/ledger.ts';
import type { Run, ScenarioRun } from '../journal/run.ts';
import type { ServerTimeline } from '../journal/server.ts';
import { median, theilSen } from '../statistics.ts';
import { counted, kilobytes, megabytes } from '../words.ts';
import type { Rule } from './rule.ts';

interface Cycle {
  readonly accepted: number;
  readonly loadEndUs: number;
  readonly settleEndUs: number;
}

/** Fewer floors than this have no interval worth the name. */
const minFloors = 6;
/** The first cycles pay for warm-up: compilation, caches, pools. */
const warmUpCycles = 2;
/** A leak keeps growing at its early pace; what fades below this share of it was warm-up. */
const persistence = 0.5;

/** The load/settle cycles as they took place. A cycle settles until the next one's first request. */
function cyclesOf(scenario: ScenarioRun, ledger: Ledger): readonly Cycle[] {
  const spans = new Map<string, { firstUs: number; lastUs: number; accepted: number }>();
  for (let at = 0; at < ledger.length; at += 1) {
    if (ledger.purposeOf(at) !== 'load') continue;
    const phase = ledger.phaseOf(at);
    const span = spans.get(phase) ?? { firstUs: Number.POSITIVE_INFINITY, lastUs: 0, accepted: 0 };
    span.firstUs = Math.min(span.firstUs, ledger.sendUs(at));
    span.lastUs = Math.max(span.lastUs, ledger.endUs(at));
    if (ledger.outcomeOf(at) === 'accepted') span.accepted += 1;
    spans.set(phase, span);
  }
  const ordered = Array.from({ length: spans.size }, (_, n) => spans.get(phases.leakCycle(n))).filter(
    (span) => span !== undefined,
  );
  const settleUs = Math.min(
    ...ordered.map((span, n) => (ordered[n + 1]?.firstUs ?? Number.POSITIVE_INFINITY) - span.lastUs),
  );
  const endUs = scenario.window.endedAtUs ?? Number.POSITIVE_INFINITY;
  return ordered.map((span, n) => ({
    accepted: span.accepted,
    loadEndUs: span.lastUs,
    settleEndUs: Math.min(ordered[n + 1]?.firstUs ?? span.lastUs + settleUs, endUs),
  }));
}

interface ProcessFloors {
  readonly pid: number;
  readonly role: ProcessRole;
  readonly label: string;
  /** Bytes, one a cycle that the process lived through. */
  readonly floors: readonly number[];
}

/** Resident bytes per process after each cycle: the median over the last half of its settling. A new process begins anew. */
function floorsOf(server: ServerTimeline, cycles: readonly Cycle[]): readonly ProcessFloors[] {
  const found = new Map<string, { pid: number; role: ProcessRole; label: string; floors: number[] }>();
  for (const cycle of cycles) {
    const tailFrom = cycle.loadEndUs + (cycle.settleEndUs - cycle.loadEndUs) / 2;
    const values = new Map<string, number[]>();
    for (const sample of server.samples) {
      if (sample.atUs < tailFrom || sample.atUs > cycle.settleEndUs) continue;
      for (const process of sample.processes) {
        if (process.role === 'helper' || process.rssBytes === null) continue;
        const key = `${process.pid}/${process.startTicks}`;
        const entry = found.get(key) ?? { pid: process.pid, role: process.role, label: process.label, floors: [] };
        found.set(key, entry);
        values.set(key, [...(values.get(key) ?? []), process.rssBytes]);
      }
    }
    for (const [key, list] of values) {
      const floor = median(list);
      if (floor !== null) found.get(key)?.floors.push(floor);
    }
  }
  return [...found.values()];
}

interface Growth {
  readonly process: ProcessFloors;
  /** Bytes a cycle after warm-up, with its 95 % interval. */
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  /** From the last floor of warm-up to the last one of all. */
  readonly grownBytes: number;
  /**
   * What warm-up's highest floor lies above its last one. A process that has once had so much and gave it back may fill it again
   * with what its collector has yet to sweep; a leak goes beyond it.
   */
  readonly givenBackBytes: number;
  /** Pace of the later half over that of the earlier one. */
  readonly persists: boolean;
}

function growthOf(process: ProcessFloors): Growth | null {
  const floors = process.floors.slice(warmUpCycles);
  const line = theilSen(floors);
  if (line === null || floors.length < minFloors) return null;
  const base = floors[0] ?? 0;
  const grownBytes = (floors.at(-1) ?? base) - base;
  const givenBackBytes = Math.max(...process.floors.slice(0, warmUpCycles + 1)) - base;
  const middle = Math.floor(floors.length / 2);
  const early = pace(floors.slice(0, middle + 1));
  const late = pace(floors.slice(middle));
  const persists = late >= persistence * early && late > 0;
  return { process, ...line, grownBytes, givenBackBytes, persists };
}

function pace(floors: readonly number[]): number {
  const steps = floors.slice(1).map((floor, n) => floor - (floors[n] ?? floor));
  return steps.length === 0 ? 0 : steps.reduce((sum, step) => sum + step, 0) / steps.length;
}

export const memoryLeak: Rule = {
  criterion: 'memory-leak',
  scenarios: ['memory-leak'],
  needs: () => [journalFiles.server, journalFiles.ledger('memory-leak')],
  judge(run: Run) {
    const { minGrowthBytes, coarsestBytesPerRequest } = run.manifest.profile.criteria.leak;
    const scenario = run.scenarios.find(({ name }) => name === 'memory-leak');
    const ledger = scenario?.ledger ?? null;
    if (scenario === undefined || ledger === null || run.server === null) {
      return { status: 'inconclusive', summary: 'the cycles and the samples of the server were not both recorded' };
    }
    const cycles = cyclesOf(scenario, ledger);
    const accepted = cycles.reduce((sum, cycle) => sum + cycle.accepted, 0);
    const growths = floorsOf(run.server, cycles)
      .map(growthOf)
      .filter((growth) => growth !== null);
    if (growths.length === 0 || accepted === 0) {
      return {
        status: 'inconclusive',
        summary: `no process has the ${minFloors + warmUpCycles} memory floors that a verdict needs (${counted(cycles.length, 'cycle')}, ${accepted} accepted)`,
      };
    }
    const perCycle = accepted / cycles.length;
    const unsteady = growths.reduce((sum, growth) => sum + (growth.high - growth.low) / 2, 0) / perCycle;
    const workers = growths.filter(({ process }) => process.role === 'worker');
    const serving = workers.length > 0 ? workers : growths.slice(0, 1);
    const hidden = serving.reduce((sum, { givenBackBytes }) => sum + minGrowthBytes + givenBackBytes, 0);
    // From the last floor of warm-up to the last one of all.
    const judgedCycles = cycles.length - warmUpCycles - 1;
    const unseen = Math.max(unsteady, hidden / (perCycle * judgedCycles));
    const leaking = growths.filter(
      ({ low, persists, grownBytes, givenBackBytes }) =>
        low > 0 && persists && grownBytes - givenBackBytes >= minGrowthBytes,
    );
    const slope = leaking.reduce((sum, growth) => sum + growth.slope, 0) / perCycle;
    const evidence = growths.map(
      ({ process, slope: pacePerCycle, low, high, persists, grownBytes, givenBackBytes }) =>
        `process ${process.pid} (${process.role}): floors ${process.floors.map((floor) => (floor / 1e6).toFixed(1)).join(', ')} MB; ${kilobytes(pacePerCycle)} a cycle after warm-up (95 % interval ${kilobytes(low)} to ${kilobytes(high)})${persists ? ', not fading' : ''}; at its end ${megabytes(grownBytes - givenBackBytes)} above the highest of warm-up`,
    );
    const least = `the least leak that this run could have seen is ${kilobytes(unseen)} per request`;
    if (leaking.length > 0) {
      const grown = leaking.reduce((sum, { grownBytes }) => sum + grownBytes, 0);
      return {
        status: 'fail',
        summary: `about ${kilobytes(slope)} are kept per request: +${megabytes(grown)} over ${counted(judgedCycles, 'cycle')}`,
        evidence: [...evidence, least],
      };
    }
    if (unseen > coarsestBytesPerRequest) {
      return { status: 'inconclusive', summary: `memory is too unsteady to tell: ${least}`, evidence };
    }
    return {
      status: 'pass',
      summary: `no steady growth over ${counted(cycles.length, 'cycle')} and ${accepted} accepted requests; ${least}`,
      evidence,
    };
  },
};
