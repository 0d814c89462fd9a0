import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Ways in which servers say that a worker ended in order: ours, uvicorn's, gunicorn's. */
const recycled = [
  /worker (\d+) recycled/i,
  /Worker exiting \(pid: (\d+)\)/,
  /Finished server process \[(\d+)\]/,
  /gracefully (?:stopped|terminated) (?:worker|child)[^\d]*(\d+)/i,
];

const maxBytesAtOnce = 1 << 20;

/** Follows the server's log from its present end, also when it is truncated or replaced. */
export class LogTail {
  private readonly path: string;
  private offset: number | null = null;
  private inode = 0;
  private rest = '';

  constructor(path: string) {
    this.path = path;
  }

  /** Pids of workers that new lines say were recycled in order. */
  recycledPids(): readonly number[] {
    return this.newLines().flatMap((line) => {
      for (const pattern of recycled) {
        const pid = pattern.exec(line)?.[1];
        if (pid !== undefined) return [Number(pid)];
      }
      return [];
    });
  }

  private newLines(): readonly string[] {
    let file: number;
    try {
      file = openSync(this.path, 'r');
    } catch {
      // A log that is not there yet, or was moved away a moment ago, comes with a later look.
      return [];
    }
    try {
      const { size, ino } = fstatSync(file);
      if (this.offset === null) [this.offset, this.inode] = [size, ino];
      if (ino !== this.inode || size < this.offset) [this.offset, this.inode, this.rest] = [0, ino, ''];
      const data = Buffer.alloc(Math.min(maxBytesAtOnce, size - this.offset));
      const read = readSync(file, data, 0, data.length, this.offset);
      this.offset += read;
      const lines = (this.rest + data.toString('utf8', 0, read)).split('\n');
      this.rest = (lines.pop() ?? '').slice(-4096);
      return lines;
    } finally {
      closeSync(file);
    }
  }
}
