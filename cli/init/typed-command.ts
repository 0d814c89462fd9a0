import { basename, relative } from 'node:path';

/** How the user can start us again: npx finds a package of the folder that is not on the PATH. Source of npm_command: npm's config docs. */
export function typedCommand(
  script: string,
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): string {
  if (env.npm_command === 'exec') return 'npx webhook-stress';
  return basename(script) === 'webhook-stress' ? 'webhook-stress' : `node ${relative(folder, script)}`;
}
