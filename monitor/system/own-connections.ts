import type { SocketLook } from './sockets.ts';

interface Seen {
  readonly startTicks: number;
  /** Connections at the first look: a forked child has those of its parent. */
  readonly bornWith: ReadonlySet<string>;
  /** New ones at the last look, and those of them that were read to their end so far. */
  newLast: ReadonlySet<string>;
  readLast: ReadonlySet<string>;
  hasServed: boolean;
  /** New ones that it kept from one look to the next and read, and at how many looks. */
  readonly kept: Map<string, number>;
  /** In how many looks it had read connections that were all gone at the next one. */
  looksWithShort: number;
  /** Whether it closed one that it had kept, or kept one for long. */
  isKnownToServe: boolean;
}

/**
 * Short connections are never seen twice. Who only hands them on holds each for so short a time that it is hardly seen once. Who kept one
 * at so many looks serves, even if it stops to read later.
 */
const enoughLooks = 3;

const none: ReadonlySet<string> = new Set();
const unseen = { newLast: none, readLast: none, hasServed: false, looksWithShort: 0, isKnownToServe: false };

/** Tells which processes take connections, from several looks at who holds which. */
export class OwnConnections {
  #seen = new Map<number, Seen>();

  /** @param startTicksOf null for a process that is not watched any more. */
  note(
    { accepted, unread }: Pick<SocketLook, 'accepted' | 'unread'>,
    startTicksOf: (pid: number) => number | null,
  ): void {
    const before = this.#seen;
    this.#seen = new Map();
    for (const [pid, inodes] of accepted) {
      const startTicks = startTicksOf(pid);
      if (startTicks === null) continue;
      const known = before.get(pid);
      const seen =
        known?.startTicks === startTicks
          ? known
          : { ...unseen, startTicks, bornWith: inodes, kept: new Map<string, number>() };
      lookAgain(seen, inodes, unread);
      this.#seen.set(pid, seen);
    }
  }

  /** Whether it was seen with a connection that it was not born with. */
  hasServed(pid: number): boolean {
    return this.#seen.get(pid)?.hasServed === true;
  }

  /**
   * Whether it serves by itself: it kept such a connection from one look to the next, or had short ones again and again, and read what came
   * in. A master that only hands connections on reads none. It may keep one for long, until a worker is there to take it, or for ever if
   * the worker was killed that it had been handed to (node:cluster).
   */
  serves(pid: number): boolean {
    const seen = this.#seen.get(pid);
    if (seen === undefined) return false;
    return seen.kept.size > 0 || seen.isKnownToServe || seen.looksWithShort >= enoughLooks;
  }
}

function lookAgain(seen: Seen, inodes: ReadonlySet<string>, unread: ReadonlySet<string>): void {
  const { newLast, readLast, kept, bornWith } = seen;
  const now = new Set([...inodes].filter((inode) => !bornWith.has(inode)));
  const read = new Set([...now].filter((inode) => !unread.has(inode)));
  for (const [inode, looks] of kept) {
    if (!now.has(inode) || looks >= enoughLooks) seen.isKnownToServe = true;
    // At two looks there was something to read in it: nobody reads it.
    if (!now.has(inode) || !(read.has(inode) || readLast.has(inode))) kept.delete(inode);
  }
  for (const inode of read) if (newLast.has(inode)) kept.set(inode, (kept.get(inode) ?? 0) + 1);
  if (readLast.size > 0 && ![...readLast].some((inode) => now.has(inode))) seen.looksWithShort += 1;
  seen.hasServed ||= now.size > 0;
  seen.newLast = now;
  seen.readLast = read;
}
