import { closeSync, openSync, readSync } from 'node:fs';

const newline = 0x0a;
const chunkBytes = 1 << 20;
/** No journal line comes near this; a longer one is damage, not data. */
const longestLineBytes = 1 << 20;

export interface NdjsonEnd {
  /** Data lines read, without header and end line. */
  readonly lines: number;
  /** Whether the file was closed in order: an end line whose count is right. */
  readonly complete: boolean;
  /** Why it is not complete, or which lines could not be read; empty if all is well. */
  readonly problems: readonly string[];
}

/**
 * Reads a journal file line by line in bounded memory.
 * @param onHeader gets the first line and says what is wrong with it, or null; a wrong header ends the reading.
 * @param onLine gets each data line and says what is wrong with it, or null. Bad lines are counted and passed over.
 * A file without end line, with a torn last line or with a count that is off is not complete.
 */
export function readNdjson(
  path: string,
  onHeader: (value: unknown) => string | null,
  onLine: (value: unknown) => string | null,
): NdjsonEnd {
  const problems: string[] = [];
  let lines = 0;
  let bad = 0;
  let firstBad = '';
  let endCount: number | null = null;
  let sawHeader = false;
  let afterEnd = false;

  function take(text: string, torn: boolean): boolean {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      if (torn) problems.push('its last line is torn: the writer was stopped in the middle of it');
      else if (!sawHeader) {
        problems.push('its header is not JSON');
        return false;
      } else {
        bad += 1;
        firstBad ||= 'not JSON';
      }
      return true;
    }
    if (!sawHeader) {
      sawHeader = true;
      const problem = onHeader(value);
      if (problem !== null) problems.push(problem);
      return problem === null;
    }
    if (endCount !== null) {
      afterEnd = true;
      return true;
    }
    if (typeof value === 'object' && value !== null && 'end' in value && value.end === true) {
      endCount = 'lines' in value && typeof value.lines === 'number' ? value.lines : -1;
      return true;
    }
    lines += 1;
    const problem = onLine(value);
    if (problem !== null) {
      bad += 1;
      firstBad ||= problem;
    }
    return true;
  }

  const file = openSync(path, 'r');
  try {
    let rest: Buffer = Buffer.alloc(0);
    const chunk = Buffer.allocUnsafe(chunkBytes);
    let goOn = true;
    while (goOn) {
      const read = readSync(file, chunk, 0, chunkBytes, null);
      if (read === 0) break;
      const data: Buffer = rest.length === 0 ? chunk.subarray(0, read) : Buffer.concat([rest, chunk.subarray(0, read)]);
      let start = 0;
      for (let at = data.indexOf(newline); goOn && at !== -1; at = data.indexOf(newline, start)) {
        if (at > start) goOn = take(data.toString('utf8', start, at), false);
        start = at + 1;
      }
      rest = Buffer.from(data.subarray(start));
      if (rest.length > longestLineBytes) {
        problems.push(`it holds a line of more than ${longestLineBytes} bytes`);
        rest = Buffer.alloc(0);
        goOn = false;
      }
    }
    if (goOn && rest.length > 0) take(rest.toString('utf8'), true);
  } finally {
    closeSync(file);
  }

  if (!sawHeader && problems.length === 0) problems.push('it is empty');
  if (bad > 0) problems.push(`${bad} of its lines could not be read (first: ${firstBad})`);
  if (sawHeader && endCount === null) problems.push('it has no end line: its writer did not end in order');
  if (endCount !== null && endCount !== lines) {
    problems.push(`its end line counts ${endCount} lines, but it holds ${lines}`);
  }
  if (afterEnd) problems.push('it goes on after its end line');
  return { lines, complete: problems.length === 0, problems };
}
