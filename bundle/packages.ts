// Makes the folders that are published: `packages/webhook-stress`, and one with our k6 for each platform. With --k6 a program that
// was built already is taken for this machine's platform, in place of building.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  binaryIn,
  goBuild,
  goEnvironment,
  type K6Platform,
  k6Platforms,
  packageNameOf,
  platformNamed,
} from './k6-platforms.ts';
import { goNotices } from './license-notices.ts';
import { platformReadme } from './platform-readme.ts';

const root = join(import.meta.dirname, '..');

interface PackageJson {
  readonly version: string;
  readonly [field: string]: unknown;
}

function ownPackage(): PackageJson {
  const parsed: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (typeof parsed !== 'object' || parsed === null) throw new Error('package.json is not an object');
  if (!('version' in parsed) || typeof parsed.version !== 'string') throw new Error('package.json has no version');
  return { ...parsed, version: parsed.version };
}

function versionOfK6(): string {
  const version = /go\.k6\.io\/k6\/v2 (v\S+)/.exec(readFileSync(join(root, 'k6', 'go.mod'), 'utf8'))?.[1];
  if (version === undefined) throw new Error('k6/go.mod names no k6');
  return version;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
/** npm shows where a package comes from, and provenance demands that it is true. */
const repositoryOf = (url: string | undefined) => (url === undefined ? {} : { repository: { type: 'git', url } });

/** What npm would pack of this folder. */
function packedFiles(): readonly string[] {
  const text = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1e8,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [packed] = JSON.parse(text) as readonly { readonly files: readonly { readonly path: string }[] }[];
  return packed?.files.map(({ path }) => path) ?? [];
}

/** The package of the command: that of this folder, with k6 among its optional dependencies and without what develops it. */
function stageCommand(out: string, repository: string | undefined): void {
  const { private: _, devDependencies: __, scripts: ___, ...own } = ownPackage();
  const folder = join(out, 'webhook-stress');
  rmSync(folder, { recursive: true, force: true });
  for (const path of packedFiles()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(join(root, path), join(folder, path));
  }
  const optionalDependencies = Object.fromEntries(
    k6Platforms.map((platform) => [packageNameOf(platform), own.version]),
  );
  writeFileSync(join(folder, 'package.json'), json({ ...own, ...repositoryOf(repository), optionalDependencies }));
}

function buildK6(platform: K6Platform, output: string): void {
  execFileSync('go', goBuild(output), {
    cwd: join(root, 'k6'),
    env: { ...process.env, GOOS: platform.goos, GOARCH: platform.goarch, ...goEnvironment },
    stdio: 'inherit',
  });
}

interface Staging {
  readonly out: string;
  readonly repository: string | undefined;
  /** A program for this platform; null: built here. */
  readonly built: string | null;
}

/** The package of one platform: the program, its license, those of what is linked into it, and our part of its source. */
function stagePlatform(platform: K6Platform, { out, repository, built }: Staging): void {
  const { version } = ownPackage();
  const name = packageNameOf(platform);
  const folder = join(out, name.replace(/^.*\//, ''));
  const binary = join(folder, binaryIn(platform));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(binary), { recursive: true });
  if (built === null) buildK6(platform, binary);
  else copyFileSync(built, binary);
  chmodSync(binary, 0o755);
  copyFileSync(join(root, 'k6', 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'NOTICES.txt'), goNotices(binary));
  cpSync(join(root, 'k6'), join(folder, 'source'), { recursive: true, filter: (path) => !path.endsWith('_test.go') });
  writeFileSync(join(folder, 'README.md'), platformReadme(platform, { version, k6: versionOfK6(), repository }));
  writeFileSync(
    join(folder, 'package.json'),
    json({
      name,
      version,
      description: `k6 with the timeline output and the sender of webhook-stress, for ${platform.title}`,
      license: 'AGPL-3.0-only',
      ...repositoryOf(repository),
      os: [platform.os],
      cpu: [platform.cpu],
      preferUnplugged: true,
    }),
  );
}

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'packages') },
    platform: { type: 'string', multiple: true },
    k6: { type: 'string' },
    repository: { type: 'string' },
  },
});
const { repository } = values;
const out = resolve(values.out);
const here = platformNamed(process.platform, process.arch);
const wanted = k6Platforms.filter(({ os, cpu }) => values.platform?.includes(`${os}-${cpu}`) ?? true);
stageCommand(out, repository);
for (const platform of wanted) {
  const built = platform === here && values.k6 !== undefined ? resolve(values.k6) : null;
  stagePlatform(platform, { out, repository, built });
}
