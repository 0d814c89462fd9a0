import { type JournalFormat, journalVersion, oldestVersion } from '../../contract/journal/journal.ts';
import { fieldsOf, numberIn, textIn } from './fields.ts';

/**
 * Checks the header line of a journal file.
 * @param runId the run it must belong to; null takes any (pieces recorded apart).
 * @returns what is wrong with it in words, or null.
 */
export function headerProblem(value: unknown, format: JournalFormat, runId: string | null): string | null {
  const header = fieldsOf(value);
  if (header === null || textIn(header, 'format') !== format) return `its header does not say format "${format}"`;
  const version = numberIn(header, 'version');
  if (version === null || !isReadable(version)) {
    return `its format version is ${version}, this program reads ${oldestVersion} to ${journalVersion}`;
  }
  const found = textIn(header, 'runId');
  if (found === null) return 'its header names no run';
  if (runId !== null && found !== runId) return `it belongs to another run, "${found}"`;
  return null;
}

/** Lines have the same shapes in all versions that this program reads. */
export function isReadable(version: number): boolean {
  return Number.isInteger(version) && version >= oldestVersion && version <= journalVersion;
}
