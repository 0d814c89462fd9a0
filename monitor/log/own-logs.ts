import { statSync } from 'node:fs';
import { isSystemError } from '../../contract/journal/unwritable-file.ts';
import { listProcFolder, readProcFile, readProcLink } from '../system/proc-file.ts';

const maxLogs = 8;
/** Of open(2): written to only, and at the end, as logs are. */
const writeOnly = 0o1;
const append = 0o2000;

function isLogOf(pid: number, fd: string): boolean {
  if (fd === '1' || fd === '2') return true;
  const flags = Number.parseInt(
    /^flags:\s+(\d+)$/m.exec(readProcFile(`/proc/${pid}/fdinfo/${fd}`) ?? '')?.[1] ?? '',
    8,
  );
  return (flags & append) !== 0 && (flags & writeOnly) !== 0;
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

/** The files that processes log into: where their outputs go, and what they only append to. */
export function logsOf(pids: readonly number[]): readonly string[] {
  const found = new Set<string>();
  for (const pid of pids) {
    for (const fd of listProcFolder(`/proc/${pid}/fd`) ?? []) {
      const path = readProcLink(`/proc/${pid}/fd/${fd}`);
      if (path === null || !path.startsWith('/') || found.has(path)) continue;
      if (isLogOf(pid, fd) && isFile(path)) found.add(path);
    }
  }
  return [...found].slice(0, maxLogs);
}
