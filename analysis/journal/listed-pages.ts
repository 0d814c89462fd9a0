import { parseSignalId, sharedId } from '../../contract/plan/signal-id.ts';

/** Of more beginnings of ids than these, the rest are others' signals. */
const maxTags = 1_000;

/** What one webhook's page holds of one run tag, in whatever order. */
interface Print {
  entries: number;
  sum: number;
  mixed: number;
}

/** FNV-1a. http://www.isthe.com/chongo/tech/comp/fnv/ */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

const isSame = (a: Print | undefined, b: Print | undefined): boolean =>
  a !== undefined && b !== undefined && a.entries === b.entries && a.sum === b.sum && a.mixed === b.mixed;

/** Whether the pages of all webhooks hold the same entries, id and time: then the path does not separate webhooks. */
export class ListedPages {
  private readonly byTag = new Map<string, Map<number, Print>>();
  /** Webhooks of which pages were read, besides those that are told. */
  readonly read = new Set<number>();
  private untimed = 0;

  add(signal: string, webhook: number, processedAtUs: number): void {
    const tag = signal.slice(0, Math.max(0, signal.indexOf('-')));
    const known = this.byTag.get(tag);
    if (known === undefined && this.byTag.size >= maxTags) return;
    const pages = known ?? new Map<number, Print>();
    if (known === undefined) this.byTag.set(tag, pages);
    const print = pages.get(webhook) ?? { entries: 0, sum: 0, mixed: 0 };
    pages.set(webhook, print);
    // On each page an id that two webhooks got has the name that it has there.
    const isOnWebhook = signal.includes('~@') && parseSignalId(signal) !== null;
    const hash = hashOf(`${isOnWebhook ? sharedId(signal) : signal} ${processedAtUs}`);
    print.entries += 1;
    print.sum = (print.sum + hash) % 2 ** 32;
    print.mixed = (print.mixed + Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)) >>> 0;
    if (processedAtUs === 0) this.untimed += 1;
  }

  /** Whether every entry has its time. */
  get areTimed(): boolean {
    return this.untimed === 0;
  }

  /**
   * How many pages hold the same; 1 where they differ, or there is one only.
   * @param tag what this scenario's ids begin with: entries of others come and go between two pages.
   * @param read the webhooks that were read back, also those of which nothing was there.
   */
  alike(tag: string, read: Iterable<number>): number {
    const pages = this.byTag.get(tag);
    if (pages === undefined) return 1;
    const webhooks = new Set([...read, ...this.read, ...pages.keys()]);
    const [first] = pages.values();
    return [...webhooks].every((webhook) => isSame(first, pages.get(webhook))) ? webhooks.size : 1;
  }
}
