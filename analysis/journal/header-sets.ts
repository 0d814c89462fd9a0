import { Column } from './column.ts';

/** What an answer says of limits: texts by header. */
export type HeaderSet = Readonly<Record<string, string>>;

/** Stands for a header set that was not kept. */
export const unrecorded: HeaderSet = {};

/** The distinct header sets of a ledger, and which row has which. */
export class HeaderSets {
  private readonly sets: HeaderSet[] = [unrecorded];
  /** Number of the set plus one: zero means none. */
  private readonly byRow = new Column(Uint32Array);

  /** @returns its number. */
  add(headers: HeaderSet): number {
    return this.sets.push(headers) - 1;
  }

  set(row: number, number: number): void {
    this.byRow.set(row, number + 1);
  }

  /** What the row's answer says; `unrecorded` if its set was not kept, null if it says nothing. */
  of(row: number): HeaderSet | null {
    const stored = this.byRow.get(row);
    return stored === 0 ? null : (this.sets[stored - 1] ?? unrecorded);
  }
}
