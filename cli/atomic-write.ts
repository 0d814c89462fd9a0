import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isSystemError, UnwritableFileError } from '../contract/journal/unwritable-file.ts';

/**
 * Writes a whole file under a new name and renames it, so that a reader finds the old text or the new one, never a torn one.
 * Throws an UnwritableFileError; the old text then stays.
 */
export function atomicWrite(path: string, text: string): void {
  const beside = `${path}.new`;
  try {
    const file = openSync(beside, 'w');
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    if (!isSystemError(error)) throw error;
    throw new UnwritableFileError(path, error);
  }
}
