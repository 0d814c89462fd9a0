import type { Ledger } from '../../analysis/journal/ledger.ts';
import type { MetricsTimeline } from '../../analysis/journal/metrics-looks.ts';
import { memoryLeak } from '../../analysis/rules/memory-leak.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import type { Collection, CollectorLine, ProcessFigures, ProcessSample } from '../../contract/journal/journal.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { seeded } from '../../test/fixtures/random.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf, startUs } from '../../test/fixtures/run.ts';
import { MB, type Noise, noiseOf } from './memory-model.ts';
import type { Shape, Worker } from './shape.ts';

const cycles = 10;
const loadMs = 1_250;
const cycleMs = 4_250;
const lookMs = 1_000;

const ledgers = new Map<number, Ledger>();

function ledgerFor(perCycle: number): Ledger {
  const known = ledgers.get(perCycle);
  if (known !== undefined) return known;
  const requests = Array.from({ length: cycles * perCycle }, (_, n): MadeRequest => {
    const [cycle, within] = [Math.floor(n / perCycle), n % perCycle];
    return { atMs: cycle * cycleMs + within * (loadMs / perCycle), outcome: 'accepted', phase: `cycle_${cycle}` };
  });
  const ledger = ledgerOf(requests);
  ledgers.set(perCycle, ledger);
  return ledger;
}

/** The real rule's verdict on a simulated run: ten cycles, sampled four times a second as the monitor does. */
export function judgeSimulated(shape: Shape, noise: Noise, seed: number): Judgement {
  const random = seeded(seed);
  const looks: MetricsTimeline['looks'][number][] = [];
  const workers = Array.from({ length: shape.workers ?? 2 }, (_, n) => simulatedWorker(shape, noise, random, n));
  const server = serverOf(cycles * cycleMs + 3_000, (atMs) => {
    const seen = workers.map((worker) => worker(atMs));
    const figures = seen.flatMap(({ figures }) => figures ?? []);
    if (figures.length > 0 && atMs % lookMs === 0) {
      looks.push({ metrics: 'page', atUs: startUs + atMs * 1000, latencyMs: 3, processes: figures });
    }
    const root = processOf({ pid: 100, role: 'root', label: 'node supervisor.js', rssBytes: 50e6 + random() * 0.1e6 });
    return { processes: [root, ...seen.map(({ sample }) => sample)] };
  });
  const identity = { ...server.identity, memorySource: 'pss' as const };
  const ledger = ledgerFor(shape.perCycle ?? 100);
  const scenario = { name: 'memory-leak' as const, ledger, toMs: cycles * cycleMs };
  const run = runOf([scenario], {
    profile: shape.profile ?? builtInProfiles.embedded,
    server: { ...server, identity, metrics: { looks, failures: [], collectors: collectorsOf(shape) } },
  });
  const collections = shape.isCollected === true ? Array.from({ length: cycles }, (_, n) => collectionOf(n)) : [];
  return memoryLeak.judge({ ...run, manifest: { ...run.manifest, collections } });
}

const collectorsOf = ({ waits = [], workers = 2 }: Shape): readonly CollectorLine[] =>
  waits.length === 0
    ? []
    : Array.from({ length: workers }, (_, n) => {
        const { pid, startTicks } = processOf({ pid: 101 + n });
        return { metrics: 'collector', atUs: startUs, pid, startTicks, waits };
      });

const collectionOf = (cycle: number): Collection => ({
  atUs: startUs + (cycle * cycleMs + loadMs + 500) * 1000,
  ...{ tookMs: 50, failure: null },
});

interface Seen {
  readonly sample: ProcessSample;
  readonly figures: ProcessFigures | null;
}

/** A worker in time. Its share of the load differs a little from cycle to cycle. */
function simulatedWorker(
  { worker, workers = 2, perCycle = 100, label = 'node server.js', replaced = [] }: Shape,
  noise: Noise,
  random: () => number,
  n: number,
): (atMs: number) => Seen {
  const replacedAfter = replaced[n] ?? null;
  const shares = Array.from({ length: cycles }, () => (perCycle / workers) * (0.8 + 0.4 * random()));
  const unsteady = noiseOf(noise, random);
  let process: Worker = worker(random, n);
  let [pid, firstCycle] = [101 + n, 0];
  return (atMs) => {
    const cycle = Math.min(cycles - 1, Math.floor(atMs / cycleMs));
    if (replacedAfter !== null && cycle >= replacedAfter && firstCycle === 0) {
      process = worker(random, n);
      [pid, firstCycle] = [201 + n, replacedAfter];
    }
    const within = Math.min(1, (atMs - cycle * cycleMs) / loadMs);
    const before = shares.slice(firstCycle, cycle).reduce((sum, share) => sum + share, 0);
    const served = before + within * (shares[cycle] ?? 0);
    const ms = atMs - firstCycle * cycleMs;
    const busy = within < 1 ? 8 * MB * random() : 0;
    const rss = process.rss(served, ms) + busy + unsteady(cycle);
    const pss = process.pss === undefined ? rss : process.pss(served, ms) + busy + unsteady(cycle);
    const heap = process.heap?.(served, ms);
    const swap = process.swap === undefined ? null : Math.round(process.swap(served, ms));
    return {
      sample: processOf({ pid, label, rssBytes: Math.round(rss), pssBytes: Math.round(pss), ...swappedOut(swap) }),
      figures: heap === undefined ? null : { ...noFigures, ...heap, process: String(pid) },
    };
  };
}

const swappedOut = (swap: number | null): Pick<ProcessSample, 'swapBytes' | 'swapPssBytes'> =>
  swap === null ? {} : { swapBytes: swap, swapPssBytes: swap };

const noFigures: ProcessFigures = {
  ...{ process: null, startedAt: null, runtime: 'node', heapBytes: null, liveBytes: null, heldBytes: null },
  ...{ collections: null, residentBytes: null, cpuSeconds: null, fileDescriptors: null, maxFileDescriptors: null },
  ...{ threads: null, goroutines: null, codeBytes: null },
};
