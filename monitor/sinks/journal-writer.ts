import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
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
import type { RunClock } from '../clock.ts';
import type { Sink } from './sink.ts';
import { writeAll } from './write-all.ts';

/**
 * monitors/<id>.ndjson: each line is one write, so that a kill at any moment leaves whole lines. Write errors are thrown; a file that
 * failed gets no end line, which tells the reader that it is not complete.
 */
export class JournalWriter implements Sink {
  readonly name: string;
  readonly #file: number;
  readonly #header: HeaderLine;
  #lines = 0;

  constructor(path: string, runId: string, clock: RunClock) {
    this.name = path;
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openSync(path, 'w');
    this.#header = {
      format: 'server',
      version: journalVersion,
      runId,
      startedAtUs: clock.nowUs(),
      clock: clock.pair,
    };
  }

  /** The header is written here: a disk that is full already is told as one that fills later. */
  start(identity: ServerIdentityLine): void {
    this.#put(this.#header);
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

  #write(line: ServerLine): void {
    this.#put(line);
    this.#lines += 1;
  }

  #put(line: HeaderLine | ServerLine | EndLine): void {
    writeAll(this.#file, `${JSON.stringify(line)}\n`);
  }
}
