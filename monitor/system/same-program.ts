import { commandLine, readProcLink } from './proc-file.ts';
import { kindOf } from './roles.ts';

/** A title that a process gave itself: one word with blanks in it. */
const isTitle = (words: readonly string[]): boolean => words.length === 1 && (words[0] ?? '').includes(' ');

export interface Pair {
  readonly child: readonly string[];
  readonly parent: readonly string[];
}

/**
 * Whether a process runs what its parent runs, by both command lines: the same one, or the parent's title with something behind it
 * (Granian).
 */
export function isSameProgram({ child, parent }: Pair): boolean {
  const [one, other] = [kindOf(child), kindOf(parent)];
  if (one === '' || other === '') return false;
  return one === other || (isTitle(child) && isTitle(parent) && one.startsWith(`${other} `));
}

/** Whether Python's multiprocessing started it for its parent: for a master, or for whoever starts servers. */
export function isSpawned({ child, parent }: Pair): boolean {
  return child[0] === parent[0] && child.some((word) => word.includes('from multiprocessing.'));
}

/** @param hasSiblings whether others that its parent started serve beside it. */
export function runsProgramOf(pid: number, parentPid: number, hasSiblings: boolean): boolean {
  const pair = { child: commandLine(pid), parent: commandLine(parentPid) };
  if (!isSameProgram(pair) && !(hasSiblings && isSpawned(pair))) return false;
  const [one, other] = [pid, parentPid].map((each) => readProcLink(`/proc/${each}/exe`));
  return one === other;
}
