import type { ProcessRole, ProcessSample } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import type { BuiltInScenario, ScenarioName } from '../../contract/plan/scenarios.ts';
import type { Run, ScenarioRun } from '../interpret/run.ts';
import { isSteadyLoad, steadyPhase } from '../interpret/steady-load.ts';
import type { Ledger } from '../journal/ledger.ts';
import { figuresByProcess, type MetricsTimeline } from '../journal/metrics-looks.ts';
import type { Samples } from '../journal/server-samples.ts';
import { busyRestsInWords } from '../memory/busy-rests.ts';
import { warmUpCycles } from '../memory/growth.ts';
import { type Cycle, cyclesOf, settledHalf } from '../memory/settled-memory.ts';
import { median } from '../statistics.ts';

/** Of steady load: its first blocks pay for warm-up, too. */
const steadyBlocks = 12;
const warmUpBlocks = 2;

/** A time of which one value is taken. */
export interface Block {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Equal times under equal load, after warm-up. */
export interface Blocks {
  readonly scenario: ScenarioName;
  readonly blocks: readonly Block[];
  /** Requests sent from one block to the next, whatever came of them: a server may leave open what it fails at. */
  readonly perBlock: number;
  /** Of them those that were accepted: that a server holds nothing back is seen by these alone. */
  readonly acceptedPerBlock: number;
  /** Why some of them may have no sample: to follow what is missing. */
  readonly whyMissing: string;
}

/** The rests of soak or memory-leak, which are the longest equal ones, else parts of sustained or of other steady load; null if there were none. */
export function equalBlocks(run: Run): Blocks | null {
  const named = (name: BuiltInScenario) => run.scenarios.filter((each) => each.name === name);
  const own = run.scenarios.filter(({ plan }) => steadyPhase(plan) !== null);
  const found = [...named('soak'), ...named('memory-leak'), ...named('sustained'), ...own].flatMap((scenario) =>
    scenario.ledger === null ? [] : blocksOf(scenario, scenario.ledger),
  );
  return found[0] ?? null;
}

function blocksOf(scenario: ScenarioRun, ledger: Ledger): readonly Blocks[] {
  const cycles = cyclesOf(scenario);
  if (cycles.length === 0) return steadyBlocksOf(scenario, ledger);
  const blocks = cycles.slice(warmUpCycles).map((cycle) => settledHalf(cycle, []));
  const perCycle = (of: (cycle: Cycle) => number): number =>
    cycles.reduce((sum, cycle) => sum + of(cycle), 0) / Math.max(1, cycles.length);
  return blocks.length === 0
    ? []
    : [
        {
          scenario: scenario.name,
          blocks,
          perBlock: perCycle(({ sent }) => sent),
          acceptedPerBlock: perCycle(({ accepted }) => accepted),
          whyMissing: busyRestsInWords(scenario.name, cycles),
        },
      ];
}

function steadyBlocksOf({ name, plan }: ScenarioRun, ledger: Ledger): readonly Blocks[] {
  const isSteady = isSteadyLoad(plan, ledger);
  let [fromUs, toUs, sent, accepted] = [Number.POSITIVE_INFINITY, 0, 0, 0];
  for (let at = 0; at < ledger.length; at += 1) {
    if (ledger.purposeOf(at) !== 'load' || ledger.isUnsent(at) || !isSteady(at)) continue;
    sent += 1;
    fromUs = Math.min(fromUs, ledger.notedSendUs(at));
    toUs = Math.max(toUs, ledger.notedSendUs(at));
    if (ledger.outcomeOf(at) === 'accepted') accepted += 1;
  }
  if (sent === 0) return [];
  const stepUs = (toUs - fromUs) / steadyBlocks;
  const blocks = Array.from({ length: steadyBlocks - warmUpBlocks }, (_, n) => ({
    fromUs: fromUs + (n + warmUpBlocks) * stepUs,
    toUs: fromUs + (n + warmUpBlocks + 1) * stepUs,
  }));
  const [perBlock, acceptedPerBlock] = [sent / steadyBlocks, accepted / steadyBlocks];
  return [{ scenario: name, blocks, perBlock, acceptedPerBlock, whyMissing: '' }];
}

export interface HeldByProcess {
  readonly pid: number;
  readonly role: ProcessRole;
  readonly label: string;
  /** One value per block that it lived through: without the connections that the load holds open. */
  readonly descriptors: readonly number[];
  readonly threads: readonly number[];
  /** As its metrics page says, without one for each connection; none if there is no page, or it may be of another process. */
  readonly goroutines: readonly number[];
  /** In how many blocks it was seen. */
  readonly livedBlocks: number;
  /** Nothing is known of descriptors without it. */
  readonly knowsConnections: boolean;
  /** Of the last sample: all open files, and how many it may have. */
  readonly open: number | null;
  readonly maxDescriptors: number | null;
}

interface Collected {
  last: ProcessSample;
  /** Per block. */
  readonly descriptors: number[][];
  readonly threads: number[][];
  readonly connections: number[][];
  readonly lived: Set<number>;
}

/** What each process that serves held in each block. */
export function heldByProcess(
  samples: Samples,
  blocks: readonly Block[],
  metrics: MetricsTimeline,
): readonly HeldByProcess[] {
  const found = new Map<string, Collected>();
  for (const { atUs, processes } of samples) {
    const block = blocks.findIndex(({ fromUs, toUs }) => atUs >= fromUs && atUs <= toUs);
    if (block === -1) continue;
    for (const process of processes) {
      if (process.role === 'helper') continue;
      const key = processIdentity(process);
      const known = found.get(key) ?? collectedOf(process);
      found.set(key, known);
      known.last = process;
      known.lived.add(block);
      const { fileDescriptors, connections, threads } = process;
      if (fileDescriptors !== null && connections !== undefined) {
        put(known.descriptors, block, fileDescriptors - connections);
      }
      if (threads !== null) put(known.threads, block, threads);
      if (connections !== undefined) put(known.connections, block, connections);
    }
  }
  const isOne = found.size === 1;
  return [...found.values()].map(({ last, descriptors, threads, connections, lived }) => ({
    ...{ pid: last.pid, role: last.role, label: last.label },
    ...{ descriptors: mediansOf(descriptors), threads: mediansOf(threads) },
    goroutines: isOne ? goroutinesIn(metrics, blocks, connections) : [],
    livedBlocks: lived.size,
    knowsConnections: last.connections !== undefined,
    ...{ open: last.fileDescriptors, maxDescriptors: last.maxDescriptors ?? null },
  }));
}

const collectedOf = (last: ProcessSample): Collected => ({
  ...{ last, descriptors: [], threads: [], connections: [] },
  lived: new Set<number>(),
});

/** A server in Go has a goroutine for each connection that the load holds open. */
function goroutinesIn(
  metrics: MetricsTimeline,
  blocks: readonly Block[],
  connections: readonly (readonly number[])[],
): readonly number[] {
  const [looks, ...others] = [...figuresByProcess(metrics).values()];
  if (looks === undefined || others.length > 0) return [];
  return blocks.flatMap(({ fromUs, toUs }, block) => {
    const counts = looks.flatMap(({ atUs, goroutines }) =>
      goroutines !== null && atUs >= fromUs && atUs <= toUs ? [goroutines] : [],
    );
    const [count, open] = [median(counts), median(connections[block] ?? [])];
    return count === null || open === null ? [] : [count - open];
  });
}

/** How many processes the server had in each block, those that do not serve included. */
export function processCounts(samples: Samples, blocks: readonly Block[]): readonly number[] {
  const counts: number[][] = [];
  for (const { atUs, processes } of samples) {
    const block = blocks.findIndex(({ fromUs, toUs }) => atUs >= fromUs && atUs <= toUs);
    if (block !== -1) put(counts, block, processes.length);
  }
  return mediansOf(counts);
}

function put(blocks: number[][], block: number, value: number): void {
  const values = blocks[block] ?? [];
  values.push(value);
  blocks[block] = values;
}

const mediansOf = (blocks: readonly (readonly number[])[]): readonly number[] =>
  // A process that lived through some of the blocks alone leaves holes.
  [...blocks].flatMap((values) => (values === undefined ? [] : (median(values) ?? [])));
