/**
 * How to start this same program again with other words: `node dist/cli/webhook-stress.js …`, and from the sources with the
 * loader that runs them.
 */
export function ownProcess(words: readonly string[]): { readonly command: string; readonly args: readonly string[] } {
  return { command: process.execPath, args: [...process.execArgv, process.argv[1] ?? '', ...words] };
}
