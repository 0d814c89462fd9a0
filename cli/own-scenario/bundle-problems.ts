import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { resolve } from 'node:path';
import type { Message } from 'esbuild';
import { shownPath } from './scenario-file.ts';

const needsNode = 'k6 runs scenarios, and k6 is not Node.js';

/** The package that a file belongs to; null if it is the user's own. */
function packageOf(path: string): string | null {
  const [, within] = /.*[/\\]node_modules[/\\](.+)$/.exec(path) ?? [];
  if (within === undefined) return null;
  const [first = '', second = ''] = within.split(/[/\\]/);
  return first.startsWith('@') ? `${first}/${second}` : first;
}

/** The line of a file that imports a package, from 1 on; null if it does not. */
function lineOfImport(file: string, name: string): number | null {
  const lines = readFileSync(file, 'utf8').split('\n');
  const at = lines.findIndex((line) =>
    ["'", '"'].some((quote) => line.includes(`${quote}${name}${quote}`) || line.includes(`${quote}${name}/`)),
  );
  return at === -1 ? null : at + 1;
}

interface Place {
  /** The scenario's file. */
  readonly file: string;
  readonly folder: string;
}

function unresolved(name: string, place: string, importing: string, { file, folder }: Place): string {
  if (!isBuiltin(name)) {
    const isFile = /^[./]/.test(name);
    return `${place}: imports ${name}, which ${isFile ? 'does not exist' : `is not installed here: npm install ${name}`}`;
  }
  const needing = packageOf(importing);
  const line = needing === null ? null : lineOfImport(file, needing);
  return needing === null || line === null
    ? `${place}: imports ${name}, a part of Node.js: ${needsNode}`
    : `${shownPath(folder, file)}:${line}: imports ${needing}, which needs ${name} of Node.js (${place}): ${needsNode}`;
}

/** What keeps a scenario from being bundled, as one line: `stress/market-open.ts:3: what is wrong`. */
export function bundleProblem({ text, location }: Message, where: Place): string {
  if (location === null) return `${shownPath(where.folder, where.file)}: ${text}`;
  const importing = resolve(where.folder, location.file);
  const place = `${shownPath(where.folder, importing)}:${location.line}`;
  const [, name] = /^Could not resolve "(.+)"$/.exec(text) ?? [];
  return name === undefined ? `${place}: ${text}` : unresolved(name, place, importing, where);
}
