import { readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineTarget } from '../profiles/define-target.ts';

/** A mistake in the profile's file, as one line with file and line. */
export class ProfileFileError extends Error {}

const firstLine = (text: string): string => text.split('\n', 1)[0]?.trim() ?? '';

/** Line in which a file imports a module; jiti's own position is that of the code it made. */
function lineOfImport(file: string, specifier: string): number | null {
  const at = readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(`'${specifier}'`) || line.includes(`"${specifier}"`));
  return at === -1 ? null : at + 1;
}

interface Place {
  readonly file: string;
  readonly line: number | null;
}

/** Where an error came from: the place that a parser names, the file that imports what is missing, or the stack's first file. */
function placeOf(error: Error): Place | null {
  const missing = /^Cannot find (?:module|package) '([^']+)'/.exec(error.message)?.[1];
  const stack = 'requireStack' in error && Array.isArray(error.requireStack) ? error.requireStack : [];
  const [importing] = stack.filter((file) => typeof file === 'string');
  if (missing !== undefined && importing !== undefined) {
    return { file: importing, line: lineOfImport(importing, missing) };
  }
  const parsed = /^ParseError: .*\n\s*(\S.*?):(\d+):\d+\s*$/m.exec(error.message);
  const frame = /^ +at (?:.*\()?(?:file:\/\/)?(\/(?!.*\/node_modules\/).*?):(\d+):\d+\)?$/m.exec(error.stack ?? '');
  const [, file, line] = parsed ?? frame ?? [];
  return file === undefined ? null : { file, line: Number(line) };
}

/** One line: `stress.config.ts:3: what is wrong`. */
function problemOf(error: unknown, path: string): string {
  const text = error instanceof Error ? firstLine(error.message) : firstLine(String(error));
  const place = (error instanceof Error ? placeOf(error) : null) ?? { file: path, line: null };
  const name = relative(dirname(path), place.file);
  return `${name}${place.line === null ? '' : `:${place.line}`}: ${text.replace(/^ParseError: /, '')}`;
}

/**
 * The default export of a module in TypeScript or JavaScript, ESM or CommonJS. It may import what its folder offers, and
 * `webhook-stress` from anywhere. Throws a ProfileFileError.
 */
export async function moduleDefault(path: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  const jiti = createJiti(pathToFileURL(path).href, {
    fsCache: false,
    moduleCache: false,
    virtualModules: { 'webhook-stress': { defineTarget } },
  });
  let loaded: unknown;
  try {
    loaded = await jiti.import(path);
  } catch (error) {
    throw new ProfileFileError(problemOf(error, path));
  }
  if (typeof loaded !== 'object' || loaded === null || !('default' in loaded)) {
    throw new ProfileFileError(
      `${relative(dirname(path), path)} has no default export: write "export default defineTarget({ … })"`,
    );
  }
  return loaded.default;
}
