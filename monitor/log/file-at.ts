import { statSync } from 'node:fs';
import { isSystemError } from '../../contract/journal/unwritable-file.ts';

/** Which file a path leads to, for comparison with others; null if it is none, or may not be seen. */
export function fileAt(path: string): string | null {
  try {
    const stat = statSync(path);
    return stat.isFile() ? `${stat.dev}/${stat.ino}` : null;
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}
