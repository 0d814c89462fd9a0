import type { JournalFormat } from '../../contract/journal/journal.ts';
import { type Fields, fieldsOf } from './fields.ts';
import { headerProblem } from './header.ts';
import { type NdjsonEnd, readNdjson } from './ndjson.ts';

export interface ExpectedFile {
  readonly format: JournalFormat;
  /** The run that the file must belong to; null takes any. */
  readonly runId: string | null;
}

/**
 * Reads a file of a run, whose header must be the expected one and whose lines are objects.
 * @param onLine says what is wrong with a line, or null.
 */
export function readJournalFile(
  path: string,
  { format, runId }: ExpectedFile,
  onLine: (line: Fields) => string | null,
): NdjsonEnd {
  return readNdjson(
    path,
    (value) => headerProblem(value, format, runId),
    (value) => {
      const line = fieldsOf(value);
      return line === null ? 'not an object' : onLine(line);
    },
  );
}
