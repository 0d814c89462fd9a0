import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EndLine } from '../../contract/journal/journal.ts';
import { type MonitorClient, MonitorRefusal } from './monitor-client.ts';

const newline = 0x0a;
/** Header and identity stand within it. */
const maxHeadBytes = 64 << 10;
/** A look is compared with the one before, and what was said of a process before its end explains it. */
const beforeBytes = 256 << 10;
const maxCopyBytes = 512 << 20;
const attempts = 4;
const pauseMs = 500;

export interface Wanted {
  /** Where the copy goes. */
  readonly path: string;
  /** How long the monitor's file was when the run began. */
  readonly fromByte: number;
  /** Aborts what takes too long. */
  readonly stop: AbortSignal;
}

/**
 * Copies what a monitor elsewhere wrote since the run began, with its header and its identity, and closes the copy by an end line of
 * its own: the monitor goes on. After a broken answer it asks on from where it stood.
 * @returns why the copy is not whole; null if it is.
 */
export async function copyOfMonitor(client: MonitorClient, { path, fromByte, stop }: Wanted): Promise<string | null> {
  const head = headOf((await resumed(() => client.part(0), stop)).bytes);
  if (head === null) return 'its file does not begin with a header and an identity';
  mkdirSync(dirname(path), { recursive: true });
  const copy = new Copy(path, head);
  let problem: string | null = null;
  try {
    problem = await copyOn(client, copy, { start: Math.max(head.length, fromByte - beforeBytes), head, stop });
  } catch (error) {
    if (!(error instanceof MonitorRefusal)) throw error;
    problem = `its file could not be fetched to the end: it ${error.message}`;
  } finally {
    copy.close();
  }
  return problem;
}

interface From {
  readonly start: number;
  readonly head: Buffer;
  readonly stop: AbortSignal;
}

async function copyOn(client: MonitorClient, copy: Copy, { start, head, stop }: From): Promise<string | null> {
  // One byte earlier: whether a line begins there is then known.
  let at = start === head.length ? start : start - 1;
  let isAligned = start === head.length;
  for (;;) {
    const { bytes, total } = await resumed(() => client.part(at), stop);
    if (bytes.length === 0) return total < at ? 'its file is shorter than it was' : null;
    at += bytes.length;
    const from = isAligned ? 0 : bytes.indexOf(newline) + 1;
    if (isAligned || from > 0) copy.add(bytes.subarray(from));
    isAligned ||= from > 0;
    if (copy.length > maxCopyBytes) return `its file of the run is longer than ${maxCopyBytes} bytes`;
  }
}

/** The first two lines; null if they are not whole within their bound. */
function headOf(bytes: Buffer): Buffer | null {
  const first = bytes.indexOf(newline);
  const second = first === -1 ? -1 : bytes.indexOf(newline, first + 1);
  return second === -1 || second >= maxHeadBytes ? null : bytes.subarray(0, second + 1);
}

async function resumed<T>(ask: () => Promise<T>, stop: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof MonitorRefusal) || attempt === attempts || stop.aborted) throw error;
      await sleep(pauseMs);
    }
  }
}

/** A file of whole lines. */
class Copy {
  length: number;
  readonly #file: number;
  /** Identity and data, without header and end line. */
  #lines = 1;
  #rest = Buffer.alloc(0);

  constructor(path: string, head: Buffer) {
    this.#file = openSync(path, 'w');
    this.length = head.length;
    this.#write(head);
  }

  add(bytes: Buffer): void {
    const text = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const whole = text.lastIndexOf(newline) + 1;
    this.#rest = Buffer.from(text.subarray(whole));
    const lines = text.subarray(0, whole);
    for (let at = lines.indexOf(newline); at !== -1; at = lines.indexOf(newline, at + 1)) this.#lines += 1;
    // A monitor that has ended wrote an end line, which counts other lines than the copy has.
    const last = lines.subarray(lines.lastIndexOf(newline, whole - 2) + 1);
    const isEnd = last.toString('utf8', 0, 16).startsWith('{"end":true');
    if (isEnd) this.#lines -= 1;
    const kept = isEnd ? lines.subarray(0, lines.length - last.length) : lines;
    this.#write(kept);
    this.length += kept.length;
  }

  close(): void {
    const end: EndLine = { end: true, lines: this.#lines };
    this.#write(Buffer.from(`${JSON.stringify(end)}\n`));
    closeSync(this.#file);
  }

  #write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
  }
}
