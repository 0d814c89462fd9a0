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
    // One buffer for the whole file: what is left of a chunk moves to its front.
    const buffer = Buffer.allocUnsafe(longestLineBytes + chunkBytes);
    let filled = 0;
    let goOn = true;
    while (goOn) {
      const read = readSync(file, buffer, filled, chunkBytes, null);
      if (read === 0) break;
      const length = filled + read;
      let start = 0;
      // No line ends in what was there before this chunk.
      for (
        let at = buffer.indexOf(newline, filled);
        goOn && at !== -1 && at < length;
        at = buffer.indexOf(newline, start)
      ) {
        if (at > start) goOn = take(buffer.toString('utf8', start, at), false);
        start = at + 1;
      }
      buffer.copyWithin(0, start, length);
      filled = length - start;
      if (filled > longestLineBytes) {
        problems.push(`it holds a line of more than ${longestLineBytes} bytes`);
        goOn = false;
      }
    }
    if (goOn && filled > 0) take(buffer.toString('utf8', 0, filled), true);
  } finally {
    closeSync(file);
  }

  if (!sawHeader && problems.length === 0) problems.push('it is empty');
  if (bad > 0) problems.push(`${bad} of its lines could not be read (first: ${firstBad})`);
  if (sawHeader && endCount === null) problems.push('it has no end line: its writer did not end gracefully');
  if (endCount !== null && endCount !== lines) {
    problems.push(`its end line counts ${endCount} lines, but it holds ${lines}`);
  }
  if (afterEnd) problems.push('it goes on after its end line');
  return { lines, complete: problems.length === 0, problems };
}
