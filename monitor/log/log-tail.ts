import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { isSystemError } from '../../contract/journal/unwritable-file.ts';

const chunkBytes = 1 << 20;
/** A log that grows faster than this falls behind, and is read on at the next looks. */
const maxBytesPerMs = 256 << 10;
/** However soon the next look comes. */
const minBytesAtOnce = 64 << 20;
/** A line that goes on beyond this says nothing about a worker. */
const maxLineCharacters = 4096;
/** So much before the place that was read last shows whether the file is still the one that was read. */
const markBytes = 64;
/** A log that was moved away is read on for so many looks without news: its writers may not have opened the new one yet. */
const maxIdleLooks = 40;

/** Takes whole lines, each with its line break. */
type OnText = (text: string) => void;

type FileId = Readonly<Record<'dev' | 'ino', number>>;

const identityOf = ({ dev, ino }: FileId): string => `${dev}/${ino}`;

/** One open file that grows, and may be truncated (copytruncate), also if it has grown beyond the old size since. */
class GrowingLog {
  readonly #file: number;
  readonly #chunk = Buffer.allocUnsafe(chunkBytes);
  #offset: number;
  #mark: Buffer = Buffer.alloc(0);
  #rest = '';
  /** When it was last written to, as the last look saw it. */
  #writtenMs = 0;
  readonly #identity: string;
  idleLooks = 0;
  /** What the last look left for the next one. */
  unreadBytes = 0;
  readonly #maxBytesAtOnce: number;

  constructor(file: number, offset: number, maxBytesAtOnce: number) {
    this.#file = file;
    this.#offset = offset;
    this.#maxBytesAtOnce = maxBytesAtOnce;
    this.#mark = this.#before(offset);
    this.#identity = identityOf(fstatSync(file));
  }

  isOf(file: FileId): boolean {
    return identityOf(file) === this.#identity;
  }

  readOn(onText: OnText): void {
    const { size, mtimeMs } = fstatSync(this.#file);
    if (size === this.#offset && mtimeMs === this.#writtenMs) {
      this.idleLooks += 1;
      return;
    }
    this.#writtenMs = mtimeMs;
    if (size < this.#offset || !this.#before(this.#offset).equals(this.#mark)) [this.#offset, this.#rest] = [0, ''];
    this.idleLooks = size > this.#offset ? 0 : this.idleLooks + 1;
    const untilOffset = Math.min(size, this.#offset + this.#maxBytesAtOnce);
    while (this.#offset < untilOffset) {
      const read = readSync(this.#file, this.#chunk, 0, Math.min(chunkBytes, untilOffset - this.#offset), this.#offset);
      if (read === 0) break;
      this.#offset += read;
      const text = this.#rest + this.#chunk.toString('latin1', 0, read);
      const end = text.lastIndexOf('\n') + 1;
      this.#rest = text.slice(end).slice(-maxLineCharacters);
      if (end > 0) onText(text.slice(0, end));
    }
    this.#mark = this.#before(this.#offset);
    this.unreadBytes = size - untilOffset;
  }

  /** The last line has no line break if its writer ended within it. */
  end(onText: OnText): void {
    if (this.#rest !== '') onText(`${this.#rest}\n`);
    this.#rest = '';
  }

  close(): void {
    closeSync(this.#file);
  }

  #before(offset: number): Buffer {
    const from = Math.max(0, offset - markBytes);
    const bytes = Buffer.alloc(offset - from);
    return bytes.subarray(0, readSync(this.#file, bytes, 0, bytes.length, from));
  }
}

function openOrNull(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}

/** Follows the server's log from its present end, also when it is truncated, or moved away and made anew. */
export class LogTail {
  readonly #path: string;
  #current: GrowingLog | null = null;
  /** Moved away, and perhaps still written to. */
  #moved: GrowingLog[] = [];
  readonly #maxBytesAtOnce: number;

  /**
   * What the log holds now is history; what comes later is read.
   * @param intervalMs between two looks.
   */
  constructor(path: string, intervalMs: number) {
    this.#path = path;
    this.#maxBytesAtOnce = Math.max(minBytesAtOnce, maxBytesPerMs * intervalMs);
    const file = openOrNull(path);
    if (file !== null) this.#current = new GrowingLog(file, fstatSync(file).size, this.#maxBytesAtOnce);
  }

  /** What the last look left unread, for there was more than it takes. */
  get unreadBytes(): number {
    return this.#moved.reduce((sum, log) => sum + log.unreadBytes, this.#current?.unreadBytes ?? 0);
  }

  /** Gives what is new, in whole lines. */
  readOn(onText: OnText): void {
    const there = statSync(this.#path, { throwIfNoEntry: false });
    if (there !== undefined && this.#current?.isOf(there) !== true) {
      if (this.#current !== null) this.#moved.push(this.#current);
      const file = openOrNull(this.#path);
      this.#current = file === null ? null : new GrowingLog(file, 0, this.#maxBytesAtOnce);
    }
    this.#moved = this.#moved.filter((log) => {
      log.readOn(onText);
      if (log.idleLooks < maxIdleLooks) return true;
      log.end(onText);
      log.close();
      return false;
    });
    this.#current?.readOn(onText);
  }
}
