import { treeCpuPercent } from '../../contract/journal/tree-cpu.ts';
import type { Timeline } from '../journal/timeline.ts';
import { max } from '../statistics.ts';
import { isFull, spansWhere } from './full-machine.ts';
import { GeneratorSpans, noSpans } from './generator-spans.ts';
import { processServers, type Run, type ScenarioRun } from './run.ts';
import { mergedSpans } from './spans.ts';

/** Of the machine's cores: server and generators together took less, so that others took most. */
const smallPercent = 50;

const secondUs = 1_000_000;

/** Of a timeline and what was seen of servers meanwhile: several rules ask, and of a long run each piece. */
const known = new WeakMap<Timeline, WeakMap<Run['servers'], GeneratorSpans>>();

/**
 * When a server's machine was full, and neither its processes nor the generators took half of it: other programs did. Generators on other machines
 * are counted as if they were on it, so that nobody is blamed in their place; without figures of theirs, there is no such time.
 */
export function otherProgramsSpans(run: Run, { timeline }: ScenarioRun): GeneratorSpans {
  if (timeline === null || timeline.loads.length === 0) return noSpans;
  const byServers = known.get(timeline) ?? new WeakMap<Run['servers'], GeneratorSpans>();
  known.set(timeline, byServers);
  const found = byServers.get(run.servers) ?? otherProgramsIn(run, timeline);
  byServers.set(run.servers, found);
  return found;
}

function otherProgramsIn(run: Run, timeline: Timeline): GeneratorSpans {
  const generators = coresBySecond(timeline);
  const spans = mergedSpans(
    processServers(run).flatMap(({ identity: { cores }, samples }) =>
      spansWhere(samples, (sample) => {
        if (!isFull(sample)) return false;
        const server = treeCpuPercent(sample, cores);
        const second = Math.floor(sample.atUs / secondUs);
        // Figures of CPU tell of the second before them.
        const used = max([second - 1, second].flatMap((one) => generators.get(one) ?? []));
        return server !== null && used !== null && server + (100 * used) / cores < smallPercent;
      }),
    ),
  );
  return new GeneratorSpans(run.generators.flatMap((_, generator) => spans.map((span) => ({ ...span, generator }))));
}

/** The most cores that generators took in each second of the clock. */
function coresBySecond({ loads }: Timeline): ReadonlyMap<number, number> {
  const most = new Map<number, number>();
  for (const { fromUs, toUs, usedCores } of loads) {
    for (let second = Math.floor(fromUs / secondUs); second * secondUs < toUs; second += 1)
      most.set(second, Math.max(most.get(second) ?? 0, usedCores));
  }
  return most;
}
