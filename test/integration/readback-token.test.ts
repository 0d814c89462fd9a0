import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { TargetInput } from '../../contract/profile/profile.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { assertJudged, k6, reportOf, root, startStress } from '../e2e/stress.ts';
import { receiverProfile, receiverSecret, receiverToken, startReceiver } from '../fixtures/receiver.ts';

// A receiver whose read-back asks for a bearer token that its signals do not carry. It has given webhooks, so nobody logs in.

const folder = mkdtempSync(join(tmpdir(), 'readback-token-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const adminToken = 'canary/admin token';
const tokenFile = join(folder, 'token.txt');
writeFileSync(tokenFile, `${adminToken}\n`);

const profile: TargetInput = {
  ...receiverProfile,
  readback: {
    kind: 'url',
    path: `/processed/${receiverToken}?asks={readbackToken}`,
    headers: { Authorization: 'Bearer {readbackToken}' },
    processedAtUs: null,
    next: null,
    total: null,
  },
  process: { by: 'none' },
};
const profileFile = join(folder, 'profile.json');
writeFileSync(profileFile, JSON.stringify(profile));

const access = { WEBHOOK_TOKEN: receiverToken, WEBHOOK_SECRET: receiverSecret };
const small = { CONCURRENCY_ROUNDS: '2', CONCURRENCY_WEBHOOKS: '1', BURST_SIGNALS: '10', MIN_LEGITIMATE: '0' };
const unset = /READBACK_TOKEN is not set, and the profile's read-back asks with \{readbackToken\}: set it, or set/;

async function receiver() {
  const server = await startReceiver({ readbackToken: adminToken });
  after(() => server.stop());
  return { server, readsOf: () => server.arrived.filter((line) => line.endsWith(' readback')) };
}

/** `run concurrency` as a user starts it. */
async function runOf(url: string, env: Readonly<Record<string, string>>, options: readonly string[] = []) {
  const args = ['concurrency', '--profile', profileFile, ...options];
  const run = startStress(args, { BASE_URL: url, ...access, ...small, ...env });
  const { exitCode } = await run.ended();
  return { exitCode, folder: run.folder, output: run.output() };
}

/** The bundle alone, through k6/http. */
async function bundleOf(url: string, env: Readonly<Record<string, string>>) {
  const { profile: settled } = readProfile(profile);
  const given = { ...process.env, BASE_URL: url, STRESS_SENDER: 'k6-http', STRESS_PROFILE: JSON.stringify(settled) };
  return new Promise<string>((resolve) => {
    const args = ['run', '--quiet', '--no-color', join(root, 'dist', 'concurrency.js')];
    const options = { env: { ...given, ...access, ...small, ...env } };
    execFile(k6, args, options, (_, stdout, stderr) => resolve(stdout + stderr));
  });
}

function assertHidden(output: string, reports: string): void {
  const files = readdirSync(reports, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(files.some(({ name }) => name === 'run.json'));
  for (const secret of [adminToken, encodeURIComponent(adminToken)]) {
    assert.equal(output.includes(secret), false, 'the terminal shows the token');
    for (const { parentPath, name } of files)
      assert.equal(readFileSync(join(parentPath, name)).includes(secret), false, `${name} holds the token`);
  }
}

describe('a read-back with a token of its own', () => {
  for (const [how, options] of [
    ['one generator', []],
    ['two generators', ['--generators', '2']],
  ] as const) {
    test(`the right one, ${how}: exactly once passes, and the token is nowhere`, async () => {
      const { server, readsOf } = await receiver();
      const run = await runOf(server.url, { READBACK_TOKEN_FILE: tokenFile }, options);
      assertJudged({ report: reportOf(run.folder), output: run.output }, 'exactly-once', 'pass');
      assert.ok(readsOf().length >= 2);
      for (const line of readsOf()) assert.ok(line.includes(`?asks=${encodeURIComponent(adminToken)} `), line);
      assertHidden(run.output, run.folder);
    });
  }

  test('none: one line says what to set, and nothing is sent', async () => {
    const { server } = await receiver();
    const run = await runOf(server.url, {});
    assert.equal(run.exitCode, 2);
    assert.match(run.output, unset);
    assert.equal(run.output.trim().split('\n').length, 1);
    assert.match(await bundleOf(server.url, {}), unset);
    assert.deepEqual(server.arrived, []);
  });

  test('a wrong one: the checks before the load say what was answered, without it', async () => {
    const { server } = await receiver();
    const run = await runOf(server.url, { READBACK_TOKEN: 'canary-wrong' });
    assert.equal(run.exitCode, 2, run.output);
    assert.match(
      run.output,
      /read-back: GET .* answered 401 \(nobody may read with Bearer ‹secret›\): is readback\.path/,
    );
    assert.doesNotMatch(run.output, /canary-wrong/);
  });

  test('k6/http sends it, too: the right one is read back, a wrong one is not', async () => {
    const { server, readsOf } = await receiver();
    assert.doesNotMatch(await bundleOf(server.url, { READBACK_TOKEN: `${adminToken}\n` }), /read-back of webhook/);
    assert.ok(readsOf().length >= 1);
    const output = await bundleOf(server.url, { READBACK_TOKEN: 'canary-wrong' });
    assert.match(output, /read-back of webhook 0 failed/);
    assert.doesNotMatch(output, /canary/);
  });
});
