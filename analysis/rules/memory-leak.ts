import { kilobytes, megabytes } from '../../contract/report/figures.ts';
import type { Measure } from '../../contract/report/report.ts';
import { serverOf } from '../interpret/run.ts';
import {
  cyclesOf,
  type Growth,
  growthOf,
  minSettled,
  settledMemoryOf,
  warmUpCycles,
} from '../memory/settled-memory.ts';
import { counted } from '../words.ts';
import { count, measure } from './measure.ts';
import { memoryAdvice } from './memory-advice.ts';
import { ledgerFiles, monitorFiles, type Rule } from './rule.ts';

export const memoryLeak: Rule<'memory-leak'> = {
  id: 'memory-leak',
  title: 'Memory leak over the load/settle cycles',
  question: 'Does memory grow?',
  evidence: 'memory-leak: settled memory of each process after each cycle',
  thresholds: () => ({ pass: 'none', warn: null, fail: 'leak' }),
  faults: ['leak'],
  advice: memoryAdvice,
  scenarios: ['memory-leak'],
  needs: (run) => [...monitorFiles(run), ...ledgerFiles(run, 'memory-leak')],
  judge(run) {
    const { minGrowthBytes, coarsestBytesPerRequest } = run.manifest.profile.criteria.leak;
    const scenario = run.scenarios.find(({ name }) => name === 'memory-leak');
    const ledger = scenario?.ledger ?? null;
    const server = serverOf(run);
    if (scenario === undefined || ledger === null || server === null) {
      return {
        status: 'inconclusive',
        summary: 'the cycles and samples of the server are both needed, and one is missing',
      };
    }
    const cycles = cyclesOf(scenario, ledger);
    const accepted = cycles.reduce((sum, cycle) => sum + cycle.accepted, 0);
    const growths = settledMemoryOf(server, cycles)
      .map(growthOf)
      .filter((growth) => growth !== null);
    if (growths.length === 0 || accepted === 0) {
      return {
        status: 'inconclusive',
        summary: `no process has the ${minSettled + warmUpCycles} values of settled memory that a verdict needs (${counted(cycles.length, 'cycle')}, ${accepted} accepted)`,
      };
    }
    const perCycle = accepted / cycles.length;
    // From the last settled memory of warm-up to the last one of all.
    const judgedCycles = cycles.length - warmUpCycles - 1;
    const smallest = smallestVisibleLeak(growths, perCycle, { judgedCycles, minGrowthBytes });
    const leaking = growths.filter(
      ({ low, persists, grownBytes, givenBackBytes }) =>
        low > 0 && persists && grownBytes - givenBackBytes >= minGrowthBytes,
    );
    const leak = leakOf(leaking, perCycle);
    const measures = [
      leak,
      measure('smallest-visible-leak', smallest, 'bytes/request', { threshold: coarsestBytesPerRequest }),
      count('cycles', cycles.length),
      count('accepted', accepted),
    ];
    const evidence = growths.map(settledLine);
    const visible = `the smallest leak that this run could have seen is ${kilobytes(smallest)} per request`;
    if (leaking.length > 0) {
      const grown = leaking.reduce((sum, { grownBytes }) => sum + grownBytes, 0);
      return {
        status: 'fail',
        summary: `about ${kilobytes(leak.value)} leaked per request: +${megabytes(grown)} over ${counted(judgedCycles, 'cycle')}`,
        measures,
        evidence: [...evidence, visible],
      };
    }
    if (smallest > coarsestBytesPerRequest) {
      return { status: 'inconclusive', summary: `memory is too unsteady to tell: ${visible}`, measures, evidence };
    }
    return {
      status: 'pass',
      summary: `no steady growth over ${counted(cycles.length, 'cycle')} and ${accepted} accepted requests; ${visible}`,
      measures,
      evidence,
    };
  },
};

/** What is leaked per request, with the interval of the slopes. */
function leakOf(leaking: readonly Growth[], perCycle: number): Measure {
  const perRequest = (of: (growth: Growth) => number): number =>
    leaking.reduce((sum, growth) => sum + of(growth), 0) / perCycle;
  const interval = { low: perRequest(({ low }) => low), high: perRequest(({ high }) => high) };
  return measure(
    'leaked-per-request',
    perRequest(({ slope }) => slope),
    'bytes/request',
    { ...(leaking.length > 0 ? interval : {}), threshold: 0 },
  );
}

/** Bytes per request below which a leak could hide: in the scatter of the slopes, or in what an allocator may keep. */
function smallestVisibleLeak(
  growths: readonly Growth[],
  perCycle: number,
  { judgedCycles, minGrowthBytes }: { readonly judgedCycles: number; readonly minGrowthBytes: number },
): number {
  const unsteady = growths.reduce((sum, { low, high }) => sum + (high - low) / 2, 0) / perCycle;
  const workers = growths.filter(({ process }) => process.role === 'worker');
  const serving = workers.length > 0 ? workers : growths.slice(0, 1);
  const hidden = serving.reduce((sum, { givenBackBytes }) => sum + minGrowthBytes + givenBackBytes, 0);
  return Math.max(unsteady, hidden / (perCycle * judgedCycles));
}

function settledLine({ process, slope, low, high, persists, grownBytes, givenBackBytes }: Growth): string {
  const settled = process.settled.map((bytes) => (bytes / 1e6).toFixed(1)).join(', ');
  const pace = `${kilobytes(slope)} per cycle after warm-up (95% interval ${kilobytes(low)} to ${kilobytes(high)})${persists ? ', not fading' : ''}`;
  return `process ${process.pid} (${process.role}): settled memory ${settled} MB; ${pace}; at its end ${megabytes(grownBytes - givenBackBytes)} above the maximum of warm-up`;
}
