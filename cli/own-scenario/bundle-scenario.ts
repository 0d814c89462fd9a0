import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { k6Target } from '../../bundle/k6-target.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { packageRoot } from '../package-root.ts';
import { buildApart } from './build-apart.ts';
import { bundleProblem } from './bundle-problems.ts';
import { checkTypes, type User } from './check-types.ts';
import { nameOfScenarioFile, problemOfName, shownPath } from './scenario-file.ts';

export interface BundledScenario {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  /** A script for k6, in a folder that is removed when this process exits; null if there are problems. */
  readonly bundlePath: string | null;
  /** One line each, with file and line. */
  readonly problems: readonly string[];
  /** What was not checked. */
  readonly notes: readonly string[];
}

/**
 * k6 reads what `open` names from the bundle's folder; a user means the folder of the file that he wrote. Only the global is
 * replaced: a function of that name is left alone.
 */
function openFrom(folder: string): Pick<BuildOptions, 'banner' | 'define'> {
  const prefix = JSON.stringify(folder + sep);
  const isAbsolute = String.raw`/^(?:[\\/]|[A-Za-z]:|\w+:\/\/)/`;
  return {
    banner: {
      js: `const openBesideScenario = (path, ...mode) => open(${isAbsolute}.test(path) ? path : ${prefix} + path, ...mode);`,
    },
    define: { open: 'openBesideScenario' },
  };
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'webhook-stress-scenario-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What `webhook-stress/k6` is: the copy of this package, also where the user's folder has none. */
function libraryPath(): string {
  const path = join(packageRoot, 'dist', 'k6.js');
  if (!existsSync(path)) throw new ExpectedError('dist/k6.js is missing: run "make build" first');
  return path;
}

async function bundle(file: string, { folder, env }: User, outfile: string): Promise<readonly string[]> {
  const options: BuildOptions = {
    ...k6Target,
    ...openFrom(dirname(file)),
    absWorkingDir: folder,
    entryPoints: [file],
    outfile,
    format: 'esm',
    // k6 loads modules by URL itself.
    external: [...k6Target.external, 'https://*'],
    mainFields: ['module', 'main'],
    alias: { 'webhook-stress/k6': libraryPath() },
    // Inside the bundle: k6 then tells of exceptions with the user's file and line.
    sourcemap: 'inline',
    sourcesContent: false,
    logLevel: 'silent',
  };
  const errors = await buildApart(options, env);
  return errors.map((message) => bundleProblem(message, { file, folder }));
}

/**
 * A scenario that a user wrote, as one script for k6. Its types are checked by the `typescript` of the user's folder, if there is one.
 */
export async function bundleScenario(given: string, user: User): Promise<BundledScenario> {
  const { folder } = user;
  const file = resolve(folder, given);
  const found = { name: nameOfScenarioFile(file), file, bundlePath: null, notes: [] };
  const shown = shownPath(folder, file);
  if (!existsSync(file)) return { ...found, problems: [`${shown} does not exist`] };
  const wrongName = problemOfName(shown);
  if (wrongName !== null) return { ...found, problems: [wrongName] };
  const bundlePath = join(newFolder(), `${found.name}.js`);
  const problems = await bundle(file, user, bundlePath);
  if (problems.length > 0) return { ...found, problems };
  const types = await checkTypes(file, user);
  return { ...found, ...types, bundlePath: types.problems.length > 0 ? null : bundlePath };
}
