import { basename } from 'node:path';

const interpreter = /^(?:python|pypy|node|ruby|perl|php|bun|deno)[\d.]*$/;

/** What an interpreter runs: the script that is its first word, or a Python module. Any other word may be an argument. */
function programOf(executable: string, [first = '', second = '']: readonly string[]): string {
  if (!interpreter.test(basename(executable))) return '';
  return first === '-m' ? second : first.startsWith('-') ? '' : first;
}

/** What the program of a command line runs, such as a script; empty if the program is all there is. */
export function scriptOf([executable = '', ...rest]: readonly string[]): string {
  return (
    programOf(executable, rest) ||
    (rest.find((word) => /\.(?:[cm]?[jt]s|py|rb|jar)$/.test(word)) ??
      (rest.some((word) => word.includes('spawn_main')) ? 'spawn_main' : ''))
  );
}

/** Executable and script by their base names, such as `node webhook-stress.js`, `python3 gunicorn` or `python3 spawn_main`. */
export function labelOf(name: string, words: readonly string[]): string {
  const [executable] = words;
  const script = scriptOf(words);
  const text = `${executable === undefined ? name : basename((executable.split(' ', 1)[0] ?? name).replace(/:$/, ''))} ${basename(script)}`;
  return text
    .replace(/[^\x20-\x7e]/g, '')
    .trim()
    .slice(0, 64);
}
