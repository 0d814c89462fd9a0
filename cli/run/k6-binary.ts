import { constants, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { binaryIn, goBuild, goEnvironment, packageNameOf, platformNamed } from '../../bundle/k6-platforms.ts';
import type { Manifest } from '../../contract/journal/journal.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { secretNames } from '../environment-variables.ts';
import { mayAccess } from '../may-access.ts';
import { packageRoot } from '../package-root.ts';
import { Child, exitInWords } from '../processes/child.ts';
import { generatorEnvironment } from '../processes/child-environment.ts';
import { outputOf } from '../processes/output-of.ts';
import { packageVersion, versionIn } from '../version.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface K6Binary {
  readonly path: string;
  readonly version: string;
  readonly build: Manifest['k6Build'];
}

const here = platformNamed(process.platform, process.arch);

const otherWays =
  'install Go 1.25 or later, so that it can be built here, or put a k6 of version 2 on the PATH, or name one with K6_BIN';
const howToGetOne =
  here === null
    ? `none is published for ${process.platform} ${process.arch}: ${otherWays}`
    : `npm install --include=optional webhook-stress brings ${packageNameOf(here)} along; or ${otherWays}`;

/** What to do about a k6 that is not our build, wherever it was found. */
export const stockRemedy = `unset K6_BIN if it is set, and ${
  here === null ? 'install Go 1.25 or later' : 'run npm install --include=optional webhook-stress'
}`;

const isExecutable = (path: string): boolean => mayAccess(path, constants.X_OK);

function onPath(name: string, searchPath: string): string | null {
  return (
    searchPath
      .split(delimiter)
      .map((folder) => join(folder, name))
      .find(isExecutable) ?? null
  );
}

/** Asks a binary what it is. A build with our output names it among its extensions. */
async function identify(path: string, env: Environment): Promise<K6Binary> {
  const output = await outputOf(
    { command: path, args: ['version'], env: generatorEnvironment(env, packageRoot), stderr: 'ignore' },
    { timeoutMs: 20_000, maxBytes: 1_000_000 },
  );
  if ('failed' in output) throw new ExpectedError(`${path} does not answer to "k6 version"`, { remedy: howToGetOne });
  const { text } = output;
  const version = /v(\d+)\.\d+\.\d+\S*/.exec(text);
  return {
    path,
    version: version?.[0] ?? text.split('\n', 1)[0]?.trim() ?? 'unknown',
    build: /\btimeline\b/.test(text) ? 'project' : 'stock',
  };
}

async function buildWithGo(binary: string, env: Environment, say: (line: string) => void): Promise<void> {
  mkdirSync(join(packageRoot, '.tools'), { recursive: true });
  say('building k6 with the timeline output (about two minutes, once) …');
  const show = (chunk: Buffer): void => void process.stderr.write(chunk);
  const { ended } = new Child({
    command: 'go',
    args: ['-C', join(packageRoot, 'k6'), ...goBuild(binary)],
    env: {
      ...Object.fromEntries(Object.entries(env).filter(([name]) => !secretNames.includes(name))),
      ...goEnvironment,
    },
    stdout: show,
    stderr: show,
    stopSignal: 'SIGTERM',
  });
  const exit = await ended;
  if (exit.code !== 0) {
    throw new ExpectedError(`building k6 failed (go build in k6/ ended with ${exitInWords(exit)})`, {
      remedy: 'see its output above',
    });
  }
}

const ownBinary = join(packageRoot, '.tools', 'k6');

/** The k6 of this very version that npm installed beside this package; null if it did not. */
function packagedK6(): string | null {
  if (here === null) return null;
  const nearby = createRequire(join(packageRoot, 'package.json'));
  try {
    const manifest = nearby.resolve(`${packageNameOf(here)}/package.json`);
    const isOurs = versionIn(readFileSync(manifest, 'utf8')) === packageVersion;
    return isOurs ? join(dirname(manifest), binaryIn(here)) : null;
  } catch {
    return null;
  }
}

/** Our own k6, installed or built here; null if there is none. */
const placedK6 = (): string | null =>
  [packagedK6(), ownBinary].find((path) => path !== null && isExecutable(path)) ?? null;

/**
 * A k6 that is our build, for what no other can: K6_BIN if it names one, else the one in our places, else the one on the PATH. Null if
 * none of them is ours.
 */
export async function ownK6(given: string | null, env: Environment): Promise<string | null> {
  if (given !== null && (await isOurBuild(given, env))) return given;
  const placed = placedK6();
  if (placed !== null) return placed;
  const found = onPath('k6', env.PATH ?? '');
  return found !== null && (await isOurBuild(found, env)) ? found : null;
}

async function isOurBuild(path: string, env: Environment): Promise<boolean> {
  if (!isExecutable(path)) return false;
  try {
    return (await identify(path, env)).build === 'project';
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return false;
  }
}

interface Located {
  readonly path: string;
  /** How an error calls it; null: it is ours, of the version that is pinned. */
  readonly which: string | null;
}

async function locate(given: string | null, env: Environment, say: (line: string) => void): Promise<Located> {
  const searchPath = env.PATH ?? '';
  if (given !== null) {
    if (!isExecutable(given))
      throw new ExpectedError(`K6_BIN names ${given}, which is not an executable file`, {
        remedy: 'correct it, or unset K6_BIN',
      });
    return { path: given, which: 'K6_BIN' };
  }
  const own = placedK6();
  if (own !== null) return { path: own, which: null };
  if (onPath('go', searchPath) !== null && existsSync(join(packageRoot, 'k6', 'go.mod'))) {
    await buildWithGo(ownBinary, env, say);
    return { path: ownBinary, which: null };
  }
  const stock = onPath('k6', searchPath);
  if (stock === null) throw new ExpectedError('there is no k6', { remedy: howToGetOne });
  return { path: stock, which: 'the k6 on the PATH' };
}

/**
 * Where the k6 to run scenarios with is: K6_BIN, else the one that npm installed for this platform, else the one under .tools/, else
 * one built there with Go, else one on the PATH. Throws an ExpectedError that says how to get one.
 * @param given value of K6_BIN. @param env of the runner.
 * @param say takes a line on what takes long.
 */
export async function pathOfK6(given: string | null, env: Environment, say: (line: string) => void): Promise<string> {
  return (await locate(given, env, say)).path;
}

/** The same, and what it is. A stock k6 must be of major version 2. */
export async function findK6(given: string | null, env: Environment, say: (line: string) => void): Promise<K6Binary> {
  const { path, which } = await locate(given, env, say);
  const k6 = await identify(path, env);
  return which === null ? k6 : requireMajor2(k6, which);
}

function requireMajor2(k6: K6Binary, which: string): K6Binary {
  if (!k6.version.startsWith('v2.')) {
    throw new ExpectedError(`${which} is ${k6.version}, but scenarios need major version 2`, { remedy: howToGetOne });
  }
  return k6;
}
