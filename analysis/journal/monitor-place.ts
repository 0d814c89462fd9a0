import type { ClockPair, Manifest } from '../../contract/journal/journal.ts';
import { localMonitor } from '../../contract/journal/paths.ts';
import { type Clock, measuredClock, ownClock, remoteMonitor, sameMachineClock, unknownClock } from './clock.ts';
import type { MonitorPlace } from './server.ts';

interface Merged {
  readonly id: string;
  /** False if the pieces of the run were recorded apart. */
  readonly oneRun: boolean;
  /** Clocks as somebody gave them by hand, by id or machine. */
  readonly clocks: ReadonlyMap<string, Clock> | undefined;
}

/** Whoever was told the run's clock, as by --clock or STRESS_CLOCK, keeps its time. */
export function isSamePair(pair: ClockPair | null, ofRun: ClockPair): boolean {
  return pair?.wallUs === ofRun.wallUs && pair.monotonicUs === ofRun.monotonicUs;
}

/** How the file of a monitor belongs to a run: one that the run did not start itself has a run id and a clock of its own. */
export function placeOfMonitor(manifest: Manifest, { id, oneRun, clocks }: Merged): MonitorPlace {
  const { runId, startedAtUs: fromUs, endedAtUs, bootId } = manifest;
  const remote = remoteMonitor(manifest, id);
  const isOwn = remote === null && (oneRun ? manifest.monitors.includes(id) : id === localMonitor);
  const toUs = endedAtUs ?? Number.POSITIVE_INFINITY;
  return {
    id,
    ...(isOwn ? { fromUs: Number.NEGATIVE_INFINITY, toUs: Number.POSITIVE_INFINITY } : { fromUs, toUs }),
    runId: remote?.runId ?? (isOwn && oneRun ? runId : null),
    clockOf(pair, { host, bootId: itsBoot, timeNamespace }) {
      const given = clocks?.get(id) ?? (host === undefined ? undefined : clocks?.get(host));
      if (given !== undefined) return given;
      if (isOwn || isSamePair(pair, manifest.clock)) return ownClock;
      if (remote !== null && remote.clock.length > 0) return measuredClock(remote.clock, manifest);
      const isSameMachine = bootId !== undefined && itsBoot === bootId && timeNamespace === manifest.timeNamespace;
      return isSameMachine && pair !== null ? sameMachineClock(pair, manifest.clock) : unknownClock;
    },
  };
}
