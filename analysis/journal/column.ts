type Numbers = Float64Array | Uint32Array | Uint16Array | Uint8Array;

const rowBits = 16;
const rows = 1 << rowBits;
/** Of a chunk at first: most lists are short. */
const minRows = 1 << 10;

/**
 * A growing list of numbers of one type, in chunks: what doubles its array holds, for a moment, three times what it needs, which
 * only a chunk does here. A row that was never set is 0.
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
    const place = row & (rows - 1);
    while (this.chunks.length <= index) this.chunks.push(new this.make(0));
    let chunk = this.chunks[index];
    if (chunk === undefined || place >= chunk.length) chunk = this.grown(index, place);
    chunk[place] = value;
  }

  private grown(index: number, place: number): Numbers {
    let length = Math.max(minRows, this.chunks[index]?.length ?? 0);
    while (length <= place) length *= 2;
    const chunk = new this.make(length);
    chunk.set(this.chunks[index] ?? []);
    this.chunks[index] = chunk;
    return chunk;
  }
}
