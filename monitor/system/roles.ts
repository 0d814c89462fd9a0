import type { ProcessRole } from '../../contract/journal/journal.ts';
import { RecentKinds } from './recent-kinds.ts';

/** Longer than a one-off child needs, shorter than a server needs to be called started. */
const settledMs = 2000;

export interface RoleQuestion {
  /** The root that is watched, or a process between it and the one that listens. */
  readonly isRoot: boolean;
  /** The kind of its parent when it was first seen: what a process leaves behind when it ends does not become another's. */
  readonly parentKind: string;
  /** Whether that parent is a root whose children may be workers: the one that listens, or any while none is known. */
  readonly ofRoot: boolean;
  /** Its command line, as kindOf has it. */
  readonly kind: string;
  readonly ageMs: number;
  /** Whether it was seen with a connection of its own, one that it was not born with. */
  readonly serves: boolean;
  /** Whether its parent serves by itself. */
  readonly parentServes: boolean;
  /** Whether it holds a socket over which requests may reach it; null if that is not known. */
  readonly isReached: boolean | null;
}

/** A command line without digits. */
export function kindOf(words: readonly string[]): string {
  return words.join('\0').replace(/\d+/g, '#');
}

/** Processes that Python's multiprocessing starts for itself. */
const bookkeepers = ['multiprocessing.resource_tracker', 'multiprocessing.forkserver'];

/**
 * Tells workers from helpers. A worker is a child of a root process and of a kind that serves: some process of its kind was seen with
 * a connection of its own. Its kind is its command line and its parent's, without digits. While no kind of that parent has been seen to
 * serve, nor the parent itself, the kinds that stay are workers: some process of the kind has lived for two seconds. All else are
 * helpers: children that workers start for a job, those of a root that serves by itself, one-off children, what keeps the books of
 * Python's multiprocessing, and kinds that nobody can reach: none of them holds the listening socket or another one. A forked job inherits the listening socket and open connections, so holding them proves nothing.
 */
export class Roles {
  readonly #staying = new RecentKinds();
  readonly #serving = new RecentKinds();
  readonly #parentsOfServing = new RecentKinds();
  readonly #reached = new RecentKinds();
  readonly #unreached = new RecentKinds();

  roleOf({ isRoot, parentKind, ofRoot, kind: own, ageMs, serves, parentServes, isReached }: RoleQuestion): ProcessRole {
    if (isRoot) return 'root';
    if (!ofRoot) return 'helper';
    if (bookkeepers.some((name) => own.includes(name))) return 'helper';
    const kind = keyOf(parentKind, own);
    if (serves) {
      this.#serving.note(kind);
      this.#parentsOfServing.note(parentKind);
    }
    if (ageMs >= settledMs) this.#staying.note(kind);
    if (isReached !== null) (isReached ? this.#reached : this.#unreached).note(kind);
    if (parentServes && !this.#serving.has(kind)) return 'helper';
    return this.areWorkers(parentKind, own) ? 'worker' : 'helper';
  }

  /** Whether what a root of that kind starts, and is of this kind, is a worker, as far as is known. */
  areWorkers(parentKind: string, own: string): boolean {
    const kind = keyOf(parentKind, own);
    if (this.#serving.has(kind)) return true;
    if (this.#parentsOfServing.has(parentKind)) return false;
    const isOutOfReach = this.#unreached.has(kind) && !this.#reached.has(kind);
    return this.#staying.has(kind) && !isOutOfReach;
  }

  /** Whether some process of this kind was seen with a connection of its own. */
  serves(parentKind: string, kind: string): boolean {
    return this.#serving.has(keyOf(parentKind, kind));
  }
}

const keyOf = (parentKind: string, kind: string): string => `${parentKind}\n${kind}`;
