import { restingPercent } from '../interpret/full-machine.ts';
import { processServers, type Run, type ScenarioRun, viewOf } from '../interpret/run.ts';
import { apartUs } from '../journal/server.ts';
import { answersWithin } from './answers-within.ts';
import { healthTimeline, type Silence } from './silences.ts';

/** Clocks that may be further apart lay no silence beside the load. */
export const alignedUs = 1_000_000;

export const silentMs = ({ fromUs, toUs }: Pick<Silence, 'fromUs' | 'toUs'>): number => (toUs - fromUs) / 1000;

/** The longest of some silences; null if there is none. */
export const longestOf = (silences: readonly Silence[]): Silence | null =>
  silences.reduce<Silence | null>(
    (most, each) => (most === null || silentMs(each) > silentMs(most) ? each : most),
    null,
  );

/** How many requests were answered beside a silence; null if it was one for them, too. */
export function answeredMeanwhile(run: Run, silence: Silence): number | null {
  const { count: answered, longestGapMs } = answersWithin(run, silence.fromUs, silence.toUs);
  return silence.error !== null || 2 * longestGapMs > silentMs(silence) ? null : answered;
}

/** Whether the server answered nothing, and used hardly any CPU meanwhile. */
export const isBlocked = (run: Run, silence: Silence): boolean =>
  silence.error === null &&
  !silence.isRefused &&
  silence.cpuPercent !== null &&
  silence.cpuPercent < restingPercent &&
  answeredMeanwhile(run, silence) === null;

/** Whether a server stood still at low CPU in the longest silence of a scenario that was its own. */
export function isBlockedIn(run: Run, { window }: Pick<ScenarioRun, 'window'>): boolean {
  const { warnMs } = run.manifest.profile.criteria.responsiveness;
  const endedAtUs = window.endedAtUs ?? Number.POSITIVE_INFINITY;
  return processServers(run).some((server) => {
    if (apartUs(server) > alignedUs) return false;
    const own = healthTimeline(viewOf(run, server), server, warnMs).silences.filter(
      ({ cause, fromUs, toUs }) => cause === 'server' && fromUs < endedAtUs && toUs > window.startedAtUs,
    );
    const longest = longestOf(own);
    return longest !== null && isBlocked(run, longest);
  });
}
