interface Seen {
  readonly startTicks: number;
  /** Connections at the first look: a forked child has those of its parent. */
  readonly bornWith: ReadonlySet<string>;
  /** New ones at the last look. */
  newLast: ReadonlySet<string>;
  hasServed: boolean;
  holds: boolean;
}

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
      const seen =
        known?.startTicks === startTicks
          ? known
          : { startTicks, bornWith: inodes, newLast: new Set<string>(), hasServed: false, holds: false };
      const now = new Set([...inodes].filter((inode) => !seen.bornWith.has(inode)));
      seen.hasServed ||= now.size > 0;
      seen.holds ||= [...now].some((inode) => seen.newLast.has(inode));
      seen.newLast = now;
      this.#seen.set(pid, seen);
    }
  }

  /** Whether it was seen with a connection that it was not born with. */
  hasServed(pid: number): boolean {
    return this.#seen.get(pid)?.hasServed === true;
  }

  /** Whether it kept such a connection from one look to the next: it does not only hand them on to its children. */
  serves(pid: number): boolean {
    return this.#seen.get(pid)?.holds === true;
  }
}
