import { basename } from 'node:path';
import { commandLine, readProcFile, readProcLink } from './proc-file.ts';

/** What a process runs, and since which exec(2). */
export interface Running {
  readonly exe: string;
  /** Where its stack begins: a forked child has its parent's until it executes a program. 0: it is not ours to know. */
  readonly stackStart: number;
}

/** Of the fields behind the name in /proc/<pid>/stat, the first of which is the third. Source: proc(5). */
const stackStartField = 28 - 3;

/** The name of a program that was replaced on disk since. */
const nameOf = (exe: string): string => basename(exe.replace(/ \(deleted\)$/, ''));

/** Null if it has ended or is not ours to know. */
export function runningOf(pid: number): Running | null {
  const text = readProcFile(`/proc/${pid}/stat`);
  const exe = readProcLink(`/proc/${pid}/exe`);
  if (text === null || exe === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { exe: nameOf(exe), stackStart: Number(fields[stackStartField]) || 0 };
}

/**
 * Whether a child executed its parent's program anew, as a server does that hands its socket on in a hot restart (USR2 to unicorn,
 * gunicorn and nginx). A job that was forked did not; one that executed another program is no server.
 */
export function ranAnew(child: Running | null, parent: Running | null): boolean {
  if (child === null || parent === null || child.exe !== parent.exe) return false;
  return child.stackStart !== 0 && parent.stackStart !== 0 && child.stackStart !== parent.stackStart;
}

/** Without what a title counts: "gunicorn: master [app:app.2]". */
const named = (command: string): string => command.replace(/[.\d#]+/g, '');

const commandOf = (pid: number): string => named(commandLine(pid).join('\0'));

/**
 * Whether a child is its parent once more: workers that are spawned, not forked, run the same program with another command line.
 * @param before what kindOf said of the parent earlier: its title may say by now that it is the old one ("unicorn master (old)").
 */
export const isSuccessor = (child: number, parent: number, before: string): boolean =>
  [commandOf(parent), named(before)].includes(commandOf(child)) && ranAnew(runningOf(child), runningOf(parent));

/**
 * What a process was in a tree whose root ended: its `successor`, which the root started with its own program; a `helper`, which is
 * never a root although it may hold the socket; any `other`, or not in it.
 */
export type Standing = 'successor' | 'helper' | 'other';
