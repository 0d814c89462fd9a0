import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const maxInstalledBytes = 25 * 1024 * 1024;

/** What a folder takes on disk. */
function diskBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).reduce(
    (sum, path) => sum + lstatSync(join(folder, path)).blocks * 512,
    0,
  );
}

describe('the package as a user installs it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'install-'));
  const installed = join(folder, 'user', 'node_modules', 'webhook-stress');
  const command = join(folder, 'user', 'node_modules', '.bin', 'webhook-stress');
  let packed: readonly string[] = [];

  before(async () => {
    const user = join(folder, 'user');
    mkdirSync(user);
    writeFileSync(join(user, 'package.json'), '{"private":true}');
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: root,
      maxBuffer: 1e7,
    });
    const [pack] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
    packed = pack?.files.map(({ path }) => path) ?? [];
    const options = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
    await run('npm', ['install', ...options, join(folder, pack?.filename ?? '')], { cwd: user });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('it takes at most 25 MB', () => {
    const bytes = diskBytes(join(folder, 'user', 'node_modules'));
    assert.ok(bytes <= maxInstalledBytes, `${(bytes / 1024 / 1024).toFixed(1)} MB`);
  });

  test('it holds what runs and what is read, and no tests', () => {
    for (const path of [
      ...['dist/burst.js', 'dist/cli/webhook-stress.js', 'dist/page/report-page.js', 'dist/define-target.d.ts'],
      ...['docs/profile.schema.json', 'README.md', 'LICENSE', 'k6/main.go', 'k6/go.mod', 'k6/go.sum'],
      'k6/timeline/output.go',
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
    for (const name of ['run', 'monitor', 'report', 'profile', 'backend']) {
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

    const user = join(folder, 'user');
    writeFileSync(join(user, 'right.ts'), right);
    writeFileSync(join(user, 'wrong.ts'), profile(`answers: [{ outcome: 'acepted', statuses: [200] }]`));
    const tsc = [
      join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
    ];
    await run(process.execPath, [...tsc, 'right.ts'], { cwd: user });
    await assert.rejects(run(process.execPath, [...tsc, 'wrong.ts'], { cwd: user }), { stdout: /acepted/ });
    assert.ok(readdirSync(join(installed, 'docs')).includes('environment.md'));
  });
});
