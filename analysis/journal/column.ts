type Numbers = Float64Array | Uint32Array | Uint16Array | Uint8Array;

const rowBits = 16;
const rows = 1 << rowBits;

/**
 * A growing list of numbers of one type, in chunks: what doubles its array holds, for a moment, three times what it needs.
 * A row that was never set is 0.
 */
export class Column {
  private readonly chunks: Numbers[] = [];
  private readonly make: new (
    length: number,
  ) => Numbers;

  constructor(make: new (length: number) => Numbers) {
    this.make = make;
  }

  get(row: number): number {
    return this.chunks[row >>> rowBits]?.[row & (rows - 1)] ?? 0;
  }

  set(row: number, value: number): void {
    const index = row >>> rowBits;
    while (this.chunks.length <= index) this.chunks.push(new this.make(rows));
    const chunk = this.chunks[index];
    if (chunk !== undefined) chunk[row & (rows - 1)] = value;
  }
}
