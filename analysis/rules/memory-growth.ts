import { treeBytes } from '../../contract/journal/tree-memory.ts';
import { isCycle } from '../../contract/plan/roles.ts';
import { type Status, worst } from '../../contract/report/criteria.ts';
import { megabytes } from '../../contract/report/figures.ts';
import { isFull, spansWhere } from '../interpret/full-machine.ts';
import { type Run, type ScenarioRun, serverOf } from '../interpret/run.ts';
import { touchesSpan } from '../interpret/spans.ts';
import { isSteadyLoad, withoutSteadyLoad } from '../interpret/steady-load.ts';
import type { ServerTimeline } from '../journal/server.ts';
import type { Span } from '../journal/timeline.ts';
import { busyRestsInWords } from '../memory/busy-rests.ts';
import { type ChangedProcesses, growthWithin } from '../memory/changed-processes.ts';
import { endedForMemory } from '../memory/ended-for-memory.ts';
import { evidenceDuring, garbageIn } from '../memory/garbage-growth.ts';
import { warmUpCycles } from '../memory/growth.ts';
import { leakEvidence } from '../memory/leak-evidence.ts';
import { cyclesOf, minSettled, type SettledTree, settledTreeOf } from '../memory/settled-memory.ts';
import { median } from '../statistics.ts';
import { counted } from '../words.ts';
import { withoutProcesses } from './foreseen.ts';
import { withoutGarbage } from './growth-without-garbage.ts';
import { tellingLeftOut } from './left-out.ts';
import { measure } from './measure.ts';
import { type MemoryFault, memoryAdvice, memoryAdviceOn } from './memory-advice.ts';
import { tellingMemoryLimit } from './memory-limit.ts';
import { type Judgement, monitorFiles, ofScenarios, type Rule, scenariosOf, timelineFiles } from './rule.ts';

/** The first and the last of the load that are compared, at most a quarter of it each. */
const edgeMs = 5_000;
const minSamples = 3;

const signed = (bytes: number): string => `${bytes >= 0 ? '+' : '−'}${megabytes(Math.abs(bytes))}`;

const wholeMegabytes = (bytes: number): string => `${Number((bytes / 1e6).toPrecision(6))} MB`;

/** Warm-up before the first edge, at most a sixth of the load. */
const warmUpMs = 5_000;

export const memoryGrowth: Rule<'memory-growth'> = {
  id: 'memory-growth',
  title: 'Memory growth during sustained load',
  question: 'Does memory grow?',
  evidence: `sustained: median of the last ${edgeMs / 1000} s minus that of the first ${edgeMs / 1000} s after warm-up, over all processes of the server (of what may be garbage, as on a JVM, the part that the runtime's figures show to stay); soak: settled memory after the last cycle minus that after warm-up`,
  thresholds: ({ memoryGrowth: { warnBytes, failBytes } }) => ({
    pass: `< ${wholeMegabytes(warnBytes)}`,
    warn: [
      ...(warnBytes === failBytes ? [] : [`${wholeMegabytes(warnBytes)} to ${wholeMegabytes(failBytes)}`]),
      'near the memory limit of its cgroup',
    ].join(', or '),
    fail: `≥ ${wholeMegabytes(failBytes)}`,
  }),
  faults: ['memory grows under load', 'memory near the limit of its cgroup'],
  advice: memoryAdvice,
  scenarios: ['sustained', 'soak'],
  unanswered: withoutSteadyLoad,
  foretold: withoutProcesses,
  bridgesPauses: true,
  needsPlan: 'all',
  needs: (run) => [...monitorFiles(run), ...scenariosOf(memoryGrowth, run).flatMap((name) => timelineFiles(run, name))],
  judge(run) {
    const names = scenariosOf(memoryGrowth, run);
    const judged = run.scenarios
      .filter(({ name }) => names.includes(name))
      .map((scenario) => ({
        scenario: scenario.name,
        ...tellingMemoryLimit(
          serverOf(run),
          hasCycles(scenario) ? growthOverCycles(run, scenario) : growthDuring(run, scenario),
        ),
      }));
    return tellingLeftOut(run, ofScenarios(judged, missing));
  },
};

interface LoadSpan {
  readonly fromUs: number;
  readonly lastUs: number;
}

const missing = 'sustained load and samples of the server are both needed, and one is missing';

function growthDuring(run: Run, scenario: ScenarioRun): Judgement {
  const server = serverOf(run);
  const span = spanOf(scenario);
  if (server === null || span === null) return { status: 'inconclusive', summary: missing };
  const judged = growthBetweenEdges(run, server, span);
  const ended = endedForMemory(run, server, { fromUs: span.fromUs, toUs: span.lastUs });
  if (ended === null) return judged;
  const { warnBytes, failBytes } = run.manifest.profile.criteria.memoryGrowth;
  const status = ended.grownBytes >= failBytes ? 'fail' : ended.grownBytes >= warnBytes ? 'warn' : 'inconclusive';
  const advice = memoryAdviceOn(server, ['ended for memory', 'grows under load']);
  return { ...judged, status: worst([judged.status, status]), summary: `${ended.words}; ${judged.summary}`, advice };
}

function growthBetweenEdges(run: Run, server: ServerTimeline, { fromUs, lastUs }: LoadSpan): Judgement {
  const { warnBytes, failBytes } = run.manifest.profile.criteria.memoryGrowth;
  const edgeUs = Math.min(edgeMs * 1000, (lastUs - fromUs) / 4);
  const startUs = fromUs + Math.min(warmUpMs * 1000, (lastUs - fromUs) / 6);
  const { memorySource } = server.identity;

  const between = (from: number, to: number): number[] =>
    server.samples.flatMap((sample) => {
      const bytes = sample.atUs >= from && sample.atUs <= to ? treeBytes(sample, memorySource) : null;
      return bytes === null ? [] : [bytes];
    });
  const first = between(startUs, startUs + edgeUs);
  const last = between(lastUs - edgeUs, lastUs);
  const before = median(first);
  const after = median(last);
  if (before === null || after === null || first.length < minSamples || last.length < minSamples) {
    return {
      status: 'inconclusive',
      summary: `too few memory samples at the start and the end of the load: ${first.length} and ${last.length}, ${minSamples} needed${absentWords(server, [startUs, lastUs - edgeUs], edgeUs) ?? fullWords(server, { fromUs, toUs: lastUs })}`,
    };
  }
  const edges = { first: { fromUs: startUs, toUs: startUs + edgeUs }, last: { fromUs: lastUs - edgeUs, toUs: lastUs } };
  const together = { grownBytes: after - before, warnBytes };
  const { grownBytes: growth, changed } = growthWithin(server.samples, memorySource, edges, together);
  const statusOf = (bytes: number): Status => (bytes >= failBytes ? 'fail' : bytes >= warnBytes ? 'warn' : 'pass');
  const judged = {
    status: statusOf(growth),
    summary: `${signed(after - before)} over ${((lastUs - startUs) / 1e6).toFixed(0)} s of sustained load${changedProcessesInWords(growth, changed)}`,
    measures: [
      measure('growth', growth, 'bytes', { threshold: warnBytes }),
      measure('before', before, 'bytes'),
      measure('after', after, 'bytes'),
    ],
    evidence: [
      `median ${megabytes(before)} of ${counted(first.length, 'sample')} after warm-up, ${megabytes(after)} of ${last.length} at the end`,
      ...bytesOfEach(changed, { before, after }),
      ofAll(memorySource),
    ],
  };
  if (judged.status === 'pass') return judged;
  const advice = memoryAdviceOn(server, ['grows under load', ...faultsOf(changed)]);
  const garbage = garbageIn(server, evidenceDuring(run, server, { fromUs, lastUs }), {
    ...edges,
    source: memorySource,
  });
  return withoutGarbage({ ...judged, advice }, garbage, { run, grownBytes: growth, statusOf });
}

function changedProcessesInWords(growth: number, changed: ChangedProcesses | null): string {
  if (changed === null) return '';
  return `: ${signed(growth)} within the processes, and ${counted(changed.after, 'process', 'processes')} in place of ${changed.before}`;
}

const faultsOf = (changed: ChangedProcesses | null): readonly MemoryFault[] =>
  changed !== null && changed.after > changed.before ? ['more processes'] : [];

/** How much each of them has, where their number changed. */
function bytesOfEach(
  changed: ChangedProcesses | null,
  { before, after }: { readonly before: number; readonly after: number },
): readonly string[] {
  if (changed === null) return [];
  return [
    `${counted(changed.before, 'process', 'processes')} with ${megabytes(before / changed.before)} each after warm-up, ${changed.after} with ${megabytes(after / changed.after)} each at the end`,
  ];
}

/** A server that had ended has no memory: then no sample came late. */
function absentWords({ samples }: ServerTimeline, edgesUs: readonly number[], edgeUs: number): string | null {
  const isIn = (atUs: number): boolean => edgesUs.some((fromUs) => atUs >= fromUs && atUs <= fromUs + edgeUs);
  const without = samples.flatMap(({ atUs, processes }) => (isIn(atUs) && processes.length === 0 ? [atUs] : [])).length;
  return without === 0 ? null : `; in ${counted(without, 'more sample')} the server had no process: see Worker crashes`;
}

/** A full machine delays its monitor, too. */
const fullWords = ({ samples }: ServerTimeline, { fromUs, toUs }: Span): string =>
  touchesSpan(spansWhere(samples, isFull), fromUs, toUs)
    ? '; the machine had no CPU to spare meanwhile, and the monitor sampled late'
    : '';

const hasCycles = ({ plan }: ScenarioRun): boolean => plan.phases.some(({ role }) => isCycle(role));

/** Growth that kept less than this of its pace in the later half was a cache that filled. */
const stillShare = 0.25;

/** Between settled memories: hours of load end where a burst of garbage may be. */
function growthOverCycles(run: Run, scenario: ScenarioRun): Judgement {
  const { warnBytes, failBytes } = run.manifest.profile.criteria.memoryGrowth;
  const server = serverOf(run);
  if (server === null) return { status: 'inconclusive', summary: missing };
  const { memorySource } = server.identity;
  const cycles = cyclesOf(scenario);
  const settled = settledTreeOf(server.samples, cycles, memorySource).slice(warmUpCycles - 1);
  const [first, half, last] = [settled[0], settled[settled.length >> 1], settled.at(-1)];
  if (first === undefined || half === undefined || last === undefined || settled.length < minSettled) {
    return {
      status: 'inconclusive',
      summary: `too few values of settled memory after warm-up: ${settled.length}, ${minSettled} needed${busyRestsInWords(scenario.name, cycles)}`,
    };
  }
  const [before, middle, after] = [first.bytes, half.bytes, last.bytes];
  const until = (rest: SettledTree, countsFrom: number) =>
    growthWithin(
      server.samples,
      memorySource,
      { first, last: rest, among: last },
      { grownBytes: rest.bytes - before, warnBytes: countsFrom },
    );
  const { grownBytes: growth, changed } = until(last, warnBytes);
  // The middle is judged as the end is, by those that are there at the end.
  const halfway = until(half, changed === null ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY);
  const isStill = growth - halfway.grownBytes < stillShare * growth;
  const statusOf = (bytes: number): Status =>
    bytes < warnBytes ? 'pass' : bytes < failBytes || isStill ? 'warn' : 'fail';
  const status = statusOf(growth);
  const judged = {
    status,
    summary: `${signed(after - before)} of settled memory over ${counted(settled.length - 1, 'cycle')} after warm-up${changedProcessesInWords(growth, changed)}${status !== 'pass' && isStill ? ', hardly any of it in the later half' : ''}`,
    measures: [
      measure('growth', growth, 'bytes', { threshold: warnBytes }),
      measure('before', before, 'bytes'),
      measure('after', after, 'bytes'),
    ],
    evidence: [
      `settled memory ${megabytes(before)} after warm-up, ${megabytes(middle)} in the middle, ${megabytes(after)} at the end`,
      ...bytesOfEach(changed, { before, after }),
      ofAll(memorySource),
    ],
  };
  if (status === 'pass') return judged;
  const isCollected = (run.manifest.collections ?? []).length > 0;
  const fault = isStill ? 'stood still' : isCollected ? 'leak' : 'leak or garbage';
  const advice = memoryAdviceOn(server, [fault, ...faultsOf(changed)]);
  const garbage = garbageIn(server, leakEvidence(run, scenario, server), { first, last, source: memorySource });
  return withoutGarbage({ ...judged, advice }, garbage, { run, grownBytes: growth, statusOf });
}

const ofAll = (source: 'pss' | 'rss'): string =>
  `${source === 'pss' ? 'proportional set size' : 'resident set size'} of all processes of the server together`;

/** From the first request of the load to the last answer; by the scenario's window where no ledger was written. */
function spanOf({ window, ledger, plan }: ScenarioRun): LoadSpan | null {
  if (window.endedAtUs === null) return null;
  if (ledger === null || ledger.length === 0) return { fromUs: window.startedAtUs, lastUs: window.endedAtUs };
  const isSteady = isSteadyLoad(plan, ledger);
  let [fromUs, lastUs] = [Number.POSITIVE_INFINITY, 0];
  for (let at = 0; at < ledger.length; at += 1) {
    if (!isSteady(at)) continue;
    fromUs = Math.min(fromUs, ledger.notedSendUs(at));
    if (ledger.isSignal(at)) lastUs = Math.max(lastUs, ledger.notedEndUs(at));
  }
  return lastUs === 0 ? null : { fromUs, lastUs };
}
