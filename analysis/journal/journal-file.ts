import type { JournalFormat } from '../../contract/journal/journal.ts';
import { type Fields, fieldsOf } from './fields.ts';
import { headerProblem } from './header.ts';
import { type IsWanted, type NdjsonEnd, readNdjson } from './ndjson.ts';

export interface ExpectedFile {
  readonly format: JournalFormat;
  /** The run that the file must belong to; null takes any. */
  readonly runId: string | null;
  /** Gets the header if it is the expected one. */
  onHeader?(header: Fields): void;
  /** Which data lines are read; left out: all. */
  readonly isWanted?: IsWanted;
}

/**
 * Reads a file of a run, whose header must be the expected one and whose lines are objects.
 * @param onLine says what is wrong with a line, or null.
 */
export function readJournalFile(
  path: string,
  { format, runId, onHeader, isWanted }: ExpectedFile,
  onLine: (line: Fields) => string | null,
): NdjsonEnd {
  return readNdjson(
    path,
    (value) => {
      const problem = headerProblem(value, format, runId);
      const header = fieldsOf(value);
      if (problem === null && header !== null) onHeader?.(header);
      return problem;
    },
    (value) => {
      const line = fieldsOf(value);
      return line === null ? 'not an object' : onLine(line);
    },
    isWanted,
  );
}
