interface Lock {
  readonly id: string;
  readonly owner: number;
  readonly granted: (id: string) => void;
  lease: NodeJS.Timeout | null;
}

/** Locks by key, first come first served; they live in the supervisor. */
export class Locks {
  readonly #leaseMs: number | null;
  /** Of each key the holder, then those that wait. */
  readonly #queues = new Map<string, Lock[]>();
  readonly #wanted = new Set<string>();

  /** @param leaseMs after which a lock passes on although it was not released; null for never. */
  constructor(leaseMs: number | null) {
    this.#leaseMs = leaseMs;
  }

  /**
   * @param owner the pid that asks. @param id what the lock is to be held under.
   * @returns the holder's id: this one, or another's where the key is locked and this one does not wait.
   */
  lock(key: string, id: string, owner: number, waits: boolean): Promise<string> {
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    const [holder] = queue;
    if (holder !== undefined) this.#wanted.add(key);
    if (holder !== undefined && !waits) return Promise.resolve(holder.id);
    return new Promise((granted) => {
      queue.push({ id, owner, granted, lease: null });
      if (queue.length === 1) this.#grant(key, queue);
    });
  }

  /** Does nothing where the lock has passed on already. */
  unlock(key: string, id: string): void {
    const queue = this.#queues.get(key);
    if (queue === undefined || queue[0]?.id !== id) return;
    clearTimeout(queue.shift()?.lease ?? undefined);
    if (queue.length > 0) this.#grant(key, queue);
    else this.#forget(key);
  }

  /** Whether anyone else has asked for the key since it was locked. */
  isWanted(key: string): boolean {
    return this.#wanted.has(key);
  }

  /** Releases all that a dead process held, and lets it wait for nothing any more. */
  releaseAllOf(owner: number): void {
    for (const [key, queue] of this.#queues) {
      const [holder, ...waiting] = queue;
      queue.splice(1, waiting.length, ...waiting.filter((lock) => lock.owner !== owner));
      if (holder?.owner === owner) this.unlock(key, holder.id);
    }
  }

  #grant(key: string, queue: readonly Lock[]): void {
    const [next] = queue;
    if (next === undefined) return;
    if (this.#leaseMs !== null) next.lease = setTimeout(() => this.unlock(key, next.id), this.#leaseMs);
    next.granted(next.id);
  }

  #forget(key: string): void {
    this.#queues.delete(key);
    this.#wanted.delete(key);
  }
}
