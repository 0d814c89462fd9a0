import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  type AlertLine,
  type EndLine,
  type HeaderLine,
  journalVersion,
  type LogTroubleLine,
  type MetricsLine,
  type ServerIdentityLine,
  type ServerLine,
  type ServerSampleLine,
  type StoreLine,
} from '../../contract/journal/journal.ts';
import { monitorPiece, pieceOfMonitor } from '../../contract/journal/monitor-pieces.ts';
import type { RunClock } from '../clock.ts';
import { packFile } from './packed-file.ts';
import type { Sink } from './sink.ts';
import { writeAll } from './write-all.ts';

/** Some hours of a small server. */
const pieceBytes = 32 << 20;

export interface JournalOptions {
  readonly runId: string;
  readonly clock: RunClock;
  /** Whether it follows a monitor of the same run that died: what that one wrote stays. */
  readonly goesOn: boolean;
  /** Length of a file, from which on another one follows; left out: 32 MiB. */
  readonly maxBytes?: number;
}

/**
 * monitors/<id>.ndjson: each line is one write, so that a kill at any moment leaves whole lines. Write errors are thrown; a file that
 * failed gets no end line, which tells the reader that it is not complete. A long one is followed by others, and packed when it is
 * the last but two: who follows the newest lines is never more than one file behind.
 */
export class JournalWriter implements Sink {
  readonly path: string;
  /** Resolves when no file is being packed. */
  packed: Promise<void> = Promise.resolve();
  readonly #path: string;
  readonly #options: JournalOptions;
  #number: number;
  #file: number;
  #identity: ServerIdentityLine | null = null;
  #lines = 0;
  #bytes = 0;

  constructor(path: string, options: JournalOptions) {
    this.path = path;
    this.#path = path;
    this.#options = options;
    mkdirSync(dirname(path), { recursive: true });
    const before = piecesBeside(path);
    const others = options.goesOn ? [] : before.filter(({ name }) => name !== basename(path));
    for (const { name } of others) rmSync(join(dirname(path), name));
    this.#number = options.goesOn ? before.reduce((last, { number }) => Math.max(last, number), 0) + 1 : 1;
    this.#file = openSync(monitorPiece(path, this.#number), 'w');
  }

  /** The header is written here: a disk that is full already is told as one that fills later. */
  start(identity: ServerIdentityLine): void {
    this.#identity = identity;
    this.#begin();
  }

  /** The last identity holds for the whole file, but for its cores: they are those of the samples that follow it. */
  watch(identity: ServerIdentityLine): void {
    this.#identity = identity;
    this.#write(identity);
  }

  sample(sample: ServerSampleLine): void {
    this.#write(sample);
  }

  alert(alert: AlertLine): void {
    this.#write(alert);
  }

  store(line: StoreLine | LogTroubleLine): void {
    this.#write(line);
  }

  metrics(line: MetricsLine): void {
    this.#write(line);
  }

  end(): void {
    this.#put({ end: true, lines: this.#lines } satisfies EndLine);
    closeSync(this.#file);
  }

  #begin(): void {
    const { runId, clock } = this.#options;
    this.#lines = 0;
    this.#bytes = 0;
    this.#put({
      ...{ format: 'server', version: journalVersion, runId },
      ...{ startedAtUs: clock.nowUs(), clock: clock.pair },
    } satisfies HeaderLine);
    if (this.#identity !== null) this.#write(this.#identity);
  }

  #write(line: ServerLine): void {
    this.#put(line);
    this.#lines += 1;
    if (this.#bytes >= (this.#options.maxBytes ?? pieceBytes)) this.#turn();
  }

  #turn(): void {
    const next = openSync(monitorPiece(this.#path, this.#number + 1), 'w');
    this.end();
    const done = monitorPiece(this.#path, this.#number - 1);
    if (this.#number > 1 && existsSync(done)) {
      // One that cannot be packed is read as it is.
      this.packed = this.packed.then(() => packFile(done)).catch(() => rmSync(`${done}.gz.part`, { force: true }));
    }
    this.#number += 1;
    this.#file = next;
    this.#begin();
  }

  #put(line: HeaderLine | ServerLine | EndLine): void {
    const text = `${JSON.stringify(line)}\n`;
    writeAll(this.#file, text);
    this.#bytes += text.length;
  }
}

/** Files of this monitor that are there, packed ones included. */
function piecesBeside(path: string): readonly { readonly name: string; readonly number: number }[] {
  const own = pieceOfMonitor(basename(path));
  return readdirSync(dirname(path)).flatMap((name) => {
    const piece = pieceOfMonitor(name);
    return piece === null || piece.id !== own?.id ? [] : [{ name, number: piece.number }];
  });
}
