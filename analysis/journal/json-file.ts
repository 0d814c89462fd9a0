import { readFileSync } from 'node:fs';
import { isSystemError, refusalOf } from '../../contract/journal/unwritable-file.ts';
import type { FileProblem } from './journal-gap.ts';
import { unfinished } from './unfinished.ts';

export type JsonFile =
  | { readonly value: unknown; readonly problem: null }
  | { readonly value: null; readonly problem: FileProblem };

/** The value of a JSON file, or in one sentence why there is none. */
export function readJsonFile(path: string): JsonFile {
  try {
    return { value: JSON.parse(readFileSync(path, 'utf8')), problem: null };
  } catch (error) {
    if (error instanceof SyntaxError) return { value: null, problem: { text: 'it is not JSON' } };
    if (!isSystemError(error)) throw error;
    return { value: null, problem: unreadable(error) };
  }
}

/** What is wrong with a file that the system refuses to read. */
export function unreadable(error: Error): FileProblem {
  const isMissing = 'code' in error && error.code === 'ENOENT';
  return isMissing ? unfinished.missing : { text: `it cannot be read (${refusalOf(error)})` };
}
