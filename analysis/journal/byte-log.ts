const chunkBytes = 1 << 20;

/** A growing list of bytes with numbers of variable length, in chunks so that growing copies nothing. */
export class ByteLog {
  private readonly chunks: Uint8Array[] = [];
  private readonly scratch = new DataView(new ArrayBuffer(8));
  length = 0;

  byte(value: number): void {
    const at = this.length & (chunkBytes - 1);
    if (at === 0) this.chunks.push(new Uint8Array(chunkBytes));
    const chunk = this.chunks.at(-1);
    if (chunk !== undefined) chunk[at] = value;
    this.length += 1;
  }

  /** A whole number from 0 to 2^53: seven bits a byte, the lowest first. */
  whole(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  double(value: number): void {
    this.scratch.setFloat64(0, value);
    for (let n = 0; n < 8; n += 1) this.byte(this.scratch.getUint8(n));
  }

  text(value: string): void {
    const bytes = Buffer.from(value, 'utf8');
    this.whole(bytes.length);
    for (const byte of bytes) this.byte(byte);
  }

  get(at: number): number {
    return this.chunks[Math.floor(at / chunkBytes)]?.[at & (chunkBytes - 1)] ?? 0;
  }
}

/** Reads a ByteLog from its start. */
export class ByteReader {
  private readonly log: ByteLog;
  private readonly scratch = new DataView(new ArrayBuffer(8));
  private at = 0;

  constructor(log: ByteLog) {
    this.log = log;
  }

  byte(): number {
    const value = this.log.get(this.at);
    this.at += 1;
    return value;
  }

  whole(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  double(): number {
    for (let n = 0; n < 8; n += 1) this.scratch.setUint8(n, this.byte());
    return this.scratch.getFloat64(0);
  }

  text(): string {
    const bytes = new Uint8Array(this.whole());
    for (let n = 0; n < bytes.length; n += 1) bytes[n] = this.byte();
    return Buffer.from(bytes).toString('utf8');
  }
}
