/**
 * What polls of read-back saw of signals whose target does not tell when it processed them. A poll that sees more effects of a signal
 * than those before it tells all that it sees of it, each by itself, so that what one poll tells stands alone:
 *
 *     poll 1: a        tells a
 *     poll 2: a b      tells b
 *     poll 3: a a b    tells a a
 */
export class SeenEffects {
  private readonly times = new Map<string, number>();

  /** @param ids of all effects that a poll saw. */
  newIn(ids: readonly string[]): readonly string[] {
    const now = new Map<string, number>();
    for (const id of ids) now.set(id, (now.get(id) ?? 0) + 1);
    const more = new Set<string>();
    for (const [id, times] of now) {
      if (times <= (this.times.get(id) ?? 0)) continue;
      this.times.set(id, times);
      more.add(id);
    }
    return ids.filter((id) => more.has(id));
  }
}
