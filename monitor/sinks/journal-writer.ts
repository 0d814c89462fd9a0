import { closeSync, openSync, writeSync } from 'node:fs';
import { type EndLine, type HeaderLine, journalVersion, type ServerLine } from '../../contract/journal/journal.ts';
import type { RunClock } from '../clock.ts';

/** server.ndjson: each line is one write, so that a kill at any moment leaves whole lines. Write errors are thrown. */
export class JournalWriter {
  private readonly file: number;
  private lines = 0;

  constructor(path: string, runId: string, clock: RunClock) {
    this.file = openSync(path, 'w');
    const header: HeaderLine = {
      format: 'server',
      version: journalVersion,
      runId,
      startedAtUs: clock.nowUs(),
      clock: clock.pair,
    };
    this.put(header);
  }

  write(line: ServerLine): void {
    this.put(line);
    this.lines += 1;
  }

  end(): void {
    this.put({ end: true, lines: this.lines } satisfies EndLine);
    closeSync(this.file);
  }

  private put(line: HeaderLine | ServerLine | EndLine): void {
    writeSync(this.file, `${JSON.stringify(line)}\n`);
  }
}
