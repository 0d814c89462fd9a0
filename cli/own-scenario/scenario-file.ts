import { basename, extname, relative } from 'node:path';
import { ownNameProblem } from '../../contract/plan/scenarios.ts';

const extensions: readonly string[] = ['.ts', '.mts', '.js', '.mjs'];

/** Whether a word of `run` is a file with a scenario, not the name of a built-in one. */
export const isScenarioFile = (word: string): boolean => /[/\\]/.test(word) || extensions.includes(extname(word));

/** A scenario is called as its file is. */
export const nameOfScenarioFile = (file: string): string => basename(file, extname(file));

/** What is wrong with the name of a file, if it is to hold a scenario; null if nothing is. */
export function problemOfName(file: string): string | null {
  const name = nameOfScenarioFile(file);
  if (!extensions.includes(extname(file))) {
    return `${file}: a scenario is a file that ends in ${extensions.join(', ')}`;
  }
  const problem = ownNameProblem(name);
  return problem === null ? null : `${file}: a scenario is called as its file is, and ${problem}`;
}

/** A path as people see it: from the folder in which they are. */
export function shownPath(folder: string, path: string): string {
  const shown = relative(folder, path);
  return shown === '' || shown.startsWith('..') ? path : shown;
}
