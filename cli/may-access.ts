import { accessSync, type constants } from 'node:fs';
import { isSystemError } from '../contract/journal/unwritable-file.ts';

/** Whether this user may read, or execute, what stands at a path. */
export function mayAccess(path: string, mode: typeof constants.R_OK | typeof constants.X_OK): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return false;
  }
}
