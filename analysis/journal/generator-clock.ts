import type { Manifest } from '../../contract/journal/journal.ts';
import { type Clock, type ClockOfFile, measuredClock, ownClock, unknownClock } from './clock.ts';
import { isSamePair } from './monitor-place.ts';

interface Merged {
  readonly id: string;
  /** False if the pieces of the run were recorded apart: then the clock of the only generator is the run's. */
  readonly oneRun: boolean;
  /** Clocks as somebody gave them by hand, by id. */
  readonly clocks: ReadonlyMap<string, Clock> | undefined;
}

/** What the clock of a generator's files is. One that got the run's clock pair keeps its time, if no reading says otherwise. */
export function clockOfGenerator(manifest: Manifest, { id, oneRun, clocks }: Merged): ClockOfFile {
  const given = clocks?.get(id);
  const readings = manifest.clocks?.[id] ?? [];
  return (pair) => {
    if (given !== undefined) return given;
    if (readings.length > 0) return measuredClock(readings, manifest);
    const isAlone = !oneRun && manifest.generators.length === 1;
    return isAlone || pair === null || isSamePair(pair, manifest.clock) ? ownClock : unknownClock;
  };
}
