import type { ServerSampleLine } from '../../contract/journal/journal.ts';

/** The kernel counts a kill at once; the process may take a moment to end, and counters are read about once a second. */
const earlyUs = 2_000_000;
const lateUs = 5_000_000;

export interface OomKills {
  /** In the server's cgroup, which may hold other programs, such as the load generator. */
  readonly inCgroup: number;
  /** Those at whose time a process of the server ended. */
  readonly ofServer: number;
}

/** @param endsUs when processes of the server ended that were not recycled, helpers included. */
export function oomKillsOf(samples: Iterable<ServerSampleLine>, endsUs: readonly number[]): OomKills {
  let before: { readonly kills: number; readonly atUs: number } | null = null;
  let inCgroup = 0;
  let ofServer = 0;
  for (const { oomKills: kills, atUs } of samples) {
    if (kills === null) continue;
    if (before !== null && kills > before.kills) {
      const from = before.atUs - earlyUs;
      inCgroup += kills - before.kills;
      ofServer += Math.min(kills - before.kills, endsUs.filter((end) => end > from && end <= atUs + lateUs).length);
    }
    before = { kills, atUs };
  }
  return { inCgroup, ofServer };
}
