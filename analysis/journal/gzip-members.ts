import { readSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';

/** The next bytes of a text, put into a buffer; how many they are, and 0 at the end. */
export interface Bytes {
  read(into: Buffer, offset: number, max: number): number;
}

const headBytes = 20;
/** A member holds at most 1 MiB of text and one line; what claims more is damage. */
const maxMemberBytes = 4 << 20;
const maxTextBytes = 8 << 20;

/**
 * A finished piece of the journal is a row of gzip members, each of which tells its own length in an extra field: so it is read
 * member by member, and no more of it is held. `zcat` reads it, too. RFC 1952, 2.3.1.1; k6/timeline/compress.go writes it.
 *
 *     | fixed header 10 | extra length 2 | "WS" 2 | 4, 0 | length of the whole member 4 | deflated … | CRC 4 | size 4 |
 */
export class GzipMembers implements Bytes {
  /** What was wrong; null if nothing. */
  problem: string | null = null;
  private readonly file: number;
  private readonly head = Buffer.alloc(headBytes);
  private text: Buffer = Buffer.alloc(0);
  private taken = 0;

  constructor(file: number) {
    this.file = file;
  }

  read(into: Buffer, offset: number, max: number): number {
    if (this.taken === this.text.length && !this.next()) return 0;
    const bytes = this.text.copy(into, offset, this.taken, Math.min(this.text.length, this.taken + max));
    this.taken += bytes;
    return bytes;
  }

  /** Reads the next member; false at the end, or where the file is damaged. */
  private next(): boolean {
    const { file, head } = this;
    const read = readWhole(file, head);
    if (read === 0) return false;
    const length = head.readUInt32LE(16);
    const isOurs = read === headBytes && head.readUInt16LE(0) === 0x8b1f && head.toString('latin1', 12, 14) === 'WS';
    if (!isOurs || length <= headBytes || length > maxMemberBytes) return this.damaged();
    const member = Buffer.alloc(length);
    head.copy(member);
    if (readWhole(file, member, headBytes) !== length - headBytes) return this.damaged();
    try {
      this.text = gunzipSync(member, { maxOutputLength: maxTextBytes, chunkSize: chunkBytes(member) });
    } catch {
      // zlib throws many things at damaged data; each means the same.
      return this.damaged();
    }
    this.taken = 0;
    return this.text.length > 0 || this.next();
  }

  private damaged(): false {
    this.problem = 'a part of it cannot be unpacked: it is torn or damaged';
    return false;
  }
}

/** A member ends with its text's length: room for that at once, and a byte to spare that shows its end, spares V8 sixty buffers a member. */
const chunkBytes = (member: Buffer): number =>
  Math.min(maxTextBytes, Math.max(constants.Z_MIN_CHUNK, member.readUInt32LE(member.length - 4) + 1));

/** Fills a buffer from `offset` on, as far as the file goes. */
function readWhole(file: number, into: Buffer, offset = 0): number {
  let at = offset;
  while (at < into.length) {
    const read = readSync(file, into, at, into.length - at, null);
    if (read === 0) break;
    at += read;
  }
  return at - offset;
}
