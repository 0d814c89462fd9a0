/** Far more than a server has; one that starts each job with other words must not fill our memory. */
const maxKinds = 1000;

/** The kinds of processes that were noted last: those that are there are noted at each look. */
export class RecentKinds {
  readonly #kinds = new Set<string>();

  get size(): number {
    return this.#kinds.size;
  }

  note(kind: string): void {
    this.#kinds.delete(kind);
    this.#kinds.add(kind);
    if (this.#kinds.size <= maxKinds) return;
    const [oldest] = this.#kinds;
    if (oldest !== undefined) this.#kinds.delete(oldest);
  }

  has(kind: string): boolean {
    return this.#kinds.has(kind);
  }
}
