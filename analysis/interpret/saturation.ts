import { isFullAt } from '../../contract/journal/full-machine.ts';
import type { ServerSampleLine } from '../../contract/journal/journal.ts';
import { Column } from '../journal/column.ts';
import type { GeneratorLoad } from '../journal/generator-loads.ts';
import type { Timeline } from '../journal/timeline.ts';
import { GeneratorSpans, noSpans } from './generator-spans.ts';
import { isLoopbackUrl } from './loopback.ts';
import { type Run, type ScenarioRun, samplesHere } from './run.ts';

/** Of the cores that it may use: a generator that is busier sends late and reads late, and what it measures is its own delay. */
const saturatedShare = 0.85;

/** A generator that takes less of a full machine has others beside it to thank for the delay, and they delay a server as well. */
const substantialShare = 0.4;

/** Shorter ones, as at the end of a run, are too short to say what share was used. */
const minSpanUs = 200_000;

/**
 * When each generator had no CPU to spare: it used nearly all that it may; or it shares a machine with the server that was full, and
 * took more of it than the server did; or it waited for a CPU for longer than it ran, and no monitor saw who took the machine. What was
 * slow then does not accuse the server.
 */
export function saturationsOf(run: Run, scenario: ScenarioRun): GeneratorSpans {
  const { timeline } = scenario;
  if (timeline === null) return noSpans;
  const byServers = known.get(timeline) ?? new WeakMap<Run['servers'], GeneratorSpans>();
  known.set(timeline, byServers);
  const found = byServers.get(run.servers) ?? saturationsIn(run, timeline);
  byServers.set(run.servers, found);
  return found;
}

/** Of a timeline and what was seen of servers meanwhile. Several rules ask, and of a long run each piece. */
const known = new WeakMap<Timeline, WeakMap<Run['servers'], GeneratorSpans>>();

function saturationsIn(run: Run, timeline: Timeline): GeneratorSpans {
  if (timeline.loads.length === 0) return noSpans;
  const machine = isLoopbackUrl(run.manifest.target.baseUrl) ? new Machine(samplesHere(run)) : null;
  // If a monitor sees the machine, whoever took it is known, and it may be the server.
  const isSeen = seesMachine(samplesHere(run));
  const saturated: GeneratorLoad[] = [];
  for (const load of timeline.loads) {
    if (isShort(load)) continue;
    const isBusy = load.usedCores >= saturatedShare * load.cores || (machine?.isFullBecauseOf(load) ?? false);
    if (isBusy || (!isSeen && load.waitedForCpu)) saturated.push(load);
  }
  return new GeneratorSpans(saturated);
}

const isShort = ({ fromUs, toUs }: GeneratorLoad): boolean => toUs - fromUs < minSpanUs;

function seesMachine(samples: Iterable<ServerSampleLine>): boolean {
  for (const { machineCpuPercent, processes } of samples)
    if (machineCpuPercent !== null && processes.length > 0) return true;
  return false;
}

/** The most of its cores that a generator used, from 0 to 1; null if none told. */
export function maxLoadShare({ timeline }: ScenarioRun): number | null {
  let most: number | null = null;
  for (const load of timeline?.loads ?? []) {
    if (!isShort(load)) most = Math.max(most ?? 0, load.usedCores / load.cores);
  }
  return most;
}

/** The machine that generator and server share, as the monitor sampled it. */
class Machine {
  /** Of the samples at which it was full, in order of time: of a long run on a full machine these are hundreds of thousands. */
  private readonly atUs = new Column(Float64Array);
  private readonly serverCores = new Column(Float64Array);
  private readonly samples: number;

  constructor(samples: Iterable<ServerSampleLine>) {
    let full = 0;
    for (const { atUs, machineCpuPercent, processes } of samples) {
      if (!isFullAt(machineCpuPercent)) continue;
      this.atUs.set(full, atUs);
      this.serverCores.set(full, processes.reduce((sum, { cpuPercent }) => sum + (cpuPercent ?? 0), 0) / 100);
      full += 1;
    }
    this.samples = full;
  }

  /** Samples of CPU tell of the second before them. */
  isFullBecauseOf({ fromUs, toUs, usedCores, cores }: GeneratorLoad): boolean {
    if (usedCores < substantialShare * cores) return false;
    const first = this.firstFrom(fromUs);
    let at = first;
    for (; at < this.samples && this.atUs.get(at) <= toUs + 500_000; at += 1) {
      if (usedCores <= this.serverCores.get(at)) return false;
    }
    return at > first;
  }

  /** By binary search: a load a second against four samples a second is too much for all pairs. */
  private firstFrom(fromUs: number): number {
    let [low, high] = [0, this.samples];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.atUs.get(middle) < fromUs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
