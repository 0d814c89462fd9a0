import { median } from '../statistics.ts';

/** FNV-1a. http://www.isthe.com/chongo/tech/comp/fnv/ */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

interface Entry {
  readonly hash: number;
  readonly atUs: number;
}

/** What one webhook's page holds of one run tag, in whatever order: each entry is its id and its time. */
export class ListedPage {
  private entries = 0;
  private sum = 0;
  private mixed = 0;
  /** Null where there are too many to hold. */
  private kept: Entry[] | null = [];

  /** @param isKept there is room for the entry itself. */
  add(id: string, atUs: number, isKept: boolean): void {
    const hash = hashOf(`${id} ${atUs}`);
    this.entries += 1;
    this.sum = (this.sum + hash) % 2 ** 32;
    this.mixed = (this.mixed + Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)) >>> 0;
    if (isKept) this.kept?.push({ hash, atUs });
    else this.kept = null;
  }

  isSameAs({ entries, sum, mixed }: ListedPage): boolean {
    return this.entries === entries && this.sum === sum && this.mixed === mixed;
  }

  /**
   * Whether it is the page that was read before, and what came since: it holds all of that, and what it holds beside that is newer than most
   * of that. Workers do not finish in the order of the times that they note.
   */
  isLaterThan(before: ListedPage): boolean {
    if (this.isSameAs(before)) return true;
    const more = before.kept === null ? null : this.without(before.kept);
    const middleUs = median((before.kept ?? []).map(({ atUs }) => atUs));
    return more !== null && middleUs !== null && more.every(({ atUs }) => atUs >= middleUs);
  }

  /** What is left without these; null if it lacks some of them, or nobody knows. */
  private without(others: readonly Entry[]): readonly Entry[] | null {
    if (this.kept === null) return null;
    const times = new Map<number, number>();
    for (const { hash } of others) times.set(hash, (times.get(hash) ?? 0) + 1);
    const left = this.kept.filter(({ hash }) => {
      const n = times.get(hash) ?? 0;
      times.set(hash, n - 1);
      return n <= 0;
    });
    return left.length === this.kept.length - others.length ? left : null;
  }
}
