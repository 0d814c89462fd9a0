/** Whether the system refused something, such as a file. What else is thrown while one is read or written is a bug of ours. */
export const isSystemError = (error: unknown): error is Error => error instanceof Error && 'syscall' in error;

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
