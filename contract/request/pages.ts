export interface Page<T> {
  readonly items: readonly T[];
  /** The target's own counter of all that it ever processed; null if it has none. */
  readonly total: number | null;
  /** What the next page is asked for with; null: this is the last one. */
  readonly next: string | null;
}

/** More is no read-back that fits into memory. */
export const maxItems = 2_000_000;

/** Pages as they come, from the one after '0' on: k6 waits for each, Node does not. */
export class Pages<T> {
  /** The page to ask for next; null: there is no more. */
  after: string | null = '0';
  private readonly seen = new Set<string>();
  private readonly items: T[] = [];
  private total: number | null = null;
  private isBroken = false;

  /** @param page null if the answer is not what the profile promises. */
  take(page: Page<T> | null): void {
    this.seen.add(this.after ?? '');
    this.after = null;
    if (page === null || this.items.length + page.items.length > maxItems) {
      this.isBroken = true;
      return;
    }
    for (const item of page.items) this.items.push(item);
    this.total = page.total ?? this.total;
    if (page.next === null || !this.seen.has(page.next)) this.after = page.next;
    // A page without items whose cursor was seen before is an end, too.
    else this.isBroken = page.items.length > 0;
  }

  /** Null if a page is not as promised, if pages lead in a circle, or if there are too many items. */
  all(): Omit<Page<T>, 'next'> | null {
    return this.isBroken ? null : { items: this.items, total: this.total };
  }
}

/** All pages, one after the other. @param page gives one page, or null as above. */
export function allPages<T>(page: (after: string) => Page<T> | null): Omit<Page<T>, 'next'> | null {
  const pages = new Pages<T>();
  while (pages.after !== null) pages.take(page(pages.after));
  return pages.all();
}
