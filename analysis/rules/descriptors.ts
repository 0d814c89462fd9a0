import type { Status } from '../../contract/report/criteria.ts';
import type { Measure } from '../../contract/report/report.ts';
import { type Run, samplesOf, serverOf } from '../interpret/run.ts';
import { withoutSteadyLoad } from '../interpret/steady-load.ts';
import { noMetrics } from '../journal/metrics-looks.ts';
import { type Blocks, equalBlocks, type HeldByProcess, heldByProcess, processCounts } from '../resources/held.ts';
import { minValues, type SteadyGrowth, steadyGrowth } from '../resources/steady-growth.ts';
import { counted } from '../words.ts';
import { type HeldFault, heldAdvice, heldAdviceOn } from './descriptors-advice.ts';
import { undecidable, withoutProcesses } from './foreseen.ts';
import { tellingLeftOut } from './left-out.ts';
import { count, measure } from './measure.ts';
import { type Judgement, ledgerFiles, monitorFiles, type Rule, scenariosOf } from './rule.ts';

export const descriptors: Rule<'descriptors'> = {
  id: 'descriptors',
  title: 'Descriptors and threads',
  question: 'Does memory grow?',
  evidence:
    'open files and threads of each process (of one in Go its goroutines, too, if its metrics page is given), and how many processes there are, after each cycle of soak or memory-leak, else in equal parts of sustained, without the connections that the load holds open; how many files it may have open',
  thresholds: ({ descriptors: { minGrowth, nearLimit } }) => ({
    pass: 'no steady growth',
    warn: `steady growth by ${minGrowth} or more, or ${nearLimit * 100}% of the open files that a process may have`,
    fail: 'both',
  }),
  faults: ['descriptors leak', 'threads leak', 'goroutines leak', 'processes leak', 'near the limit of open files'],
  advice: heldAdvice,
  scenarios: ['sustained', 'memory-leak', 'soak'],
  unanswered: withoutSteadyLoad,
  foretold: (seen) =>
    withoutProcesses(seen) ?? (seen.seesDescriptors ? null : undecidable("the server's descriptors may not be seen")),
  bridgesPauses: true,
  needs: (run) => [...monitorFiles(run), ...scenariosOf(descriptors, run).flatMap((name) => ledgerFiles(run, name))],
  judge: (run) => tellingLeftOut(run, judgedOf(run)),
};

function judgedOf(run: Run): Judgement {
  const { minGrowth, nearLimit } = run.manifest.profile.criteria.descriptors;
  const samples = samplesOf(run);
  const equal = equalBlocks(run);
  if (samples.length === 0 || equal === null) {
    return {
      status: 'inconclusive',
      summary: 'requests and samples of the server are both needed, and one is missing',
    };
  }
  const held = heldByProcess(samples, equal.blocks, serverOf(run)?.metrics ?? noMetrics);
  if (held.length === 0) {
    return {
      status: 'inconclusive',
      summary: `no sample of the server falls into the equal times of ${equal.scenario}${equal.whyMissing}`,
    };
  }
  const isUnknown = held.every(({ knowsConnections }) => !knowsConnections);
  if (isUnknown && !areHidden(run)) {
    return { status: 'not-run', summary: 'nothing was recorded of connections, and so of descriptors' };
  }
  const counts = processCounts(samples, equal.blocks);
  const of = { minGrowth, nearLimit, processes: steadyGrowth(counts), seenBlocks: counts.length };
  const judged = judgement(held, equal, of);
  if (judged.status !== 'pass' || !(isUnknown || held.some(isHidden))) return judged;
  return {
    ...judged,
    status: 'inconclusive',
    summary: "the server's descriptors may not be seen: run the monitor as its user, or as root",
  };
}

/** Whether nobody saw a socket where they show: other systems than Linux have no id of their start, and show none. */
function areHidden(run: Run): boolean {
  for (const { sockets } of samplesOf(run)) if (sockets !== null) return false;
  return typeof serverOf(run)?.identity.bootId === 'string';
}

/** Of one that lived for a moment nobody may have asked in time. */
const isHidden = ({ descriptors: seen, livedBlocks }: HeldByProcess): boolean =>
  seen.length === 0 && livedBlocks >= minValues;

const kinds = ['descriptors', 'threads', 'goroutines'] as const;

interface Grown {
  readonly process: HeldByProcess;
  readonly what: (typeof kinds)[number];
  readonly growth: SteadyGrowth;
}

interface Bounds {
  readonly minGrowth: number;
  readonly nearLimit: number;
  /** Of how many processes the server has. */
  readonly processes: SteadyGrowth | null;
  /** The equal times with a sample in them. */
  readonly seenBlocks: number;
}

function judgement(
  held: readonly HeldByProcess[],
  equal: Blocks,
  { minGrowth, nearLimit, processes, seenBlocks }: Bounds,
): Judgement {
  const growths = held.flatMap((process) =>
    kinds.flatMap((what): readonly Grown[] => {
      const growth = steadyGrowth(process[what]);
      return growth === null ? [] : [{ process, what, growth }];
    }),
  );
  const growing = growths.filter(({ growth }) => growth.isSteady && growth.grown >= minGrowth);
  const near = held.filter((each) => useOf(each) >= nearLimit);
  const jobs = processes?.isSteady && processes.grown >= minGrowth ? [processes] : [];
  const measures = measuresOf(growing, held, equal);
  const evidence = growths.map((grown) => growthLine(grown, equal));
  if (growing.length + jobs.length + near.length === 0) {
    if (growths.length === 0) {
      const summary =
        seenBlocks < minValues
          ? `${seenBlocks} of the ${counted(equal.blocks.length, 'equal time')} of ${equal.scenario} ${seenBlocks === 1 ? 'has' : 'have'} a sample, ${minValues} needed${equal.whyMissing}`
          : `no process lived through the ${minValues} times of ${equal.scenario} that a verdict needs`;
      return { status: 'inconclusive', summary, measures };
    }
    if (equal.acceptedPerBlock * equal.blocks.length < minGrowth) {
      return { status: 'inconclusive', summary: 'too few accepted requests to see a leak', measures, evidence };
    }
    const uneven = unevenInWords(growths, { minGrowth, processes }, equal);
    if (uneven !== null) return { status: 'inconclusive', summary: uneven, measures, evidence };
    return { status: 'pass', summary: `no steady growth in ${equal.scenario}`, measures, evidence };
  }
  const isBoth = near.some((each) => growing.some(({ process, what }) => process === each && what === 'descriptors'));
  const status: Status = isBoth ? 'fail' : 'warn';
  const jobsInWords = jobs.map(
    ({ slope, grown }) =>
      `${Number(((100 * slope) / equal.perBlock).toPrecision(2))} processes more per 100 requests: +${Math.round(grown)} in ${equal.scenario}`,
  );
  const summary = [...summariesOf(growing, equal), ...jobsInWords, ...near.map(nearInWords)].join('; ');
  const faults: readonly HeldFault[] = [
    ...kinds.filter((kind) => growing.some(({ what }) => what === kind)),
    ...(jobs.length > 0 ? (['processes'] as const) : []),
    ...(near.length > 0 ? (['near the limit'] as const) : []),
  ];
  return { status, summary, measures, evidence, advice: heldAdviceOn(faults) };
}

/** What grew in a part of the time, and at its end; null if nothing did. */
function unevenInWords(
  growths: readonly Grown[],
  { minGrowth, processes }: Pick<Bounds, 'minGrowth' | 'processes'>,
  { scenario }: Blocks,
): string | null {
  const all = [...growths, ...(processes === null ? [] : [{ what: 'processes' as const, growth: processes }])];
  const uneven = all.filter(({ growth }) => growth.isUneven && growth.grown >= minGrowth);
  if (uneven.length === 0) return null;
  const told = [...kinds, 'processes' as const].flatMap((what) => {
    const grown = uneven.reduce((sum, each) => sum + (each.what === what ? each.growth.grown : 0), 0);
    return grown === 0 ? [] : [`${Math.round(grown)} ${what} more`];
  });
  return `${told.join(', ')} in ${scenario}, all in a part of it and up to its end: a leak that began late, or a pool that was still filling; raise ${lengthOf[scenario] ?? 'its duration'}`;
}

/** The size that makes a scenario last longer. */
const lengthOf: Readonly<Record<string, string>> = {
  sustained: 'SUSTAINED_SECONDS',
  'memory-leak': 'LEAK_CYCLES',
  soak: 'SOAK_SECONDS',
};

const useOf = ({ open, maxDescriptors }: HeldByProcess): number =>
  open === null || maxDescriptors === null ? 0 : open / maxDescriptors;

const perHundred = (growing: readonly Grown[], what: Grown['what'], { perBlock }: Blocks): number =>
  (growing.filter((each) => each.what === what).reduce((sum, { growth }) => sum + growth.slope, 0) / perBlock) * 100;

function measuresOf(growing: readonly Grown[], held: readonly HeldByProcess[], equal: Blocks): readonly Measure[] {
  const use = held.reduce((most, each) => Math.max(most, useOf(each)), 0);
  return [
    count('descriptors-per-100-requests', perHundred(growing, 'descriptors', equal), { threshold: 0 }),
    count('threads-per-100-requests', perHundred(growing, 'threads', equal), { threshold: 0 }),
    ...(held.some(({ goroutines }) => goroutines.length > 0)
      ? [count('goroutines-per-100-requests', perHundred(growing, 'goroutines', equal), { threshold: 0 })]
      : []),
    measure('used-of-limit', use, 'share'),
    count('processes', held.length),
  ];
}

function summariesOf(growing: readonly Grown[], equal: Blocks): readonly string[] {
  return kinds.flatMap((what) => {
    const own = growing.filter((each) => each.what === what);
    if (own.length === 0) return [];
    const grown = own.reduce((sum, { growth }) => sum + growth.grown, 0);
    const rate = Number(perHundred(growing, what, equal).toPrecision(2));
    const text = `${rate} ${what} more per 100 requests: +${Math.round(grown)} in ${equal.scenario}`;
    const left = what === 'descriptors' ? own.flatMap((each) => leftInWords(each, equal)) : [];
    return [[text, ...left.slice(0, 1)].join('; ')];
  });
}

/** After how many more requests a process has as many open files as it may have. */
function leftInWords(
  { process: { pid, open, maxDescriptors }, growth }: Grown,
  { perBlock }: Blocks,
): readonly string[] {
  if (open === null || maxDescriptors === null) return [];
  const requests = ((maxDescriptors - open) / growth.slope) * perBlock;
  return [
    `process ${pid} may have ${maxDescriptors} open, and reaches that after about ${Number(requests.toPrecision(2))} more requests to the server`,
  ];
}

function nearInWords(process: HeldByProcess): string {
  return `process ${process.pid} has ${process.open} of ${process.maxDescriptors} files open that it may have`;
}

function growthLine({ process, what, growth }: Grown, { blocks }: Blocks): string {
  const { pid, role, label } = process;
  const values = process[what].map((value) => Math.round(value)).join(', ');
  const course = growth.isUneven ? ', in a part of them' : ', fading';
  const fading = growth.low > 0 && !growth.isSteady ? course : '';
  return `${role} ${pid} (${label}): ${what} ${values} in ${counted(blocks.length, 'equal time')}${fading}`;
}
