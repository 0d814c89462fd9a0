import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, statSync } from 'node:fs';

const buffer = Buffer.allocUnsafe(1 << 20);

/** Codes that mean: the process has ended, or what it is doing is not ours to know. */
const absent = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR', 'EINVAL']);

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && absent.has(String(error.code))) return null;
    throw error;
  }
}

/** For what is read again and again: opening a file under /proc costs more than reading it. Null as with readProcFile. */
export function openProcFile(path: string): number | null {
  return orNull(() => openSync(path, 'r'));
}

/** What one read of a small open file gives from its start, such as a single line; null once its process has ended. */
export function readOpenLine(file: number): string | null {
  return orNull(() => buffer.toString('latin1', 0, readSync(file, buffer, 0, 4096, 0)));
}

/** The same of a file that is read once. */
function readProcLine(path: string): string | null {
  const file = openProcFile(path);
  if (file === null) return null;
  try {
    return readOpenLine(file);
  } finally {
    closeSync(file);
  }
}

/** A small file under /proc or /sys; null if it or its process does not exist, or is not ours to read. At most 1 MiB. */
export function readProcFile(path: string): string | null {
  return orNull(() => {
    const file = openSync(path, 'r');
    try {
      let length = 0;
      for (;;) {
        const read = readSync(file, buffer, length, buffer.length - length, null);
        length += read;
        if (read === 0 || length === buffer.length) return buffer.toString('latin1', 0, length);
      }
    } finally {
      closeSync(file);
    }
  });
}

/**
 * Reads a file of any length under /proc line by line, in chunks.
 * @returns false if it does not exist or is not ours to read.
 */
export function eachProcLine(path: string, onLine: (line: string) => void): boolean {
  const opened = openProcFile(path);
  if (opened === null) return false;
  let rest = '';
  try {
    for (;;) {
      const read = orNull(() => readSync(opened, buffer, 0, buffer.length, null)) ?? 0;
      if (read === 0) break;
      const lines = (rest + buffer.toString('latin1', 0, read)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    }
  } finally {
    closeSync(opened);
  }
  if (rest !== '') onLine(rest);
  return true;
}

export function listProcFolder(path: string): readonly string[] | null {
  return orNull(() => readdirSync(path));
}

export function readProcLink(path: string): string | null {
  return orNull(() => readlinkSync(path));
}

/** What /proc/<pid>/stat says. Source: proc(5). */
export interface ProcStat {
  readonly pid: number;
  readonly name: string;
  readonly state: string;
  readonly parentPid: number;
  /** Page faults so far: how often it met a page that its page tables did not have as it needed it. */
  readonly faults: number;
  /** User and system time so far, in clock ticks. */
  readonly cpuTicks: number;
  readonly threads: number;
  readonly startTicks: number;
  readonly rssBytes: number;
}

/**
 * The page size in an auxiliary vector: pairs of words, type and value; AT_PAGESZ is type 6. Source: getauxval(3), proc(5).
 * Most systems have 4 KiB, some arm64 ones 16 or 64 KiB.
 */
export function pageBytesIn(auxv: Buffer, wordBytes: 4 | 8): number | null {
  const word = (at: number): number => (wordBytes === 8 ? Number(auxv.readBigUInt64LE(at)) : auxv.readUInt32LE(at));
  for (let at = 0; at + 2 * wordBytes <= auxv.length; at += 2 * wordBytes) {
    if (word(at) === 6) return word(at + wordBytes);
  }
  return null;
}

const wordBytes = ['arm', 'ia32', 'mips', 'mipsel'].includes(process.arch) ? 4 : 8;
export const pageBytes =
  pageBytesIn(orNull(() => readFileSync('/proc/self/auxv')) ?? Buffer.alloc(0), wordBytes) ?? 4096;

/** Null if the process has ended, or is a zombie: dead, and only waiting to be reaped. */
export function readStat(pid: number): ProcStat | null {
  const text = readProcLine(`/proc/${pid}/stat`);
  return text === null ? null : parseStat(text);
}

/** The same of one thread. */
export function readThreadStat(pid: number, tid: string): ProcStat | null {
  const text = readProcLine(`/proc/${pid}/task/${tid}/stat`);
  return text === null ? null : parseStat(text);
}

/** Whether the size of a folder of open files is their count: since Linux 6.2. The folder itself is open while it is listed. */
const sizesCount = orNull(() => statSync('/proc/self/fd').size === readdirSync('/proc/self/fd').length - 1) ?? false;

/** Open files of a process; null if they are not ours to know. */
export function descriptorsOf(pid: number): number | null {
  const path = `/proc/${pid}/fd`;
  const counted = sizesCount ? orNull(() => statSync(path, { throwIfNoEntry: false }))?.size : undefined;
  return counted ?? listProcFolder(path)?.length ?? null;
}

/** Open files that a process may have, from /proc/<pid>/limits; null if unlimited or not ours to read. */
export function maxDescriptorsOf(pid: number): number | null {
  const soft = /^Max open files\s+(\d+)/m.exec(readProcFile(`/proc/${pid}/limits`) ?? '')?.[1];
  return soft === undefined ? null : Number(soft);
}

/** The name is in parentheses and may itself hold parentheses and blanks: what counts is the last closing one. */
export function parseStat(text: string, bytesPerPage = pageBytes): ProcStat | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open === -1 || close === -1) return null;
  const rest = text.slice(close + 2).split(' ');
  const field = (n: number): number => Number(rest[n - 3]);
  const state = rest[0] ?? '';
  if (state === 'Z' || state === 'X' || !Number.isFinite(field(24))) return null;
  return {
    pid: Number(text.slice(0, open)),
    name: text.slice(open + 1, close),
    state,
    parentPid: field(4),
    faults: field(10) + field(12),
    cpuTicks: field(14) + field(15),
    threads: field(20),
    startTicks: field(22),
    rssBytes: field(24) * bytesPerPage,
  };
}

/** Resident bytes by /proc/<pid>/statm: size and resident pages come first. Null if it does not say. */
export function residentIn(statm: string): number | null {
  const blank = statm.indexOf(' ');
  return blank === -1 ? null : Number(statm.slice(blank + 1, statm.indexOf(' ', blank + 1))) * pageBytes;
}

export function listPids(): readonly number[] {
  return (listProcFolder('/proc') ?? []).map(Number).filter((pid) => pid > 0);
}

/** The command line's words; empty for a kernel thread or a process that has ended. */
export function commandLine(pid: number): readonly string[] {
  const text = readProcFile(`/proc/${pid}/cmdline`);
  return text === null ? [] : text.split('\0').filter((word) => word !== '');
}
