import type { ProcessRole } from '../../contract/journal/journal.ts';

/** Longer than a one-off child needs, shorter than a server needs to be called started. */
const settledMs = 2000;

export interface RoleQuestion {
  /** The root that is watched, or a process between it and the one that listens. */
  readonly isRoot: boolean;
  readonly parentRole: ProcessRole | null;
  /** Its command line. */
  readonly words: readonly string[];
  readonly ageMs: number;
}

/**
 * Tells workers from helpers. A worker is a child of a root process and of a kind that stays: some process of its kind has lived
 * for two seconds. Its kind is its command line without digits. Children that workers start for a job are helpers, and so are
 * one-off children of the root and the tracker of Python's multiprocessing. It is asked at every look: a process that turns out to
 * stay is a worker from then on, whether it was there at the first look or came later.
 */
export class Roles {
  readonly #kinds = new Set<string>();

  roleOf({ isRoot, parentRole, words, ageMs }: RoleQuestion): ProcessRole {
    if (isRoot) return 'root';
    if (parentRole !== 'root') return 'helper';
    if (words.some((word) => word.includes('multiprocessing.resource_tracker'))) return 'helper';
    const kind = words.join('\0').replace(/\d+/g, '#');
    if (ageMs >= settledMs) this.#kinds.add(kind);
    return this.#kinds.has(kind) ? 'worker' : 'helper';
  }
}
