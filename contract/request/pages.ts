export interface Page<T> {
  readonly items: readonly T[];
  /** The target's own counter of all that it ever processed; null if it has none. */
  readonly total: number | null;
  /** What the next page is asked for with; null: this is the last one. */
  readonly next: string | null;
}

/** More is no read-back that fits into memory. */
export const maxItems = 2_000_000;
/** Of pages that nobody holds: more than a month of any soak. Whoever gives more never ends. */
const maxPassed = 100_000_000;

/** What all pages together say. */
export interface PagesRead {
  readonly count: number;
  readonly total: number | null;
}

/** Goes through pages, from the one after '0' on: k6 waits for each, Node does not. */
class PageWalk<T> {
  /** The page to ask for next; null: there is no more. */
  after: string | null = '0';
  private readonly seen = new Set<string>();
  private count = 0;
  private total: number | null = null;
  private isBroken = false;

  constructor(private readonly max: number) {}

  /** @param page null if the answer is not what the profile promises. @returns whether its items count. */
  take(page: Page<T> | null): page is Page<T> {
    this.seen.add(this.after ?? '');
    this.after = null;
    if (page === null || this.count + page.items.length > this.max) {
      this.isBroken = true;
      return false;
    }
    this.count += page.items.length;
    this.total = page.total ?? this.total;
    if (page.next === null || !this.seen.has(page.next)) this.after = page.next;
    // A page without items whose cursor was seen before is an end, too.
    else this.isBroken = page.items.length > 0;
    return true;
  }

  /** Null if a page is not as promised, if pages lead in a circle, or if there are too many items. */
  read(): PagesRead | null {
    return this.isBroken ? null : { count: this.count, total: this.total };
  }
}

/** Pages as they come, with all that is in them. */
export class Pages<T> {
  private readonly walk = new PageWalk<T>(maxItems);
  private readonly items: T[] = [];

  get after(): string | null {
    return this.walk.after;
  }

  /** @param page null if the answer is not what the profile promises. */
  take(page: Page<T> | null): void {
    if (!this.walk.take(page)) return;
    for (const item of page.items) this.items.push(item);
  }

  /** Null as `read` of a walk. */
  all(): Omit<Page<T>, 'next'> | null {
    const read = this.walk.read();
    return read === null ? null : { items: this.items, total: read.total };
  }
}

/** All pages, one after the other. @param page gives one page, or null as above. */
export function allPages<T>(page: (after: string) => Page<T> | null): Omit<Page<T>, 'next'> | null {
  const pages = new Pages<T>();
  while (pages.after !== null) pages.take(page(pages.after));
  return pages.all();
}

/** The same, however many items there are: `take` gets those of one page at a time. */
export function eachPage<T>(
  page: (after: string) => Page<T> | null,
  take: (items: readonly T[]) => void,
): PagesRead | null {
  const walk = new PageWalk<T>(maxPassed);
  while (walk.after !== null) {
    const next = page(walk.after);
    if (walk.take(next)) take(next.items);
  }
  return walk.read();
}
