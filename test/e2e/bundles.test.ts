import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { scenarioNames } from '../../contract/plan/scenarios.ts';

const root = join(import.meta.dirname, '..', '..');
const k6 = process.env.K6_BIN ?? join(root, '.tools', 'k6');
const given = { WEBHOOK_TOKEN: 'token', WEBHOOK_SECRET: 'secret' };

function runK6(args: readonly string[], env: Readonly<Record<string, string>>, cwd = root) {
  const { status, stdout, stderr } = spawnSync(k6, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...given, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

test('each bundle, copied alone, is archived and inspected without a word on stderr', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bundles-'));
  for (const name of scenarioNames) {
    const bundle = `${name}.js`;
    copyFileSync(join(root, 'dist', bundle), join(folder, bundle));
    for (const sender of ['native', 'k6-http']) {
      const env = { STRESS_SENDER: sender };
      const archived = runK6(['archive', '--include-system-env-vars', bundle, '-O', 'archive.tar'], env, folder);
      assert.deepEqual([archived.status, archived.stderr], [0, ''], `${name} ${sender}`);
      for (const file of [bundle, 'archive.tar']) {
        const inspected = runK6(
          ['inspect', '--include-system-env-vars', '--execution-requirements', file],
          env,
          folder,
        );
        assert.deepEqual([inspected.status, inspected.stderr], [0, ''], `${name} ${sender} ${file}`);
        assert.ok(Number(/"maxVUs": (\d+)/.exec(inspected.stdout)?.[1]) > 0);
      }
    }
  }
  rmSync(folder, { recursive: true });
});

test('a proxy is refused unless it is declared, and then the host must be allowed, too', () => {
  const env = { BASE_URL: 'http://staging.example', HTTP_PROXY: 'http://127.0.0.1:9', STRESS_SENDER: 'k6-http' };
  const inspect = (more: Readonly<Record<string, string>>) =>
    runK6(['inspect', '--include-system-env-vars', 'dist/burst.js'], { ...env, ...more });
  const refused = inspect({});
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /HTTP_PROXY would send the load through a proxy: unset it, or set ALLOW_PROXY=on/);
  assert.match(inspect({ ALLOW_PROXY: 'on' }).stderr, /add staging\.example to ALLOW_HOST/);
  assert.equal(inspect({ ALLOW_PROXY: 'on', ALLOW_HOST: 'STAGING.example' }).status, 0);
  assert.equal(inspect({ STRESS_SENDER: 'native' }).status, 0, 'our own sender uses no proxy');
});
