import { closeSync, openSync } from 'node:fs';
import type { AlertLine, ServerIdentityLine } from '../../contract/journal/journal.ts';
import type { RunClock } from '../clock.ts';
import type { Sink } from './sink.ts';
import { writeAll } from './write-all.ts';

/** monitor.log: what was watched and every alert, for people. */
export class LogFile implements Sink {
  readonly path: string;
  readonly #file: number;
  readonly #clock: RunClock;

  constructor(path: string, clock: RunClock) {
    this.path = path;
    this.#file = openSync(path, 'a');
    this.#clock = clock;
  }

  start({ watched = [], unwatched = [], aside = [], intervalMs, cores }: ServerIdentityLine): void {
    for (const text of watched) this.#note(`watching ${text}`);
    for (const text of [...unwatched, ...aside]) this.#note(`not watching: ${text}`);
    this.#note(`every ${intervalMs} ms; it may use ${cores} cores`);
  }

  watch(_: ServerIdentityLine, lines: readonly string[]): void {
    for (const text of lines) this.#note(text);
  }

  sample(): void {}

  store(): void {}

  metrics(): void {}

  alert({ alert, message }: AlertLine): void {
    this.#note(`${alert}: ${message}`);
  }

  end(samples: number, alerts: number): void {
    this.#note(`ended after ${samples} samples and ${alerts} alerts`);
    closeSync(this.#file);
  }

  #note(text: string): void {
    writeAll(this.#file, `${new Date(this.#clock.nowUs() / 1000).toISOString()} ${text}\n`);
  }
}
