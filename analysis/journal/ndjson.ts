import { closeSync, openSync, readSync } from 'node:fs';
import { type Bytes, GzipMembers } from './gzip-members.ts';
import type { FileProblem } from './journal-gap.ts';
import { unfinished } from './unfinished.ts';

const newline = 0x0a;
const chunkBytes = 1 << 20;
/** No journal line comes near this; a longer one is damage, not data. */
const longestLineBytes = 1 << 20;

export interface NdjsonEnd {
  /** Data lines read, without header and end line. */
  readonly lines: number;
  /** Whether the file was closed properly: an end line whose count is right. */
  readonly complete: boolean;
  /** Whether nothing is wrong but that its writer stopped in the middle: there is no end line, and the last line may be torn. */
  readonly isCutOff: boolean;
  /** Why it is not complete, or which lines could not be read; empty if all is well. */
  readonly problems: readonly FileProblem[];
}

/** Gets a value read from a line; says what is wrong with it, or null. */
type Take = (value: unknown) => string | null;

/** Whether a data line is to be read, by its first bytes: the others are counted and passed over. End lines always are. */
export type IsWanted = (buffer: Buffer, start: number) => boolean;

/**
 * Reads a journal file line by line in bounded memory.
 * @param onHeader gets the first line; a wrong header ends the reading.
 * @param onLine gets each data line that is wanted. Bad lines are counted and passed over.
 * A file without end line, with a torn last line or with a count that is off is not complete.
 */
export function readNdjson(path: string, onHeader: Take, onLine: Take, isWanted: IsWanted = () => true): NdjsonEnd {
  const content = new Content(onHeader, onLine, isWanted);
  const file = openSync(path, 'r');
  try {
    const members = path.endsWith('.gz') ? new GzipMembers(file) : null;
    readLines(members ?? plainBytes(file), content);
    if (members !== null && members.problem !== null) content.problems.push({ text: members.problem });
  } finally {
    closeSync(file);
  }
  return content.end();
}

const plainBytes = (file: number): Bytes => ({
  read: (into, offset, max) => readSync(file, into, offset, max, null),
});

/** Gives each line to `content`, until that wants no more. */
function readLines(bytes: Bytes, content: Content): void {
  // One buffer for the whole file: what is left of a chunk moves to its front.
  const buffer = Buffer.allocUnsafe(longestLineBytes + chunkBytes);
  let filled = 0;
  for (;;) {
    const read = bytes.read(buffer, filled, chunkBytes);
    if (read === 0) break;
    const length = filled + read;
    let start = 0;
    // No line ends in what was there before this chunk.
    let at = buffer.indexOf(newline, filled);
    while (at !== -1 && at < length) {
      if (at > start && !content.takeBytes(buffer, start, at)) return;
      start = at + 1;
      at = buffer.indexOf(newline, start);
    }
    buffer.copyWithin(0, start, length);
    filled = length - start;
    if (filled > longestLineBytes) {
      content.problems.push({ text: `it holds a line of more than ${longestLineBytes} bytes` });
      return;
    }
  }
  if (filled > 0) content.takeTorn(buffer.toString('utf8', 0, filled));
}

/** `{"end"` */
const endBytes = Buffer.from('{"end"');
/** Its fourth byte rules out nearly all others: a soak has tens of millions of lines. */
const isEnd = (buffer: Buffer, start: number): boolean =>
  buffer[start + 3] === endBytes[3] &&
  buffer.compare(endBytes, 0, endBytes.length, start, start + endBytes.length) === 0;

/** What the lines of a file are: first the header, then data, then the end line. */
class Content {
  readonly problems: FileProblem[] = [];
  private readonly onHeader: Take;
  private readonly onLine: Take;
  private lines = 0;
  private bad = 0;
  private firstBad = '';
  private endCount: number | null = null;
  private sawHeader = false;
  private afterEnd = false;
  private isTorn = false;

  private readonly isWanted: IsWanted;

  constructor(onHeader: Take, onLine: Take, isWanted: IsWanted) {
    this.onHeader = onHeader;
    this.onLine = onLine;
    this.isWanted = isWanted;
  }

  /** @returns whether to go on. */
  takeBytes(buffer: Buffer, start: number, end: number): boolean {
    // To parse a line takes many times as long as to find its end.
    if (this.sawHeader && this.endCount === null && !isEnd(buffer, start) && !this.isWanted(buffer, start)) {
      this.lines += 1;
      return true;
    }
    return this.take(buffer.toString('utf8', start, end));
  }

  /** @returns whether to go on. */
  take(text: string): boolean {
    const value = parsed(text);
    if (!this.sawHeader) return this.takeHeader(value);
    if (value === undefined) this.noteBad('not JSON');
    else if (this.endCount !== null) this.afterEnd = true;
    else if (isEndLine(value)) this.endCount = 'lines' in value && typeof value.lines === 'number' ? value.lines : -1;
    else {
      this.lines += 1;
      const problem = this.onLine(value);
      if (problem !== null) this.noteBad(problem);
    }
    return true;
  }

  /** The last line, where no newline follows it. */
  takeTorn(text: string): void {
    if (parsed(text) !== undefined) this.take(text);
    else {
      this.isTorn = true;
      this.problems.push(unfinished.tornLine);
    }
  }

  end(): NdjsonEnd {
    const { problems, lines, bad, endCount } = this;
    const isCutOff = this.sawHeader && endCount === null && bad === 0 && problems.length === (this.isTorn ? 1 : 0);
    if (!this.sawHeader && problems.length === 0) problems.push(unfinished.empty);
    if (bad > 0) problems.push({ text: `${bad} of its lines could not be read (first: ${this.firstBad})` });
    if (this.sawHeader && endCount === null) problems.push(unfinished.noEndLine);
    if (endCount !== null && endCount !== lines) {
      problems.push({ text: `its end line counts ${endCount} lines, but it holds ${lines}` });
    }
    if (this.afterEnd) problems.push({ text: 'it goes on after its end line' });
    return { lines, complete: problems.length === 0, isCutOff, problems };
  }

  private takeHeader(value: unknown): boolean {
    this.sawHeader = value !== undefined;
    const problem = value === undefined ? 'its header is not JSON' : this.onHeader(value);
    if (problem !== null) this.problems.push({ text: problem });
    return problem === null;
  }

  private noteBad(problem: string): void {
    this.bad += 1;
    this.firstBad ||= problem;
  }
}

function isEndLine(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'end' in value && value.end === true;
}

/** The value of a line, or undefined if it is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
