import { processIdentity } from '../../contract/journal/process-identity.ts';
import { processBytes } from '../../contract/journal/tree-memory.ts';
import type { Samples } from '../journal/server-samples.ts';
import { median } from '../statistics.ts';
import type { LeakEvidence } from './leak-evidence.ts';
import type { Cycle, ProcessMemory } from './settled-memory.ts';

/** What one worker grew by after its own warm-up: from its second rest to its last one. */
export interface LifeGrowth {
  readonly grownBytes: number;
  /** The same as proportional set sizes; null where the kernel gives none. */
  readonly grownPss: number | null;
  /** About how many requests it accepted meanwhile. */
  readonly requests: number;
  /** Bytes from rest to rest, in order. */
  readonly steps: readonly number[];
}

/** One worker that did not live through as many rests as a verdict needs. */
export interface WorkerLife {
  readonly process: ProcessMemory;
  /** It ended before the cycles did. */
  readonly isReplaced: boolean;
  readonly lastBytes: number;
  /** Null if it lived through fewer than three rests. */
  readonly growth: LifeGrowth | null;
}

interface Life {
  readonly firstUs: number;
  readonly lastUs: number;
  readonly lastBytes: number;
}

/** The lives of the workers that are replaced during a run. */
export function workerLives(samples: Samples, { cycles, shortLived }: LeakEvidence): readonly WorkerLife[] {
  const last = cycles.at(-1);
  if (last === undefined) return [];
  const seen = new Map<string, Life>();
  let untilUs = 0;
  for (const { atUs, processes } of samples) {
    if (atUs > last.settleEndUs) break;
    untilUs = atUs;
    for (const process of processes) {
      const lastBytes = processBytes(process, 'rss');
      if (lastBytes === null) continue;
      const key = processIdentity(process);
      seen.set(key, { firstUs: seen.get(key)?.firstUs ?? atUs, lastUs: atUs, lastBytes });
    }
  }
  const shares = cycles.map((cycle) => cycle.accepted / Math.max(1, workersDuring(samples, cycle)));
  return shortLived.flatMap((process) => {
    const life = seen.get(processIdentity(process));
    if (life === undefined) return [];
    const { firstUs, lastUs, lastBytes } = life;
    const firstLoad = cycles.findIndex(({ loadEndUs }) => loadEndUs > firstUs);
    return [{ process, isReplaced: lastUs < untilUs, lastBytes, growth: growthIn(process, firstLoad, shares) }];
  });
}

/** How many workers share the load of a cycle. */
function workersDuring(samples: Samples, { loadStartUs, loadEndUs }: Cycle): number {
  const counts = samples.flatMap(({ atUs, processes }) =>
    atUs >= loadStartUs && atUs <= loadEndUs ? [processes.filter(({ role }) => role === 'worker').length] : [],
  );
  return median(counts) ?? 0;
}

function growthIn(
  { settled, settledPss, firstCycle }: ProcessMemory,
  firstLoad: number,
  shares: readonly number[],
): LifeGrowth | null {
  // What it grew by until the second rest after it began to serve was its warm-up.
  const judged = settled.filter(({ cycle }) => firstLoad !== -1 && firstCycle + cycle > firstLoad);
  const [from, to] = [judged[0], judged.at(-1)];
  if (from === undefined || to === undefined || from === to) return null;
  const pssOf = (at: number): number | null => settledPss.find(({ cycle }) => cycle === at)?.bytes ?? null;
  const [pssBefore, pssAfter] = [pssOf(from.cycle), pssOf(to.cycle)];
  const served = shares.slice(firstCycle + from.cycle + 1, firstCycle + to.cycle + 1);
  return {
    grownBytes: to.bytes - from.bytes,
    grownPss: pssBefore === null || pssAfter === null ? null : pssAfter - pssBefore,
    requests: served.reduce((sum, share) => sum + share, 0),
    steps: judged.slice(1).map(({ bytes }, n) => bytes - (judged[n]?.bytes ?? 0)),
  };
}

/** So many workers that all grow alike are no chance. */
const minLives = 4;
/** A life of one step cannot show whether growth fades. */
const minSteps = 2;
/** A leak keeps growing at its early pace, in each life and, where chance evens out, more so in all of them together. */
const keptInEach = 0.6;
const keptInAll = 0.8;
/** A young process takes tens of megabytes for start-up, pools and caches, however evenly. */
const startUpBytes = 20e6;
/** Pages that workers share with their parent count in full in the RSS of whoever touches them. */
const ownShare = 0.5;

/** Whether every worker grows steadily until it is replaced, without fading, and beyond what start-up takes. */
export function growsUntilReplaced(lives: readonly WorkerLife[]): boolean {
  const grown = lives.flatMap(({ growth }) => (growth !== null && growth.steps.length >= minSteps ? [growth] : []));
  if (grown.length < minLives || lives.every(({ isReplaced }) => !isReplaced)) return false;
  // A worker that did not grow, though too briefly seen to show how, speaks against it, too.
  if (lives.some(({ growth }) => growth !== null && growth.grownBytes <= 0)) return false;
  if (grown.some(({ steps }) => steps.some((step) => step <= 0))) return false;
  const sum = (of: (growth: LifeGrowth) => number): number => grown.reduce((all, growth) => all + of(growth), 0);
  const own = sum(({ grownPss, grownBytes }) => grownPss ?? grownBytes);
  return (
    grown.every(({ grownBytes }) => grownBytes >= startUpBytes) &&
    grown.every(({ steps }) => keeps(steps, keptInEach)) &&
    sum(({ steps }) => paces(steps).late) >= keptInAll * sum(({ steps }) => paces(steps).early) &&
    own >= ownShare * sum(({ grownBytes }) => grownBytes)
  );
}

const keeps = (steps: readonly number[], share: number): boolean => paces(steps).late >= share * paces(steps).early;

/** Mean step of either half of a life; the one in the middle counts in both. */
function paces(steps: readonly number[]): { readonly early: number; readonly late: number } {
  const half = Math.ceil(steps.length / 2);
  const mean = (of: readonly number[]): number => of.reduce((all, step) => all + step, 0) / of.length;
  return { early: mean(steps.slice(0, half)), late: mean(steps.slice(-half)) };
}
