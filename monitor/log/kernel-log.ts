import { closeSync, constants, openSync, readSync } from 'node:fs';
import { isSystemError } from '../../contract/journal/unwritable-file.ts';

/** Longer than any record of the kernel's log. Source: Linux, Documentation/ABI/testing/dev-kmsg. */
const recordBytes = 8192;
/** What the kernel says of an end may come so much later than the end: analysis allows for more. */
const everyMs = 1000;
/** A kernel that says more between two looks is read on at the next. */
const maxRecords = 20_000;

/** What the kernel says from now on, such as which process it killed for want of memory; nothing where we may not read it. */
export class KernelLog {
  readonly #file: number | null;
  #lastMs = Number.NEGATIVE_INFINITY;
  readonly #record = Buffer.allocUnsafe(recordBytes);

  constructor(path = '/dev/kmsg') {
    this.#file = openOrNull(path);
    this.readOn(() => {});
  }

  readOn(onText: (text: string) => void, nowMs = performance.now()): void {
    // That there is nothing to read comes as an exception, which costs more than a record.
    if (nowMs - this.#lastMs < everyMs) return;
    this.#lastMs = nowMs;
    for (let n = 0; n < maxRecords; n += 1) {
      const record = this.#next();
      if (record === null) return;
      onText(`${record}\n`);
    }
  }

  /** The words of the next record; null if there is none yet. */
  #next(): string | null {
    if (this.#file === null) return null;
    try {
      const length = readSync(this.#file, this.#record, 0, recordBytes, null);
      // Priority, number and time come before the words, properties of devices in lines after them.
      return length === 0 ? null : (/;([^\n]*)/.exec(this.#record.toString('latin1', 0, length))?.[1] ?? '');
    } catch (error) {
      if (!isSystemError(error)) throw error;
      // EAGAIN: no more. EPIPE: records were overwritten before they were read; the next read goes on after them.
      return 'code' in error && error.code === 'EPIPE' ? '' : null;
    }
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
  }
}

function openOrNull(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}
