import type { ServerSampleLine } from '../../contract/journal/journal.ts';

/** The kernel counts a kill at once; the process may take a moment to end, and counters are read about once a second. */
const earlyUs = 2_000_000;
const lateUs = 5_000_000;

export interface OomKills {
  /** In the server's cgroup, which may hold other programs, such as the load generator. */
  readonly inCgroup: number;
  /** Those at whose time a process of the server ended that was killed, or may have been. */
  readonly ofServer: number;
  /** Those at whose time nothing else of the server ended than a helper, of which nobody knows how. */
  readonly ofUnknown: number;
}

/** When processes of the server ended that were not recycled. */
export interface EndsNearKills {
  /** Of roots and workers that may have been killed, and of all that surely were. */
  readonly killedUs: readonly number[];
  /** Of helpers that may have been killed: jobs end all the time. */
  readonly helpersUs: readonly number[];
}

/** Moments, each of which explains one kill. */
class Unclaimed {
  #timesUs: readonly number[];

  constructor(timesUs: readonly number[]) {
    this.#timesUs = timesUs.toSorted((a, b) => a - b);
  }

  /** Takes the earliest within a span, one for each kill, and says how many there were. */
  claim(kills: number, fromUs: number, toUs: number): number {
    let claimed = 0;
    this.#timesUs = this.#timesUs.filter((atUs) => {
      if (claimed === kills || atUs <= fromUs || atUs > toUs) return true;
      claimed += 1;
      return false;
    });
    return claimed;
  }
}

export function oomKillsOf(samples: Iterable<ServerSampleLine>, { killedUs, helpersUs }: EndsNearKills): OomKills {
  const killed = new Unclaimed(killedUs);
  const helpers = new Unclaimed(helpersUs);
  let before: { readonly kills: number; readonly atUs: number } | null = null;
  let [inCgroup, ofServer, ofUnknown] = [0, 0, 0];
  for (const { oomKills: kills, atUs } of samples) {
    if (kills === null) continue;
    if (before !== null && kills > before.kills) {
      const [fromUs, toUs] = [before.atUs - earlyUs, atUs + lateUs];
      const own = killed.claim(kills - before.kills, fromUs, toUs);
      inCgroup += kills - before.kills;
      ofServer += own;
      ofUnknown += helpers.claim(kills - before.kills - own, fromUs, toUs);
    }
    before = { kills, atUs };
  }
  return { inCgroup, ofServer, ofUnknown };
}
