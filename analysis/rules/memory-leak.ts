import { kilobytes, megabytes } from '../../contract/report/figures.ts';
import type { Measure } from '../../contract/report/report.ts';
import { type Run, type ScenarioRun, serverOf } from '../interpret/run.ts';
import type { ServerTimeline } from '../journal/server.ts';
import { leftOutInWords, type SharedLeak, sharedLeak } from '../memory/alike-growth.ts';
import { busyRestsInWords, restSize } from '../memory/busy-rests.ts';
import { type Growth, mayLeak, warmUpCycles } from '../memory/growth.ts';
import { growthPictures } from '../memory/growth-pictures.ts';
import { type Cause, causeOf, heapLines, hiddenIn } from '../memory/leak-causes.ts';
import { type LeakEvidence, leakEvidence, type ProcessGrowth } from '../memory/leak-evidence.ts';
import { howToTell } from '../memory/page-figures.ts';
import { minSettled } from '../memory/settled-memory.ts';
import { statedLeaks, type VisibleLeaks, visibleLeaks } from '../memory/smallest-leak.ts';
import { growsUntilReplaced, workerLives } from '../memory/worker-lives.ts';
import { counted } from '../words.ts';
import { withoutProcesses } from './foreseen.ts';
import { tellingLeftOut } from './left-out.ts';
import { count, measure } from './measure.ts';
import { memoryAdvice, memoryAdviceOn } from './memory-advice.ts';
import { judgeReplaced, servedInWords } from './replaced-workers.ts';
import { type Judgement, ledgerFiles, monitorFiles, ofScenarios, type Rule, scenariosOf } from './rule.ts';

export const memoryLeak: Rule<'memory-leak'> = {
  id: 'memory-leak',
  title: 'Memory leak over the load/settle cycles',
  question: 'Does memory grow?',
  evidence:
    "memory-leak and soak: settled memory of each process after each cycle, and its runtime's own heap if it is told",
  thresholds: () => ({ pass: 'no leak', warn: 'growth hidden by replacing workers', fail: 'leak' }),
  faults: ['leak', 'growth hidden by replacing workers'],
  advice: memoryAdvice,
  scenarios: ['memory-leak', 'soak'],
  unanswered: () => 'needs equal cycles of load and rest, which memory-leak and soak have',
  foretold: withoutProcesses,
  bridgesPauses: true,
  needs: (run) => [...monitorFiles(run), ...scenariosOf(memoryLeak, run).flatMap((name) => ledgerFiles(run, name))],
  judge(run) {
    const names = scenariosOf(memoryLeak, run);
    const judged = run.scenarios
      .filter(({ name }) => names.includes(name))
      .map((scenario) => ({ scenario: scenario.name, ...leakDuring(run, scenario) }));
    return tellingLeftOut(run, ofScenarios(judged, missing));
  },
};

const missing = 'the cycles and samples of the server are both needed, and one is missing';

function leakDuring(run: Run, scenario: ScenarioRun): Judgement {
  const { minGrowthBytes, coarsestBytesPerRequest } = run.manifest.profile.criteria.leak;
  const server = serverOf(run);
  if (scenario.ledger === null || server === null) return { status: 'inconclusive', summary: missing };
  const evidence = leakEvidence(run, scenario, server);
  const { cycles, accepted, processes, heaps, served } = evidence;
  if ((processes.length === 0 && heaps.every(({ growth }) => growth === null)) || accepted === 0) {
    return {
      status: 'inconclusive',
      summary: `no process has the ${minSettled + warmUpCycles} values of settled memory that a verdict needs (${counted(cycles.length, 'cycle')}, ${accepted} accepted)${whyMissing(scenario, evidence)}`,
    };
  }
  const possible = visibleLeaks(evidence);
  const suspects = processes.filter(({ isSuspect }) => isSuspect);
  const bytesPerRequest = suspects.reduce((sum, { growth }) => sum + growth.slope, 0) / served.perCycle;
  const of = { run, server, bytesPerRequest };
  const found = suspects.map((suspect) => ({ suspect, cause: causeOf(suspect, evidence, of) }));
  const leaking = leakingOf(found, evidence);
  const leak = leakOf(leaking.leaked, served.perCycle);
  const hidden = leak.value > 0 ? 0 : hiddenPerRequest(found, evidence);
  const stated = statedLeaks(possible, [leak.value, bytesPerRequest], hidden);
  const facts = {
    measures: [
      leak,
      ...visibleMeasures(stated, coarsestBytesPerRequest),
      count('cycles', cycles.length),
      count('accepted', accepted),
    ],
    evidence: [...processes.map(settledLine), ...servedLines(evidence), ...heapLines(heaps, server.metrics)],
    pictures: growthPictures(evidence, leaking.leaked, run.manifest.startedAtUs),
  };
  const visible = visibleInWords(stated);
  const toTell = howToTell(server.metrics, run.manifest.profile.monitoring.collect !== null);
  if (leaking.leaked.length > 0) {
    return leakFound(leaking, leak.value, evidence, { ...facts, ...{ visible, toTell, server } });
  }
  if (leaking.undecided.length > 0) {
    const grown = suspects.reduce((sum, { growth }) => sum + growth.grownBytes, 0);
    return {
      status: 'inconclusive',
      summary: `memory grew by ${kilobytes(bytesPerRequest)} per request (+${megabytes(grown)}): ${[...new Set(leaking.undecided.map(({ why }) => why))].join('; ')}`,
      ...facts,
      evidence: [...facts.evidence, ...new Set(leaking.undecided.map(({ tell }) => tell ?? toTell))],
    };
  }
  const isCoarse = possible.smallest + hidden > coarsestBytesPerRequest;
  if (isOfOthers(evidence, isCoarse) || isHiddenByReplacing(server, evidence)) {
    return judgedByLives(judgeReplaced(run, server, evidence), evidence);
  }
  const unsteady = processes.filter(({ growth }) => mayLeak(growth, minGrowthBytes));
  if (unsteady.length > 0) return { ...doubtful(unsteady, visible), ...facts };
  if (isCoarse) {
    const why =
      hidden > possible.smallest ? 'RSS grew by more than the heap of the runtime' : 'memory is too unsteady to tell';
    return { status: 'inconclusive', summary: `${why}: ${visible}`, ...facts };
  }
  return { status: 'pass', summary: `${steadyInWords(found, evidence)}${visible}`, ...facts };
}

function whyMissing({ name }: ScenarioRun, { overlong, cycles }: LeakEvidence): string {
  if (overlong.length === 0) return busyRestsInWords(name, cycles);
  const longestMs = overlong.reduce((max, { tookMs }) => Math.max(max, tookMs), 0);
  return `: in ${overlong.length} of ${counted(cycles.length, 'rest')} the collection that was asked for took longer than the rest, up to ${longestMs} ms: raise ${restSize(name)}`;
}

const someReplaced = ({ heaps, shortLived }: LeakEvidence): boolean =>
  shortLived.length > 0 && heaps.every(({ growth }) => growth === null);

/** Memory is known of processes alone that do not serve, or so little that it shows no leak. */
const isOfOthers = (evidence: LeakEvidence, isCoarse: boolean): boolean =>
  someReplaced(evidence) &&
  (evidence.processes.every(({ process }) => process.role !== 'worker') ||
    (isCoarse && evidence.served.share < minServedShare));

/** Below it what was replaced served more than what lived on. */
const minServedShare = 0.5;

/** What lived on does not grow, and all that was replaced does. */
const isHiddenByReplacing = ({ samples }: ServerTimeline, evidence: LeakEvidence): boolean =>
  someReplaced(evidence) && growsUntilReplaced(workerLives(samples, evidence));

/** What the master's memory shows is told, and its figures are not: they say nothing of the workers. */
function judgedByLives(
  judged: ReturnType<typeof judgeReplaced>,
  { processes, cycles, accepted }: LeakEvidence,
): Judgement {
  return {
    ...judged,
    measures: [...judged.measures, count('cycles', cycles.length), count('accepted', accepted)],
    evidence: [...judged.evidence, ...processes.map(settledLine)],
  };
}

/** With what grew, and is not a leak. */
function steadyInWords(found: Found, { cycles, accepted }: LeakEvidence): string {
  const cleared = found.flatMap(({ cause }) => (cause.kind === 'cleared' ? [cause.why] : []));
  const notes = [...new Set(cleared)].map((why) => `RSS grew, and it is not a leak: ${why}; `).join('');
  const what = cleared.length > 0 ? 'no leak' : 'no steady growth';
  return `${what} over ${counted(cycles.length, 'cycle')} and ${accepted} accepted requests; ${notes}`;
}

function doubtful(unsteady: readonly ProcessGrowth[], visible: string): Pick<Judgement, 'status' | 'summary'> {
  const grown = unsteady.reduce((sum, { growth }) => sum + growth.grownBytes, 0);
  return {
    status: 'inconclusive',
    summary: `memory grew by ${megabytes(grown)}, too unsteadily to tell whether it goes on: ${visible}`,
  };
}

type Found = readonly { readonly suspect: ProcessGrowth; readonly cause: Cause }[];

const visibleInWords = ({ smallest, outsideHeap }: VisibleLeaks): string =>
  `the smallest leak that this run could have seen is ${kilobytes(smallest)} per request${outsideHeap === null ? '' : ` on the heap of the runtime, and ${kilobytes(outsideHeap)} outside it`}`;

const visibleMeasures = ({ smallest, outsideHeap }: VisibleLeaks, coarsest: number): readonly Measure[] => [
  measure('smallest-visible-leak', smallest, 'bytes/request', { threshold: coarsest }),
  ...(outsideHeap === null ? [] : [measure('smallest-visible-leak-outside-heap', outsideHeap, 'bytes/request')]),
];

/** What may leak beside what explains that memory grew. */
function hiddenPerRequest(found: Found, { served }: LeakEvidence): number {
  return found.reduce((sum, { cause }) => sum + hiddenIn(cause), 0) / served.requests;
}

interface Leaking {
  /** The growths that are leaks, of heaps and of resident memory. */
  readonly leaked: readonly Growth[];
  /** How garbage was ruled out; null where it was not. */
  readonly bases: readonly (string | null)[];
  readonly undecided: readonly Extract<Cause, { readonly kind: 'undecided' }>[];
  readonly shared: SharedLeak;
}

function leakingOf(found: Found, { heaps, processes }: LeakEvidence): Leaking {
  const ofHeaps = heaps.flatMap(({ state, growth }) => (state === 'leaks' && growth !== null ? [growth] : []));
  const ofProcesses = found.flatMap(({ suspect, cause }) => (cause.kind === 'leak' ? [{ suspect, cause }] : []));
  const suspects = ofProcesses.map(({ suspect }) => suspect);
  const shared = sharedLeak(suspects, processes);
  return {
    leaked: [...ofHeaps, ...[...suspects, ...shared.alsoGrowing].map(({ growth }) => growth)],
    shared,
    bases: [
      ...ofHeaps.map(() => "on the runtime's own heap, after collections"),
      ...ofProcesses.map(({ cause }) => cause.basis),
    ],
    undecided: found.flatMap(({ cause }) => (cause.kind === 'undecided' ? [cause] : [])),
  };
}

function leakFound(
  { leaked, bases, shared }: Leaking,
  perRequest: number,
  { judgedCycles }: LeakEvidence,
  facts: Pick<Judgement, 'measures' | 'pictures'> & {
    readonly evidence: readonly string[];
    readonly visible: string;
    readonly toTell: string;
    readonly server: ServerTimeline;
  },
): Judgement {
  const grown = leaked.reduce((sum, { grownBytes }) => sum + grownBytes, 0);
  const known = [...new Set(bases)].filter((basis) => basis !== null);
  const isCertain = known.length > 0;
  const leftOut = leftOutInWords(shared);
  const over = `+${megabytes(grown)} over ${counted(judgedCycles, 'cycle')}`;
  return {
    status: 'fail',
    summary: isCertain
      ? `about ${kilobytes(perRequest)} leaked per request: ${over}, ${known.join(', ')}`
      : `about ${kilobytes(perRequest)} leaked per request, or left as garbage by a collector that has not run: ${over}`,
    measures: facts.measures ?? [],
    pictures: facts.pictures ?? [],
    evidence: [
      ...facts.evidence,
      ...(leftOut === null ? [] : [leftOut]),
      facts.visible,
      ...(isCertain ? [] : [facts.toTell]),
    ],
    advice: memoryAdviceOn(facts.server, [isCertain ? 'leak' : 'leak or garbage']),
  };
}

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

/** Of whom the verdict is, where some were replaced. */
function servedLines({ served: { share }, shortLived, processes }: LeakEvidence): readonly string[] {
  const workers = processes.filter(({ process }) => process.role === 'worker').length;
  if (shortLived.length === 0 || workers === 0) return [];
  return [
    `${servedInWords(workers, share)}, by the CPU that they used: ${counted(shortLived.length, 'other')} began or ended meanwhile`,
  ];
}

function settledLine({ process, growth }: ProcessGrowth): string {
  const { slope, low, high, persists, grownBytes, givenBackBytes } = growth;
  const settled = process.settled.map(({ bytes }) => (bytes / 1e6).toFixed(1)).join(', ');
  const pace = `${kilobytes(slope)} per cycle after warm-up (95% interval ${kilobytes(low)} to ${kilobytes(high)})${persists ? ', not fading' : ''}`;
  return `process ${process.pid} (${process.role}): settled memory ${settled} MB; ${pace}; at its end ${megabytes(grownBytes - givenBackBytes)} above the maximum of warm-up`;
}
