import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Folders with our own sources. */
export const sourceFolders = [
  'contract',
  'profiles',
  'scenarios',
  'lib',
  'k6',
  'monitor',
  'analysis',
  'render',
  'cli',
  'backend',
  'bundle',
  'bench',
  'test',
] as const;

/** What a program wrote, or a test recorded. */
const generated =
  /\.(?:png|ndjson)$|\.schema\.json$|^bench\/results\/|^test\/fixtures\/journals\/|^k6\/(?:go\.(?:sum|mod)|LICENSE)$/;

export interface SourceFile {
  /** From the repository's root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every text file in a folder, without generated ones. */
function filesIn(folder: string): readonly SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = relative(root, join(entry.parentPath, entry.name)).split(sep).join('/');
    return entry.isFile() && !generated.test(path) ? [{ path, text: readFileSync(join(root, path), 'utf8') }] : [];
  });
}

export const sources: readonly SourceFile[] = sourceFolders.flatMap(filesIn);

/** What people read, beside the sources. */
export const pages: readonly SourceFile[] = [
  ...filesIn('docs'),
  ...['README.md', 'CONTRIBUTING.md', 'Makefile', 'action.yml', 'build.mjs']
    .filter((path) => existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })),
];

export const scripts = sources.filter(({ path }) => /\.(?:ts|mjs)$/.test(path));
export const isTest = (path: string): boolean => path.startsWith('test/');
export const repository = root;
