import assert from 'node:assert/strict';
import { type ExecFileOptions, execFile, execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../backend/free-port.ts';
import { packageNameOf, platformNamed } from '../../bundle/k6-platforms.ts';
import { startRegistry } from '../fixtures/registry.ts';
import { missingIn, stepsOf } from '../fixtures/transcript.ts';
import { k6, root } from './stress.ts';

const run = promisify(execFile);
const platform = platformNamed(process.platform, process.arch);
assert.ok(platform !== null);
const nameOfK6 = packageNameOf(platform);

/** As long as a newcomer may need for all commands. */
const maxMs = 5 * 60_000;

async function pack(folder: string, destination: string): Promise<string> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', destination], {
    cwd: folder,
    maxBuffer: 1e7,
  });
  const [packed] = JSON.parse(stdout) as { readonly filename: string }[];
  return join(destination, packed?.filename ?? '');
}

/** What a command prints, whatever its exit code is. The registry answers meanwhile. */
async function printedBy(command: string, options: ExecFileOptions) {
  return new Promise<{ readonly stdout: string; readonly stderr: string; readonly killed: boolean }>((resolve) => {
    execFile('sh', ['-c', command], { ...options, encoding: 'utf8' }, (error, stdout, stderr) =>
      resolve({ stdout, stderr, killed: error?.killed === true }),
    );
  });
}

describe('docs/first-run.md: a FastAPI app from PyPI, in an empty folder, without Go', () => {
  const folder = mkdtempSync(join(tmpdir(), 'first-run-'));
  const [user, bin, staged] = ['user', 'bin', 'packages'].map((name) => join(folder, name)) as [string, string, string];
  const env = { ...process.env, PATH: bin, K6_BIN: '', npm_config_prefer_offline: 'true', NO_COLOR: '1' };
  const ending: (() => void)[] = [];
  let port = 0;
  let install = '';

  before(async () => {
    for (const made of [user, bin]) mkdirSync(made);
    for (const name of ['node', 'npm', 'npx', 'sh', 'sed']) {
      const found = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
      symlinkSync(realpathSync(found), join(bin, name));
    }
    const script = ['--import', 'tsx', 'bundle/packages.ts', '--out', staged, '--k6', k6];
    await run(process.execPath, [...script, '--platform', `${platform.os}-${platform.cpu}`], { cwd: root });
    const [main, ours] = await Promise.all([
      pack(join(staged, 'webhook-stress'), folder),
      pack(join(staged, nameOfK6.replace(/^.*\//, '')), folder),
    ]);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
    const registry = await startRegistry([{ name: nameOfK6, version, manifest: {}, tarball: ours }]);
    ending.push(() => registry.close());
    install = `npm install --save-dev --loglevel=error --@webhook-stress:registry=${registry.url} ${main}`;

    port = await freePort();
    const python = join(root, '.tools', 'venv', 'bin', 'python');
    const server = spawn(python, ['-m', 'uvicorn', 'gridos.main:app', '--port', String(port)], {
      cwd: folder,
      env: { ...process.env, GRIDOS_REQUIRE_AUTH: 'true', GRIDOS_API_KEYS: 'demo-key' },
      stdio: 'ignore',
    });
    ending.push(() => server.kill('SIGKILL'));
    const answers = (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${port}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    for (let tries = 0; !(await answers()); tries += 1) {
      assert.ok(tries < 150 && server.exitCode === null, 'GridOS does not answer');
      await sleep(200);
    }
  });
  after(() => {
    for (const end of ending) end();
    rmSync(folder, { recursive: true, force: true });
  });

  test('its commands print what stands there', async () => {
    const steps = stepsOf(readFileSync(join(root, 'docs', 'first-run.md'), 'utf8'));
    assert.ok(steps.length <= 5);
    const endsAtMs = Date.now() + maxMs;
    for (const { command, printed } of steps) {
      // Nothing is published yet: npm gets the same files from here.
      const here = command.replace(/^npm install --save-dev webhook-stress$/, install).replaceAll(':8000', `:${port}`);
      const { stdout, stderr, killed } = await printedBy(here, {
        ...{ cwd: user, env },
        timeout: Math.max(1, endsAtMs - Date.now()),
      });
      assert.equal(killed, false, command);
      assert.deepEqual(
        missingIn(stdout.replaceAll(user, '/home/me/stress'), printed),
        [],
        `${command}\n${stdout}\n${stderr}`,
      );
    }
    const [runId = ''] = readdirSync(join(user, 'reports'));
    assert.ok(existsSync(join(user, 'reports', runId, 'report.html')));
    assert.deepEqual(readdirSync(join(user, 'node_modules', '@webhook-stress')), [`k6-${platform.os}-${platform.cpu}`]);
  });
});
