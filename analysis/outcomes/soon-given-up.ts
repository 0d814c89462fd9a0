import type { Run } from '../interpret/run.ts';
import type { Ledger } from '../journal/ledger.ts';
import { counted } from '../words.ts';

/** What waited for so much of the time limit may have waited for all of it, as clocks and a full machine show it. */
const fullShare = 0.9;

/** k6 gives up all requests of a phase at one instant. */
const atOnceUs = 500_000;

/**
 * Requests that nobody waited for as long as REQUEST_TIMEOUT_MS says: k6 gives up what still waits as the next phase of a plan begins, a cycle
 * of memory-leak for one. The server closed none of their connections.
 */
export function soonGivenUpNote({ manifest, scenarios }: Run): readonly string[] {
  const limitMs = Number(manifest.settings.REQUEST_TIMEOUT_MS ?? 0);
  let timeouts = 0;
  const tookUs: number[] = [];
  for (const { ledger, plan } of scenarios) {
    if (ledger === null) continue;
    const last = plan.phases.at(-1)?.name;
    for (const [phase, those] of timeoutsByPhase(ledger)) {
      timeouts += those.length;
      if (phase === last) continue;
      for (const us of cutTogether(ledger, those, fullShare * limitMs * 1000)) tookUs.push(us);
    }
  }
  if (tookUs.length === 0) return [];
  const sorted = tookUs.toSorted((a, b) => a - b);
  const [least, most] = [sorted.at(0), sorted.at(-1)].map((us = 0) => (us / 1e6).toFixed(1));
  return [
    `${tookUs.length} of ${counted(timeouts, 'timeout')} were given up after ${least === most ? least : `${least} to ${most}`} s, as the next part of the scenario began, and not after REQUEST_TIMEOUT_MS (${limitMs}): to wait longer, make the rests longer (LEAK_SETTLE_SECONDS, SOAK_REST_MS)`,
  ];
}

function timeoutsByPhase(ledger: Ledger): ReadonlyMap<string, readonly number[]> {
  const byPhase = new Map<string, number[]>();
  for (let at = 0; at < ledger.length; at += 1) {
    if (!ledger.isSignal(at) || ledger.recordedOutcomeOf(at) !== 'timeout') continue;
    const those = byPhase.get(ledger.phaseOf(at));
    if (those === undefined) byPhase.set(ledger.phaseOf(at), [at]);
    else those.push(at);
  }
  return byPhase;
}

/** How long those were waited for that ended together and sooner than `fullUs`. */
function cutTogether(ledger: Ledger, timeouts: readonly number[], fullUs: number): readonly number[] {
  const soon = timeouts
    .map((at) => ({ times: ledger.timesAmong([at]), at }))
    .map(({ times, at }) => ({ endUs: times.endUs(at), tookUs: times.endUs(at) - times.sendUs(at) }))
    .filter(({ tookUs }) => tookUs < fullUs);
  const lastUs = soon.reduce((us, { endUs }) => Math.max(us, endUs), 0);
  return soon.filter(({ endUs }) => endUs >= lastUs - atOnceUs).map(({ tookUs }) => tookUs);
}
