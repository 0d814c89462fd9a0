import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { k6Platforms, packageNameOf, platformNamed } from '../../bundle/k6-platforms.ts';
import { startRegistry } from '../fixtures/registry.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const maxInstalledBytes = 25 * 1024 * 1024;
const platform = platformNamed(process.platform, process.arch);
assert.ok(platform !== null, 'k6 is published for the platform of this machine');
const nameOfK6 = packageNameOf(platform);

/** What a folder takes on disk; a file of two names counts once. */
function diskBytes(folder: string, leftOut: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.startsWith(leftOut))
    .map((path) => lstatSync(join(folder, path)));
  return [...new Map(files.map((file) => [file.ino, file])).values()].reduce(
    (sum, { blocks }) => sum + blocks * 512,
    0,
  );
}

/** A PATH with what npm needs, and without Go. */
function pathWithoutGo(folder: string): string {
  mkdirSync(folder);
  for (const name of ['node', 'npm', 'npx', 'sh']) {
    const found = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    symlinkSync(realpathSync(found), join(folder, name));
  }
  return folder;
}

/** The file that npm packs of a folder, and the paths in it. */
async function pack(folder: string, destination: string) {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', destination], {
    cwd: folder,
    maxBuffer: 1e7,
  });
  const [packed] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
  return { file: join(destination, packed?.filename ?? ''), paths: packed?.files.map(({ path }) => path) ?? [] };
}

describe('the package as a user installs it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'install-'));
  const user = join(folder, 'user');
  const installed = join(user, 'node_modules', 'webhook-stress');
  const command = join(user, 'node_modules', '.bin', 'webhook-stress');
  const env = { ...process.env, PATH: pathWithoutGo(join(folder, 'bin')), K6_BIN: '' };
  let packed: readonly string[] = [];

  before(async () => {
    mkdirSync(user);
    writeFileSync(join(user, 'package.json'), '{"private":true}');
    const staged = join(folder, 'packages');
    const k6 = join(root, '.tools', 'k6');
    const script = ['--import', 'tsx', 'bundle/packages.ts', '--out', staged, '--k6', k6];
    await run(process.execPath, [...script, '--platform', `${platform.os}-${platform.cpu}`], { cwd: root });
    const [main, ours] = await Promise.all([
      pack(join(staged, 'webhook-stress'), folder),
      pack(join(staged, nameOfK6.replace(/^.*\//, '')), folder),
    ]);
    packed = main.paths;
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const registry = await startRegistry(
      k6Platforms.map((each) => ({
        ...{ name: packageNameOf(each), version, manifest: { os: [each.os], cpu: [each.cpu] } },
        tarball: each === platform ? ours.file : null,
      })),
    );
    writeFileSync(join(user, '.npmrc'), `@webhook-stress:registry=${registry.url}\n`);
    const options = ['--save-dev', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
    await run('npm', ['install', ...options, main.file], { cwd: user, env });
    registry.close();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('it brings k6 for this platform along, and for no other', () => {
    assert.deepEqual(readdirSync(join(user, 'node_modules', '@webhook-stress')), [`k6-${platform.os}-${platform.cpu}`]);
    const paths = readdirSync(join(user, 'node_modules', nameOfK6), { recursive: true, encoding: 'utf8' });
    for (const path of ['LICENSE', 'NOTICES.txt', 'README.md', 'source/cmd/k6/main.go', 'source/go.sum']) {
      assert.ok(paths.includes(path), path);
    }
    assert.match(readFileSync(join(user, 'node_modules', nameOfK6, 'LICENSE'), 'utf8'), /AFFERO GENERAL PUBLIC/);
    assert.match(
      readFileSync(join(user, 'node_modules', nameOfK6, 'NOTICES.txt'), 'utf8'),
      /==== golang.org\/x\/sys v/,
    );
  });

  test('without Go, npx writes a scenario, runs it and a built-in one against the embedded backend, and runs k6', async () => {
    await run('npx', ['webhook-stress', 'new', 'market-open'], { cwd: user, env });
    const file = join(user, 'stress', 'market-open.ts');
    const written = readFileSync(file, 'utf8');
    const quick = written.replace('seconds: 10,', 'seconds: 2,').replace('afterMs: 12_000', 'afterMs: 3_000');
    assert.notEqual(quick, written);
    writeFileSync(file, quick);
    const small = { ...env, BURST_SIGNALS: '20', MIN_LEGITIMATE: '0' };
    // Too few for some criteria, and quick: the exit code is that of inconclusive.
    const { stdout } = await run(
      'npx',
      ['webhook-stress', 'run', 'burst', 'stress/market-open.ts', '--cooldown', '0'],
      { cwd: user, env: small },
    ).catch((error: { readonly stdout: string }) => error);
    assert.match(stdout, /✓ pass +Exactly once/);
    assert.match(stdout, /✓ pass +checks: rate>0\.99 \(market-open\)/);
    const version = await run('npx', ['webhook-stress', 'k6', 'version'], { cwd: user, env });
    assert.match(version.stdout, /^k6\S* v2\.[\s\S]*\btimeline\b/);
    await assert.rejects(run(command, ['k6', 'run', 'missing.js'], { cwd: user, env }), { code: 255 });
  });

  test('without k6 it takes at most 25 MB', () => {
    const bytes = diskBytes(join(user, 'node_modules'), '@webhook-stress');
    assert.ok(bytes <= maxInstalledBytes, `${(bytes / 1024 / 1024).toFixed(1)} MB`);
  });

  test('it holds what runs and what is read, and no tests', () => {
    for (const path of [
      ...['dist/burst.js', 'dist/cli/webhook-stress.js', 'dist/page/report-page.js', 'dist/define-target.d.ts'],
      ...['docs/profile.schema.json', 'README.md', 'LICENSE', 'k6/cmd/k6/main.go', 'k6/go.mod', 'k6/go.sum'],
      ...['k6/timeline/output.go', 'k6/LICENSE', 'dist/k6.js', 'dist/types/lib/k6.d.ts'],
    ]) {
      assert.ok(packed.includes(path), path);
    }
    assert.deepEqual(
      packed.filter((path) => /(^|\/)test\/|_test\.go$|^(bench|cli|lib)\//.test(path)),
      [],
    );
  });

  test('its commands run, and the embedded backend starts', async () => {
    assert.match((await run(command, ['--version'])).stdout, /^\d+\.\d+\.\d+/);
    for (const name of ['run', 'new', 'init', 'doctor', 'monitor', 'report', 'profile', 'backend']) {
      assert.match((await run(command, [name, '--help'])).stdout, new RegExp(`^Usage: webhook-stress ${name}`));
    }
    const backend = run(command, ['backend', '--port', '0', '--workers', '1', '--stop-with-stdin']);
    const ready = await new Promise<string>((resolve) => {
      backend.child.stdout?.once('data', (chunk: Buffer) => resolve(String(chunk)));
    });
    backend.child.stdin?.end();
    await backend;
    assert.match(ready, /"ready":true/);
  });

  test('a profile elsewhere imports it without node_modules, and its types are there', async () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    const profile = (answers: string): string =>
      `import { defineTarget } from 'webhook-stress';
       export default defineTarget({ name: 'shop', ${answers}, limiter: { kind: 'none' }, idempotency: { kind: 'none' } });`;
    const right = profile(`answers: [{ outcome: 'accepted', statuses: [200] }]`);
    writeFileSync(join(elsewhere, 'stress.config.ts'), right);
    const { stdout } = await run(command, ['profile'], { cwd: elsewhere });
    assert.equal((JSON.parse(stdout) as { name: string }).name, 'shop');

    writeFileSync(join(user, 'right.ts'), right);
    writeFileSync(join(user, 'wrong.ts'), profile(`answers: [{ outcome: 'acepted', statuses: [200] }]`));
    const tsc = [
      join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
    ];
    await run(process.execPath, [...tsc, 'right.ts', 'stress/market-open.ts'], { cwd: user });
    await assert.rejects(run(process.execPath, [...tsc, 'wrong.ts'], { cwd: user }), { stdout: /acepted/ });
    assert.ok(readdirSync(join(installed, 'docs')).includes('environment.md'));
  });

  test('where npm left k6 out, or has another version of it, one line says how to get it', async () => {
    const withoutK6 = () =>
      run(command, ['k6', 'version'], { cwd: user, env }).then(
        () => assert.fail('there is no k6'),
        (error: { readonly code: number; readonly stderr: string }) => error,
      );
    const manifest = join(user, 'node_modules', nameOfK6, 'package.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/"version": ".*"/, '"version": "99.0.0"'));
    assert.equal((await withoutK6()).code, 2);
    renameSync(join(user, 'node_modules', '@webhook-stress'), join(folder, 'left-out'));
    const { code, stderr } = await withoutK6();
    assert.equal(code, 2);
    assert.deepEqual(stderr.trim().split('\n').length, 1, stderr);
    assert.ok(
      stderr.includes(`there is no k6: npm install --include=optional webhook-stress brings ${nameOfK6} along`),
    );
  });
});
