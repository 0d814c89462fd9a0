import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Ways in which servers say that a worker ended gracefully: ours, uvicorn's, gunicorn's. */
const recycled = [
  /worker (\d+) recycled/i,
  /Worker exiting \(pid: (\d+)\)/,
  /Finished server process \[(\d+)\]/,
  /gracefully (?:stopped|terminated) (?:worker|child)[^\d]*(\d+)/i,
];

const chunkBytes = 1 << 20;
/** A log that grows faster than this at every look falls behind, and is read on at the next ones. */
const maxBytesAtOnce = 64 << 20;
/** A line that goes on beyond this says nothing about a worker. */
const maxLineCharacters = 4096;

/** Follows the server's log from its present end, also when it is truncated or replaced. */
export class LogTail {
  readonly #path: string;
  #offset: number | null = null;
  #inode = 0;
  #rest = '';
  readonly #onText: ((text: string) => void) | undefined;

  /** @param onText is given all that is new, in whole lines. */
  constructor(path: string, onText?: (text: string) => void) {
    this.#path = path;
    this.#onText = onText;
  }

  /** Pids of workers that new lines say were recycled gracefully. */
  recycledPids(): readonly number[] {
    const pids: number[] = [];
    this.#readOn((line) => {
      for (const pattern of recycled) {
        const pid = pattern.exec(line)?.[1];
        if (pid !== undefined) {
          pids.push(Number(pid));
          return;
        }
      }
    });
    return pids;
  }

  #readOn(onLine: (line: string) => void): void {
    let file: number;
    try {
      file = openSync(this.#path, 'r');
    } catch {
      // A log that does not exist yet, or was moved away a moment ago, comes with a later look.
      return;
    }
    try {
      const { size, ino } = fstatSync(file);
      if (this.#offset === null) [this.#offset, this.#inode] = [size, ino];
      if (ino !== this.#inode || size < this.#offset) [this.#offset, this.#inode, this.#rest] = [0, ino, ''];
      const untilOffset = Math.min(size, this.#offset + maxBytesAtOnce);
      const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, untilOffset - this.#offset));
      while (this.#offset < untilOffset) {
        const read = readSync(file, chunk, 0, Math.min(chunk.length, untilOffset - this.#offset), this.#offset);
        if (read === 0) return;
        this.#offset += read;
        const text = this.#rest + chunk.toString('latin1', 0, read);
        const lines = text.split('\n');
        const rest = lines.pop() ?? '';
        this.#onText?.(text.slice(0, text.length - rest.length));
        this.#rest = rest.slice(-maxLineCharacters);
        for (const line of lines) onLine(line);
      }
    } finally {
      closeSync(file);
    }
  }
}
