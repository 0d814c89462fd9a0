import { parseSignalId, sharedId } from '../../contract/plan/signal-id.ts';
import { ListedPage } from './listed-page.ts';

/** Of more beginnings of ids than these, the rest are others' signals. Those of the run have their places before. */
const maxTags = 1_000;
/** Of all pages: 10 MB. Longer ones are compared as wholes. */
const maxKept = 200_000;

/** Pages that are one list, because the path does not separate webhooks. */
export interface PagesOfOneList {
  readonly pages: number;
  /** The later ones hold what came after the earlier ones were read. */
  readonly hasGrown: boolean;
}

const tagOf = (signal: string): string => signal.slice(0, Math.max(0, signal.indexOf('-')));

/** What the read-back pages of each webhook hold. */
export class ListedPages {
  private readonly byTag = new Map<string, Map<number, ListedPage>>();
  /** Webhooks of which pages were read, besides those that are told. */
  readonly read = new Set<number>();
  private untimed = 0;
  private kept = 0;

  /** Keeps a place for ids that begin as this signal's does, however many of others are read back before them. */
  expect(signal: string): void {
    const tag = tagOf(signal);
    if (!this.byTag.has(tag)) this.byTag.set(tag, new Map());
  }

  add(signal: string, webhook: number, processedAtUs: number): void {
    const tag = tagOf(signal);
    const known = this.byTag.get(tag);
    if (known === undefined && this.byTag.size >= maxTags) return;
    const pages = known ?? new Map<number, ListedPage>();
    if (known === undefined) this.byTag.set(tag, pages);
    const page = pages.get(webhook) ?? new ListedPage();
    pages.set(webhook, page);
    // On each page an id that two webhooks got has the name that it has there.
    const isOnWebhook = signal.includes('~@') && parseSignalId(signal) !== null;
    page.add(isOnWebhook ? sharedId(signal) : signal, processedAtUs, this.kept < maxKept);
    this.kept += 1;
    if (processedAtUs === 0) this.untimed += 1;
  }

  /** Whether every entry has its time. */
  get areTimed(): boolean {
    return this.untimed === 0;
  }

  /**
   * The pages, if they are one list: all hold the same, or, where the read-back of none settled, each what the one before held and what came
   * since. Null where they differ, or there is one only.
   * @param tag what this scenario's ids begin with: entries of others come and go between two pages.
   * @param settled the webhooks whose read-back settled, also those of which nothing was there.
   */
  ofOneList(tag: string, settled: Iterable<number>): PagesOfOneList | null {
    const pages = this.byTag.get(tag);
    if (pages === undefined || pages.size === 0) return null;
    const areSettled = new Set([...settled, ...this.read]);
    const webhooks = [...new Set([...areSettled, ...pages.keys()])].sort((a, b) => a - b);
    // In this order they are read.
    const inOrder = webhooks.map((webhook) => pages.get(webhook) ?? new ListedPage());
    const isEach = (follows: (page: ListedPage, before: ListedPage) => boolean): boolean =>
      inOrder.every((page, n) => follows(page, inOrder[n - 1] ?? page));
    const list = { pages: inOrder.length };
    if (inOrder.length < 2) return null;
    if (isEach((page, before) => page.isSameAs(before))) return { ...list, hasGrown: false };
    if (areSettled.size > 0) return null;
    return isEach((page, before) => page.isLaterThan(before)) ? { ...list, hasGrown: true } : null;
  }
}
