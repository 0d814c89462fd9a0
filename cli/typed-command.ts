import { basename, relative } from 'node:path';
import { type Env, ownEnvironment } from './environment.ts';

/** A word that a shell takes as one. */
const inShell = (word: string): string =>
  /^[\w./:@%+=,~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** How the user can start us again: npx finds a package of the folder that is not on the PATH. Source of npm_command: npm's config docs. */
export function typedCommand(script: string, env: Env, folder: string): string {
  if (env.npm_command === 'exec') return 'npx webhook-stress';
  return basename(script) === 'webhook-stress' ? 'webhook-stress' : `node ${inShell(relative(folder, script))}`;
}

/** A command of ours for people to copy, begun as they began this one: `npx webhook-stress report FOLDER`. */
export function asTyped(...words: readonly string[]): string {
  const command = typedCommand(process.argv[1] ?? 'webhook-stress', ownEnvironment, process.cwd());
  return [command, ...words.map(inShell)].join(' ');
}
