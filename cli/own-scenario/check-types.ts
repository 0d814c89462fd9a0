import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import { packageRoot } from '../package-root.ts';
import { Child, type ChildExit, exitInWords } from '../processes/child.ts';
import { toolEnvironment } from '../processes/child-environment.ts';
import { k6Globals } from './k6-globals.ts';
import { shownPath } from './scenario-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface User {
  /** In which he is: paths are told from there. */
  readonly folder: string;
  readonly env: Environment;
}

export interface TypeCheck {
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

const maxProblems = 20;
const timeoutMs = 120_000;

/** The folder of an installed package, as a file there sees it; null if it sees none. */
function packageFolder(from: string, name: string): string | null {
  try {
    return dirname(createRequire(from).resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}

function compilerOf(folder: string): string | null {
  const parsed: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const bin = typeof parsed === 'object' && parsed !== null && 'bin' in parsed ? parsed.bin : null;
  if (typeof bin !== 'object' || bin === null || !('tsc' in bin) || typeof bin.tsc !== 'string') return null;
  return join(folder, bin.tsc);
}

/** The next tsconfig.json above a file; null if there is none. */
function configAbove(file: string): string | null {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const path = join(folder, 'tsconfig.json');
    if (existsSync(path)) return path;
    if (dirname(folder) === folder) return null;
  }
}

/** Where the types are that the user's folder does not have. */
function missingTypes(file: string): Readonly<Record<string, readonly string[]>> {
  const typesOfK6 = packageFolder(join(packageRoot, 'package.json'), '@types/k6');
  return {
    ...(packageFolder(file, 'webhook-stress') === null
      ? { 'webhook-stress/k6': [join(packageRoot, 'dist', 'types', 'lib', 'k6.d.ts')] }
      : {}),
    ...(packageFolder(file, '@types/k6') === null && typesOfK6 !== null
      ? { k6: [join(typesOfK6, 'index.d.ts')], 'k6/*': [join(typesOfK6, '*')] }
      : {}),
  };
}

/** The user's own settings, as strict as they are, for one file that k6 will run. */
function configFor(file: string, globals: string): string {
  const own = configAbove(file);
  const paths = missingTypes(file);
  return JSON.stringify({
    ...(own === null ? {} : { extends: own }),
    files: [file, globals],
    include: [],
    references: [],
    compilerOptions: {
      ...(own === null ? { strict: true } : {}),
      ...(Object.keys(paths).length > 0 ? { paths } : {}),
      target: 'es2022',
      module: 'esnext',
      moduleResolution: 'bundler',
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      skipLibCheck: true,
      noEmit: true,
      composite: false,
      incremental: false,
      declaration: false,
      lib: ['esnext'],
      types: [],
    },
  });
}

async function runCompiler(
  compiler: string,
  config: string,
  env: Environment,
): Promise<{ readonly exit: ChildExit; readonly text: string }> {
  const chunks: Buffer[] = [];
  const child = new Child({
    command: process.execPath,
    args: [compiler, '--project', config, '--pretty', 'false'],
    env: toolEnvironment(env),
    stdout: (chunk) => chunks.push(chunk),
    stderr: 'ignore',
    stopSignal: 'SIGTERM',
  });
  const timer = setTimeout(() => child.kill(), timeoutMs);
  const exit = await child.ended;
  clearTimeout(timer);
  return { exit, text: Buffer.concat(chunks).toString('utf8') };
}

/** The compiler's lines as `file:line: message`; what it says of installed packages is not the user's. */
function problemsIn(text: string, folder: string): readonly string[] {
  const problems = text.split('\n').flatMap((line) => {
    const [, file, number, message] = /^(.+?)\((\d+),\d+\): error (?:TS\d+: )?(.*)$/.exec(line.trimEnd()) ?? [];
    if (file === undefined || /[/\\]node_modules[/\\]/.test(file)) return [];
    return [`${shownPath(folder, resolve(file))}:${number}: ${message}`];
  });
  const more = problems.length - maxProblems;
  return more > 0 ? [...problems.slice(0, maxProblems), `and ${more} more type errors`] : problems;
}

/** Checks the types of a scenario by the user's own compiler. */
export async function checkTypes(file: string, { folder, env }: User): Promise<TypeCheck> {
  if (!/^\.m?ts$/.test(extname(file))) return { problems: [], notes: [] };
  const unchecked = (why: string): TypeCheck => ({ problems: [], notes: [`types were not checked: ${why}`] });
  const typescript = packageFolder(file, 'typescript');
  const compiler = typescript === null ? null : compilerOf(typescript);
  if (compiler === null) return unchecked('npm install --save-dev typescript lets them be checked');
  const temporary = mkdtempSync(join(tmpdir(), 'webhook-stress-types-'));
  try {
    const [config, globals] = [join(temporary, 'tsconfig.json'), join(temporary, 'globals.d.ts')];
    writeFileSync(globals, k6Globals);
    writeFileSync(config, configFor(file, globals));
    const { exit, text } = await runCompiler(compiler, config, env);
    const problems = problemsIn(text, folder);
    if (exit.code === 0 || problems.length > 0) return { problems, notes: [] };
    const [first = ''] = text.split('\n');
    return unchecked(first === '' ? `the compiler ended with ${exitInWords(exit)}` : first);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
