interface Seen {
  readonly startTicks: number;
  /** Connections at the first look: a forked child has those of its parent. */
  readonly bornWith: ReadonlySet<string>;
  /** New ones at the last look. */
  newLast: ReadonlySet<string>;
  hasServed: boolean;
  holds: boolean;
  /** In how many looks it had connections that were all gone at the next one. */
  looksWithShort: number;
}

/**
 * Short connections are never seen twice. Who only hands them on holds each for so short a time that it is hardly seen once, or until
 * somebody is there to take it.
 */
const enoughLooks = 3;

const none: ReadonlySet<string> = new Set();
const unseen = { newLast: none, hasServed: false, holds: false, looksWithShort: 0 };

/** Tells which processes take connections, from several looks at who holds which. */
export class OwnConnections {
  #seen = new Map<number, Seen>();

  /** @param startTicksOf null for a process that is not watched any more. */
  note(accepted: ReadonlyMap<number, ReadonlySet<string>>, startTicksOf: (pid: number) => number | null): void {
    const before = this.#seen;
    this.#seen = new Map();
    for (const [pid, inodes] of accepted) {
      const startTicks = startTicksOf(pid);
      if (startTicks === null) continue;
      const known = before.get(pid);
      const seen = known?.startTicks === startTicks ? known : { ...unseen, startTicks, bornWith: inodes };
      const now = new Set([...inodes].filter((inode) => !seen.bornWith.has(inode)));
      seen.hasServed ||= now.size > 0;
      const isKept = [...now].some((inode) => seen.newLast.has(inode));
      seen.holds ||= isKept;
      if (seen.newLast.size > 0 && !isKept) seen.looksWithShort += 1;
      seen.newLast = now;
      this.#seen.set(pid, seen);
    }
  }

  /** Whether it was seen with a connection that it was not born with. */
  hasServed(pid: number): boolean {
    return this.#seen.get(pid)?.hasServed === true;
  }

  /** Whether it kept such a connection from one look to the next, or had short ones again and again: it does not only hand them on. */
  serves(pid: number): boolean {
    const seen = this.#seen.get(pid);
    return seen !== undefined && (seen.holds || seen.looksWithShort >= enoughLooks);
  }
}
