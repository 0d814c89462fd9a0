import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

// Readers of files that grow while they are read, for progress: bounded in memory however long the run. Damage is for the report
// to tell; here it is passed over.

const chunkBytes = 1 << 20;

function withFile<T>(path: string, read: (file: number) => T, otherwise: T): T {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    // It does not exist yet: its writer has only just been started.
    return otherwise;
  }
  try {
    return read(file);
  } finally {
    closeSync(file);
  }
}

function parsed(line: string): readonly unknown[] {
  try {
    return [JSON.parse(line) as unknown];
  } catch {
    return [];
  }
}

/** The new whole lines of a file since the last call, at most 1 MiB at a time. */
export class GrowingFile {
  readonly #path: string;
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  lines(): readonly unknown[] {
    return withFile(this.#path, (file) => this.#read(file), []);
  }

  #read(file: number): readonly unknown[] {
    const data = Buffer.alloc(Math.max(0, Math.min(fstatSync(file).size - this.#offset, chunkBytes)));
    const bytes = readSync(file, data, 0, data.length, this.#offset);
    const end = data.lastIndexOf(0x0a, bytes - 1) + 1;
    // A line longer than a chunk is damage: it is passed over piece by piece.
    this.#offset += end === 0 && bytes === chunkBytes ? bytes : end;
    return data.toString('utf8', 0, end).split('\n').flatMap(parsed);
  }
}
