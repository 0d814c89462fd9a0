import type { ProbeResult, ServerSampleLine } from '../../contract/journal/journal.ts';
import { treeCpuPercent } from '../../contract/journal/tree-cpu.ts';
import type { Ledger } from '../journal/ledger.ts';
import type { ServerTimeline } from '../journal/server.ts';
import type { Samples } from '../journal/server-samples.ts';
import type { Span } from '../journal/timeline.ts';
import { isFull, isFullOfOthers, mayWaitUnseen, spansWhere, waitedForCpu } from './full-machine.ts';
import { GeneratorSpans } from './generator-spans.ts';
import { isLoopbackUrl } from './loopback.ts';
import type { Run, ScenarioRun } from './run.ts';
import { saturationsOf } from './saturation.ts';
import { quickMs, sleptSilences } from './slept.ts';
import { commonSpans, coverHalf, mergedSpans, touchesSpan } from './spans.ts';

/** A health check shows so much of what was before and after it. */
const toldUs = 1_000_000;

/**
 * When nobody had CPU to spare, for each generator: it used all that it may, or others took most of the server's machine, which was full,
 * and the server waited for a CPU for longer than it ran, or answered its health check late or never. What was slow then does not accuse the server.
 */
export function withoutCpu(run: Run, scenario: ScenarioRun): GeneratorSpans {
  const starved = starvedSpans(run);
  const saturated = saturationsOf(run, scenario);
  if (starved.length === 0) return saturated;
  const ofAll = run.generators.flatMap((_, generator) => starved.map((span) => ({ ...span, generator })));
  return saturated.and(new GeneratorSpans(ofAll));
}

/** Whether nobody had CPU to spare for half of a scenario's time or more. */
export function isMostlyWithoutCpu(run: Run, scenario: ScenarioRun): boolean {
  const { startedAtUs: fromUs, endedAtUs: toUs } = scenario.window;
  return toUs !== null && coverHalf(withoutCpu(run, scenario).ofAny(), { fromUs, toUs });
}

const known = new WeakMap<Run['servers'], readonly Span[]>();

/**
 * When others took most of a server's machine, which was full, and it waited for a CPU for longer than it ran, or answered its health check
 * late or never; or when that machine, which is the generator's, too, was full and nobody watched whether the server waited. In order of
 * time and apart. What it slept through is none. Several rules ask, and of a long run each piece.
 */
export function starvedSpans(run: Pick<Run, 'servers' | 'manifest'>): readonly Span[] {
  const { servers } = run;
  const before = known.get(servers);
  if (before !== undefined) return before;
  const { baseUrl } = run.manifest.target;
  const found = mergedSpans(
    servers.flatMap((server) => [
      ...starvedIn(server, sleptSilences(run, server)),
      ...(isLoopbackUrl(baseUrl) && isPartlyUnseen(server) ? unseenIn(server) : []),
    ]),
  );
  known.set(servers, found);
  return found;
}

function starvedIn({ identity, samples }: ServerTimeline, slept: readonly Span[]): readonly Span[] {
  const isOfOthers = (sample: ServerSampleLine): boolean =>
    isFullOfOthers(sample) && (treeCpuPercent(sample, identity.cores) ?? 0) < 50;
  return mergedSpans([
    ...whereHealthIsLate(samples, spansWhere(samples, isOfOthers), slept),
    ...spansWhere(samples, (sample) => isOfOthers(sample) && waitedForCpu(sample)),
  ]);
}

/** The runner's own monitor, which sees the machine, does not watch all that may be the server. */
const isPartlyUnseen = ({ clock, identity }: ServerTimeline): boolean =>
  clock.source === 'own' && (identity.unwatched ?? []).length > 0;

function unseenIn({ identity, samples }: ServerTimeline): readonly Span[] {
  return whereHealthIsLate(
    samples,
    spansWhere(samples, (sample) => mayWaitUnseen(sample, identity.cores)),
  );
}

/** When a machine was full, whoever filled it, and its server answered the health check late or never: others there waited as well. */
export function slowMachineSpans(samples: Samples): readonly Span[] {
  return whereHealthIsLate(samples, spansWhere(samples, isFull));
}

/** All of the spans if nobody asked for the health. @param slept silences that lasted for another reason. */
function whereHealthIsLate(samples: Samples, full: readonly Span[], slept: readonly Span[] = []): readonly Span[] {
  if (full.length === 0) return full;
  const late: Span[] = [];
  let isAsked = false;
  for (const { atUs, health } of samples) {
    if (health === null) continue;
    isAsked = true;
    const tookMs = waitedMs(health);
    if (tookMs >= quickMs && !touchesSpan(slept, atUs, atUs))
      late.push({ fromUs: atUs - tookMs * 1000 - toldUs, toUs: atUs + toldUs });
  }
  return isAsked ? commonSpans(full, mergedSpans(late)) : full;
}

const waitedMs = (health: ProbeResult): number => (health.state === 'unavailable' ? 0 : health.latencyMs);

/** Of what was signals or answers: where less than this share fell into times with CPU to spare, they lie at the edges of the others, which are known to a second. */
export const minClearShare = 0.1;

/** A time without CPU may be longer than it is known to be, by so much at either end. */
export const edgesMs = 2000;

/** Tells which requests got no answer in time while nobody had CPU to spare, for half of their time or more. */
export function starvedTimeouts(run: Run, scenario: ScenarioRun, ledger: Ledger): (at: number) => boolean {
  const spans = withoutCpu(run, scenario);
  if (spans.areNone) return () => false;
  return (at) => {
    if (ledger.outcomeOf(at) !== 'timeout' && !ledger.isGivenUp(at)) return false;
    const [fromUs, toUs] = [ledger.notedSendUs(at), ledger.notedEndUs(at)];
    return coverHalf(spans.of(ledger.generatorOf(at)), { fromUs, toUs });
  };
}

/** The same, and where nearly the whole scenario had no CPU to spare, those at the edges of such times: a few decide nothing there. */
export function starvedRateTimeouts(run: Run, scenario: ScenarioRun, ledger: Ledger): (at: number) => boolean {
  const spans = withoutCpu(run, scenario);
  const isStarved = starvedTimeouts(run, scenario, ledger);
  if (spans.areNone || isMostlyClear(spans, ledger)) return isStarved;
  const edgesUs = edgesMs * 1000;
  return (at) => {
    if (isStarved(at)) return true;
    if (ledger.outcomeOf(at) !== 'timeout' && !ledger.isGivenUp(at)) return false;
    const near = spans.of(ledger.generatorOf(at));
    return touchesSpan(near, ledger.notedSendUs(at) - edgesUs, ledger.notedEndUs(at) + edgesUs);
  };
}

function isMostlyClear(spans: GeneratorSpans, ledger: Ledger): boolean {
  let [signals, clear] = [0, 0];
  for (let at = 0; at < ledger.length; at += 1) {
    if (!ledger.isSignal(at)) continue;
    signals += 1;
    const span = { fromUs: ledger.notedSendUs(at), toUs: ledger.notedEndUs(at) };
    if (!coverHalf(spans.of(ledger.generatorOf(at)), span)) clear += 1;
  }
  return clear >= minClearShare * signals;
}
