import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';

const buffer = Buffer.allocUnsafe(1 << 20);

/** Codes that mean: the process, or this knowledge of it, is not to be had. */
const absent = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR', 'EINVAL']);

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && absent.has(String(error.code))) return null;
    throw error;
  }
}

/** What one read of a small file gives, such as a single line; null as with readProcFile. */
function readProcLine(path: string): string | null {
  return orNull(() => {
    const file = openSync(path, 'r');
    try {
      return buffer.toString('latin1', 0, readSync(file, buffer, 0, 4096, null));
    } finally {
      closeSync(file);
    }
  });
}

/** A file under /proc or /sys; null where it, or its process, is not there, or not ours to read. At most 1 MiB. */
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
  /** User and system time so far, in clock ticks. */
  readonly cpuTicks: number;
  readonly threads: number;
  readonly startTicks: number;
  readonly rssBytes: number;
}

/** USER_HZ and page size of every Linux that Node runs on (the page size of some arm64 systems is larger). */
export const ticksPerSecond = 100;
const pageBytes = 4096;

/** Null where the process is gone, or is a zombie: dead, and only waiting to be reaped. */
export function readStat(pid: number): ProcStat | null {
  const text = readProcLine(`/proc/${pid}/stat`);
  return text === null ? null : parseStat(text);
}

/** The name is in parentheses and may itself hold parentheses and blanks: what counts is the last closing one. */
export function parseStat(text: string): ProcStat | null {
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
    cpuTicks: field(14) + field(15),
    threads: field(20),
    startTicks: field(22),
    rssBytes: field(24) * pageBytes,
  };
}

export function listPids(): readonly number[] {
  return (listProcFolder('/proc') ?? []).flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

/** The command line's words; empty for a kernel thread or a process that is gone. */
export function commandLine(pid: number): readonly string[] {
  const text = readProcFile(`/proc/${pid}/cmdline`);
  return text === null ? [] : text.split('\0').filter((word) => word !== '');
}
