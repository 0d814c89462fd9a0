import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** What the system says of a file that it refuses, in words: `ENOSPC: no space left on device`. */
export function refusalOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message.replace(/, \w+(?: '.*)?$/s, '');
}

/** The system refused to write a file: the disk is full, read-only, or another's. No fault of the server, and none of ours. */
export class UnwritableFileError extends Error {
  override readonly name = 'UnwritableFileError';
  readonly path: string;
  /** Without the path: `ENOSPC: no space left on device`. */
  readonly refusal: string;

  constructor(path: string, cause: unknown) {
    super(`${path} could not be written (${refusalOf(cause)})`, { cause });
    this.path = path;
    this.refusal = refusalOf(cause);
  }
}

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
    throw new UnwritableFileError(path, error);
  }
}
