import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const isNotice = (file: string): boolean => /^(?:licen[cs]e|copying|notice|copyright)/i.test(file);

/** The license files of a folder under a title; null if there are none. */
function noticesIn(title: string, folder: string): string | null {
  const files = existsSync(folder) ? readdirSync(folder).filter(isNotice).toSorted() : [];
  if (files.length === 0) return null;
  return files
    .map((file) => `==== ${title}: ${file}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`)
    .join('\n');
}

/** How Go's module cache writes a path: a capital letter as `!` and the small one. */
const inCache = (path: string): string => path.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);

/** The licenses of all that is linked into a program of Go: it names its modules itself. */
export function goNotices(binary: string): string {
  const go = (...args: readonly string[]): string => execFileSync('go', args, { encoding: 'utf8' }).trim();
  const [cache = '', goRoot = ''] = go('env', 'GOMODCACHE', 'GOROOT').split('\n');
  const modules = [...go('version', '-m', binary).matchAll(/^\tdep\t(\S+)\t(\S+)/gm)];
  const folders: readonly (readonly [title: string, folder: string])[] = [
    ['Go', goRoot],
    ...modules.map(
      ([, path = '', version = '']) => [`${path} ${version}`, join(cache, `${inCache(path)}@${version}`)] as const,
    ),
  ];
  if (modules.length === 0) throw new Error(`${binary} names no modules of Go`);
  return folders
    .map(([title, folder]) => {
      const notices = noticesIn(title, folder);
      // What buf.build makes of Protocol Buffers has no files but code.
      if (notices === null && !title.startsWith('buf.build/gen/')) {
        throw new Error(`${title} has no license in ${folder}`);
      }
      return notices ?? `==== ${title}: made from Protocol Buffers, without a license file\n`;
    })
    .join('\n');
}

function field(json: object, name: string): string {
  return name in json ? String(Object.entries(json).find(([key]) => key === name)?.[1]) : '';
}

/** The licenses of the npm packages that a bundle holds code of. @param inputs files of the bundle, as esbuild's metafile names them. */
export function npmNotices(inputs: readonly string[]): string {
  const packages = inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set(packages)]
    .toSorted()
    .map((folder) => {
      const json: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      if (typeof json !== 'object' || json === null) throw new Error(`${folder}/package.json is not an object`);
      const title = `${field(json, 'name')} ${field(json, 'version')}`;
      return noticesIn(title, folder) ?? `==== ${title}: ${field(json, 'license')}\n`;
    })
    .join('\n');
}
