import { isCycle } from '../../contract/plan/roles.ts';
import { longestDelaysUs } from '../interpret/declared-delays.ts';
import type { Digest } from '../interpret/digest.ts';
import { fellIntoRestart, restartSpan } from '../interpret/restart.ts';
import type { Run, ScenarioRun } from '../interpret/run.ts';
import { stallsOf } from '../interpret/stalls.ts';
import { withoutCpu } from '../interpret/starvation.ts';
import { median } from '../statistics.ts';
import { cycleMedians } from './cycle-medians.ts';
import { type SteadyGrowth, steadyGrowth } from './steady-growth.ts';

const blocks = 10;
const warmUpBlocks = 2;
/** Of fewer answers a median says little. */
const minPerBlock = 5;

export interface ResponseDrift extends SteadyGrowth {
  /** Milliseconds, the median of each block, warm-up among them. */
  readonly medians: readonly number[];
}

/**
 * How the median service time changes over a scenario of constant load, in blocks of equally many answers, or by its cycles. What the generator may have
 * delayed is left out, and what a delaying limiter or a restart did. Null for too few answers.
 */
export function responseDrift(
  run: Run,
  scenario: ScenarioRun,
  isAsked: (at: number) => boolean = () => true,
): ResponseDrift | null {
  const { ledger, digest } = scenario;
  if (ledger === null) return null;
  const cycles = scenario.plan.phases.filter(({ role }) => isCycle(role));
  if (cycles.length > 0) {
    const byCycle = digest === null ? cycleMedians(run, scenario, ledger) : mediansIn(digest);
    return driftOf(cycles.flatMap(({ name }) => byCycle.get(name) ?? []));
  }
  const notServers = stallsOf(scenario).and(withoutCpu(run, scenario));
  const span = restartSpan(run);
  const delaysUs = longestDelaysUs(ledger, run.manifest.profile);
  const answers: { readonly sendUs: number; readonly tookMs: number }[] = [];
  for (let at = 0; at < ledger.length; at += 1) {
    if (ledger.purposeOf(at) !== 'load' || ledger.outcomeOf(at) !== 'accepted' || !isAsked(at)) continue;
    if ((delaysUs?.[at] ?? 0) > 0 || fellIntoRestart(ledger, at, span) || notServers.overlap(ledger, at)) continue;
    answers.push({ sendUs: ledger.notedSendUs(at), tookMs: ledger.tookUs(at) / 1000 });
  }
  const perBlock = Math.floor(answers.length / blocks);
  if (perBlock < minPerBlock) return null;
  answers.sort((a, b) => a.sendUs - b.sendUs);
  const medians = Array.from(
    { length: blocks },
    (_, n) => median(answers.slice(n * perBlock, (n + 1) * perBlock).map(({ tookMs }) => tookMs)) ?? 0,
  );
  return driftOf(medians);
}

const mediansIn = ({ phases }: Digest): ReadonlyMap<string, number> =>
  new Map([...phases].flatMap(([name, { medianMs }]) => (medianMs === null ? [] : [[name, medianMs]])));

function driftOf(medians: readonly number[]): ResponseDrift | null {
  const growth = steadyGrowth(medians.slice(warmUpBlocks));
  return growth === null ? null : { ...growth, medians };
}
