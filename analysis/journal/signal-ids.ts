import { Column } from './column.ts';

/** Before the first number that is seen, and beyond the count. */
const spare = 65_536;

interface Prefix {
  readonly text: string;
  /** The first number that has a place: those of a piece of a long ledger begin anywhere. */
  readonly from: number;
  readonly indexByNumber: Column;
  /** Places from `first` to before `length` are taken, by indices from `lowest` to `highest`. */
  first: number;
  length: number;
  readonly lowest: number;
  highest: number;
}

/**
 * Numbers signal ids 0, 1, 2 … as they come, and gives them back. An id such as `k3f9-1042` is kept as its prefix and its
 * number, four bytes in a table instead of a string and a map entry: a ledger holds millions of them.
 */
export class SignalIds {
  private readonly prefixes: Prefix[] = [];
  private readonly prefixIndex = new Map<string, number>();
  private readonly irregular = new Map<string, number>();
  private readonly irregularText = new Map<number, string>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** The id's index; a new id gets the next one. */
  indexOf(id: string): number {
    const split = splitId(id);
    if (split === null) return this.irregularIndex(id);
    let prefix = this.prefixIndex.get(split.prefix);
    if (prefix === undefined) {
      if (this.prefixes.length >= 1000) return this.irregularIndex(id);
      prefix = this.prefixes.length;
      const from = split.number <= spare ? 0 : split.number - spare;
      this.prefixes.push({
        ...{ text: split.prefix, from, indexByNumber: new Column(Uint32Array) },
        ...{ first: Number.POSITIVE_INFINITY, length: 0, lowest: this.count, highest: this.count },
      });
      this.prefixIndex.set(split.prefix, prefix);
    }
    const entry = this.prefixes[prefix];
    const place = split.number - (entry?.from ?? 0);
    // Numbers far from the others would make a sparse table; so would prefixes without end.
    if (entry === undefined || place < 0 || place > 4 * this.count + 2 * spare) return this.irregularIndex(id);
    // Stored plus one: zero means not seen.
    const stored = entry.indexByNumber.get(place);
    if (stored > 0) return stored - 1;
    const known = this.irregular.get(id);
    if (known !== undefined) return known;
    const index = this.next();
    entry.indexByNumber.set(place, index + 1);
    entry.highest = index;
    entry.first = Math.min(entry.first, place);
    entry.length = Math.max(entry.length, place + 1);
    return index;
  }

  /** The index of an id that is there already; null of one that is not. */
  find(id: string): number | null {
    const irregular = this.irregular.get(id);
    if (irregular !== undefined) return irregular;
    const split = splitId(id);
    const entry = split === null ? undefined : this.prefixes[this.prefixIndex.get(split.prefix) ?? -1];
    const place = (split?.number ?? 0) - (entry?.from ?? 0);
    const stored = split === null || place < 0 ? 0 : (entry?.indexByNumber.get(place) ?? 0);
    return stored > 0 ? stored - 1 : null;
  }

  /** The id that has this index. It is looked for: few are ever asked for, and a table back would take as much again. */
  text(index: number): string {
    const irregular = this.irregularText.get(index);
    if (irregular !== undefined) return irregular;
    for (const prefix of this.prefixes) {
      const place = placeOf(prefix, index);
      if (place !== null) return `${prefix.text}${prefix.from + place}`;
    }
    return '';
  }

  /** Calls back with every id and its index, each made anew. */
  forEach(visit: (id: string, index: number) => void): void {
    for (const [id, index] of this.irregular) visit(id, index);
    for (const { text, from, indexByNumber, first, length } of this.prefixes) {
      for (let place = first; place < length; place += 1) {
        const stored = indexByNumber.get(place);
        if (stored > 0) visit(`${text}${from + place}`, stored - 1);
      }
    }
  }

  private irregularIndex(id: string): number {
    const known = this.irregular.get(id);
    if (known !== undefined) return known;
    const index = this.next();
    this.irregular.set(id, index);
    this.irregularText.set(index, id);
    return index;
  }

  private next(): number {
    this.count += 1;
    return this.count - 1;
  }
}

/** Numbers come nearly in order: it is looked for outward from where it would be if they did, and at the same distances. */
function placeOf({ indexByNumber, first, length, lowest, highest }: Prefix, index: number): number | null {
  if (index < lowest || index > highest) return null;
  const share = (index - lowest) / Math.max(1, highest - lowest);
  const guess = first + Math.round(share * (length - 1 - first));
  for (let away = 0; away < length - first; away += 1) {
    if (indexByNumber.get(guess + away) === index + 1) return guess + away;
    if (away <= guess && indexByNumber.get(guess - away) === index + 1) return guess - away;
  }
  return null;
}

/** What comes before the number at an id's end, and the number; null for an id without one that it gives back. */
export function splitId(id: string): { readonly prefix: string; readonly number: number } | null {
  let at = id.length;
  while (at > 0 && id.length - at < 9) {
    const code = id.charCodeAt(at - 1);
    if (code < 48 || code > 57) break;
    at -= 1;
  }
  // No digits, or a leading zero that the number would not give back.
  if (at === id.length || (id.charCodeAt(at) === 48 && at < id.length - 1)) return null;
  return { prefix: id.slice(0, at), number: Number(id.slice(at)) };
}
