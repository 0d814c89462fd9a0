import { processIdentity } from '../../contract/journal/process-identity.ts';
import type { Samples } from '../journal/server-samples.ts';
import { warmUpCycles } from './growth.ts';
import type { Cycle, ProcessMemory } from './settled-memory.ts';

/** Accepted requests that the processes whose growth is known served, after the warm-up of each. */
export interface Served {
  /** In each cycle, all together. */
  readonly perCycle: number;
  readonly requests: number;
  /** Of all that were accepted after warm-up. */
  readonly share: number;
  /** Of these processes, those that served next to nothing beside the others. */
  readonly idle: readonly ProcessMemory[];
}

/** Beside the one that served most. */
const idleShare = 0.1;

/** CPU is counted in ticks of 10 ms: half of one in a second is not told from nothing. So much has everybody that is there. */
const minPercent = 0.5;

interface Of {
  readonly cycles: readonly Cycle[];
  /** Accepted in each of them. */
  readonly perCycle: number;
  /** Those whose growth is known, and the workers of which it is not. */
  readonly judged: readonly ProcessMemory[];
  readonly shortLived: readonly ProcessMemory[];
}

/**
 * A worker that lives on while others are replaced may have served little, and then its memory says little: the CPU that each used under load
 * tells who served what. Of a server without workers whose growth is known all counts.
 */
export function servedBy(samples: Samples, { cycles, perCycle, judged, shortLived }: Of): Served {
  const judgedCycles = Math.max(0, cycles.length - warmUpCycles - 1);
  const all = { perCycle, requests: perCycle * judgedCycles, share: 1, idle: [] };
  const workers = judged.filter(({ role }) => role === 'worker');
  const lives = workers.map((worker) => ({ worker, ...lifeOf(worker) }));
  const areWhole = lives.every(({ from, to }) => from === warmUpCycles + 1 && to === cycles.length - 1);
  if (workers.length === 0 || perCycle === 0 || (areWhole && shortLived.length === 0)) return all;
  const shares = sharesOf(samples, cycles);
  const served = lives.map(({ worker, from, to }) => {
    const of = shares.slice(from, to + 1).filter(({ size }) => size > 0);
    const sum = of.reduce((total, share) => total + (share.get(processIdentity(worker)) ?? 0), 0);
    const mean = perCycle * (of.length === 0 ? 1 / lives.length : sum / of.length);
    return { worker, mean, requests: mean * (to - from + 1) };
  });
  const requests = served.reduce((sum, each) => sum + each.requests, 0);
  const inEach = served.reduce((sum, { mean }) => sum + mean, 0);
  const highest = served.reduce((max, { mean }) => Math.max(max, mean), 0);
  const idle = served.flatMap(({ worker, mean }) => (mean < idleShare * highest ? [worker] : []));
  return { perCycle: inEach, requests, share: Math.min(1, requests / all.requests), idle };
}

/** The cycles of the run by whose requests it grew after its own warm-up. */
function lifeOf({ settled, firstCycle }: ProcessMemory): { readonly from: number; readonly to: number } {
  const first = settled.find(({ cycle }) => cycle >= warmUpCycles)?.cycle ?? 0;
  return { from: firstCycle + first + 1, to: firstCycle + (settled.at(-1)?.cycle ?? 0) };
}

/** CPU of one worker in one cycle, in percent of a core. */
interface Use {
  /** Of all samples under load. */
  sum: number;
  count: number;
  /** At rest, where a collection may come in between. */
  lowest: number;
}

/** A sample tells the CPU of the second before it. */
const cpuOverUs = 1_000_000;

/** For each cycle what each worker served of it, all together 1; empty where no sample tells. */
function sharesOf(samples: Samples, cycles: readonly Cycle[]): readonly ReadonlyMap<string, number>[] {
  const uses = cycles.map(() => new Map<string, Use>());
  let at = 0;
  for (const { atUs, processes } of samples) {
    while (at < cycles.length && atUs > (cycles[at]?.settleEndUs ?? 0)) at += 1;
    const [cycle, known] = [cycles[at], uses[at]];
    if (cycle === undefined || known === undefined) break;
    if (atUs <= cycle.loadStartUs) continue;
    const isRest = atUs > cycle.loadEndUs + cpuOverUs;
    for (const process of processes) {
      if (process.role !== 'worker') continue;
      const key = processIdentity(process);
      const use = known.get(key) ?? { sum: 0, count: 0, lowest: Number.POSITIVE_INFINITY };
      known.set(key, use);
      const percent = process.cpuPercent ?? 0;
      use.sum += isRest ? 0 : percent;
      use.count += isRest ? 0 : 1;
      use.lowest = isRest ? Math.min(use.lowest, percent) : use.lowest;
    }
  }
  return uses.map(sharesIn);
}

/** What a worker does at rest, too, is no request. */
function sharesIn(uses: ReadonlyMap<string, Use>): ReadonlyMap<string, number> {
  const ofLoad = [...uses].map(([key, { sum, count, lowest }]) => {
    const idle = Number.isFinite(lowest) ? lowest : 0;
    return { key, cpu: count * minPercent + Math.max(0, sum - idle * count) };
  });
  const cpu = ofLoad.reduce((sum, use) => sum + use.cpu, 0);
  return new Map(cpu === 0 ? [] : ofLoad.map((use) => [use.key, use.cpu / cpu]));
}
