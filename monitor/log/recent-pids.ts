/** Pids that were noted last. */
const maxKept = 1000;

/** Pids of which something was said a short while ago, and which may be those of other processes later. */
export class RecentPids {
  readonly #pids = new Set<number>();

  add(pid: number): void {
    this.#pids.delete(pid);
    this.#pids.add(pid);
    const [oldest] = this.#pids;
    if (this.#pids.size > maxKept && oldest !== undefined) this.#pids.delete(oldest);
  }

  has(pid: number): boolean {
    return this.#pids.has(pid);
  }
}
