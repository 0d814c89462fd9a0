import type { AlertLine } from '../../contract/journal/journal.ts';
import type { Roles } from './roles.ts';

/** A child of a root, or of what a root started, that ended while nobody knew whether its kind serves. */
export interface UnknownEnd {
  readonly pid: number;
  readonly startTicks: number;
  readonly label: string;
  readonly parentPid: number;
  readonly parentKind: string;
  readonly kind: string;
}

/** Whoever serves is seen to within seconds of the first request: later ends say nothing of a kind. */
const rememberedMs = 10_000;
const maxRemembered = 100;

type Remembered = UnknownEnd & { readonly atMs: number };

/** Ends of children that were taken for helpers, until others of their kind are seen to serve: a worker may die at its first request. */
export class UnknownEnds {
  #ends: readonly Remembered[] = [];
  readonly #successors = new Map<number, string>();

  add(end: UnknownEnd, nowMs: number): void {
    this.#ends = [...this.#ends, { ...end, atMs: nowMs }].slice(-maxRemembered);
  }

  /** Notes that a process has taken over from a master of this kind: what such a master starts was known before. */
  inherit(pid: number, kind: string): void {
    this.#successors.set(pid, kind);
  }

  /** Those that were workers, as is known by now, each once. @param isOfRoot whether the children of a process may be workers. */
  takeWorkers(roles: Roles, nowMs: number, isOfRoot: (pid: number) => boolean): readonly UnknownEnd[] {
    if (this.#ends.length === 0) return this.#ends;
    const remembered = this.#ends.filter(({ atMs }) => nowMs - atMs <= rememberedMs);
    const isWorker = ({ parentPid, parentKind, kind }: UnknownEnd): boolean => {
      const inherited = this.#successors.get(parentPid);
      if (!isOfRoot(parentPid)) return false;
      return inherited === undefined ? roles.serves(parentKind, kind) : roles.areWorkers(inherited, kind);
    };
    this.#ends = remembered.filter((end) => !isWorker(end));
    return remembered.filter(isWorker);
  }
}

/** How the journal tells of it. */
export const lateWorkerAlert = ({ pid, startTicks, label }: UnknownEnd, atUs: number): AlertLine => ({
  ...{ atUs, alert: 'process-ended', pid, startTicks, role: 'worker' },
  message: `worker ${pid} (${label}) exited before it was known to be one`,
});
