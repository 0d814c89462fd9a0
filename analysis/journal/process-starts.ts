import type { ProcessSample } from '../../contract/journal/journal.ts';
import { processIdentity, ticksPerSecond } from '../../contract/journal/process-identity.ts';
import { onRunClock } from './clock.ts';
import type { ServerTimeline } from './server.ts';

/** When a process started, in microseconds on the run's clock; null if that is not known. */
export type StartOf = (process: Pick<ProcessSample, 'startTicks'>) => number | null;

/** By what its own monitor says: every machine has booted at a time of its own. */
export function startsOn(server: Pick<ServerTimeline, 'clock' | 'identity' | 'samples'>): StartOf {
  const { clock, identity } = server;
  // Without a boot there are no ticks since it: see processSample.
  if (identity.bootId === null && identity.bootUs === undefined) {
    return ({ startTicks }) => onRunClock(clock, startTicks * 1000);
  }
  const bootUs = identity.bootUs === undefined ? bootBySamples(server) : onRunClock(clock, identity.bootUs);
  return ({ startTicks }) => (bootUs === null ? null : bootUs + (startTicks / ticksPerSecond) * 1e6);
}

/** For older journals: as the first look at the process that was seen soonest after its start tells; null if none started meanwhile. */
function bootBySamples({ samples }: Pick<ServerTimeline, 'samples'>): number | null {
  let before: ReadonlySet<string> | null = null;
  let bootUs = Number.POSITIVE_INFINITY;
  for (const { atUs, processes } of samples) {
    before ??= new Set(processes.map(processIdentity));
    for (const process of processes) {
      if (before.has(processIdentity(process))) continue;
      bootUs = Math.min(bootUs, atUs - (process.startTicks / ticksPerSecond) * 1e6);
    }
  }
  return bootUs === Number.POSITIVE_INFINITY ? null : bootUs;
}
