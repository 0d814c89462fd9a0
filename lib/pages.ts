export interface Page<T> {
  readonly items: readonly T[];
  /** The target's own counter of all that it ever processed; null if it has none. */
  readonly total: number | null;
  /** What the next page is asked for with; null: this is the last one. */
  readonly next: string | null;
}

/** More is no read-back that fits into memory. */
export const maxItems = 2_000_000;

/**
 * All pages, from the one after '0' on.
 * @param page gives one page, or null if the answer is not what the profile promises.
 * @returns null if a page is, if pages lead in a circle, or if there are too many items. A page without items whose cursor was
 *   seen before is an end, too.
 */
export function allPages<T>(page: (after: string) => Page<T> | null): Omit<Page<T>, 'next'> | null {
  const items: T[] = [];
  const seen = new Set<string>();
  let total: number | null = null;
  for (let after: string | null = '0'; after !== null; ) {
    seen.add(after);
    const read: Page<T> | null = page(after);
    if (read === null || items.length + read.items.length > maxItems) return null;
    for (const item of read.items) items.push(item);
    total = read.total ?? total;
    if (read.next !== null && seen.has(read.next)) return read.items.length === 0 ? { items, total } : null;
    after = read.next;
  }
  return { items, total };
}
