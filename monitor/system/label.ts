import { basename } from 'node:path';

/** Executable and script by their base names, such as `node webhook-stress.js` or `python3 spawn_main`. */
export function labelOf(name: string, words: readonly string[]): string {
  const [executable, ...rest] = words;
  const script =
    rest.find((word) => /\.(?:[cm]?[jt]s|py|rb)$/.test(word)) ??
    (rest.some((word) => word.includes('spawn_main')) ? 'spawn_main' : '');
  const text = `${executable === undefined ? name : basename(executable.split(' ', 1)[0] ?? name)} ${basename(script)}`;
  return text
    .replace(/[^\x20-\x7e]/g, '')
    .trim()
    .slice(0, 64);
}
