import type { Ledger } from '../journal/ledger.ts';
import type { Span, Timeline } from '../journal/timeline.ts';
import { counted } from '../words.ts';
import { GeneratorSpans } from './generator-spans.ts';
import type { Run, ScenarioRun } from './run.ts';
import { coverHalf, touchesSpan } from './spans.ts';

/** After a stall the arrival rate catches up at once, and iterations are dropped for want of VUs, for no longer than this. */
const catchUpUs = 2_000_000;

/** Gaps in each generator's own heartbeats: what it sent meanwhile says nothing on the server's speed. What others sent does. */
export function stallsOf({ timeline }: Pick<ScenarioRun, 'timeline'>): GeneratorSpans {
  return new GeneratorSpans(timeline?.stalls ?? []);
}

/** Generators on the machine of the runner, which is that of its monitor: each got the run's clock. */
export function generatorsHere({ generators, clocks }: Pick<Run, 'generators' | 'clocks'>): readonly number[] {
  return generators.flatMap((id, n) => ((clocks.get(id)?.source ?? 'own') === 'own' ? [n] : []));
}

/** When all generators of this machine stood still at once: so did the machine. One that stalls alone delays nobody else. */
export function stallsOfMachine(run: Pick<Run, 'generators' | 'clocks'>, scenario: ScenarioRun): readonly Span[] {
  return stallsOf(scenario).ofAll(generatorsHere(run));
}

/** Iterations that a generator dropped in some spans of its own, or in their wake. */
export function droppedWithin({ drops }: Pick<Timeline, 'drops'>, spans: GeneratorSpans): number {
  return drops.reduce((sum, { second, dropped, generator }) => {
    const fromUs = second * 1e6;
    return sum + (touchesSpan(spans.of(generator), fromUs - catchUpUs, fromUs + 1e6) ? dropped : 0);
  }, 0);
}

/** A request without an answer in time, of which its generator itself stood still for half: it may not have looked. */
export function isOwnTimeout(ledger: Ledger, at: number, stalls: GeneratorSpans): boolean {
  if (ledger.outcomeOf(at) !== 'timeout' || !stalls.overlap(ledger, at)) return false;
  const [fromUs, toUs] = [ledger.notedSendUs(at), ledger.notedEndUs(at)];
  return coverHalf(stalls.of(ledger.generatorOf(at)), { fromUs, toUs });
}

/** In words for the evidence; empty if there was none. */
export function ownTimeoutNote(count: number): readonly string[] {
  return count === 0
    ? []
    : [`${counted(count, 'timeout')} left out, through half or more of which the generator itself stood still`];
}
