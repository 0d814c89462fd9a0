import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { scenarioNames } from '../../contract/plan/scenarios.ts';
import { readProfile } from '../../contract/profile/profile.ts';
import { runScenario } from './scenario-run.ts';

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

test('both senders put the same bytes on the wire', { timeout: 120_000 }, async () => {
  let requests: string[] = [];
  const server = createServer((socket) => {
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => {
      text += data.toString('utf8');
      const headEnd = text.indexOf('\r\n\r\n');
      const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0);
      if (headEnd < 0 || Buffer.byteLength(text.slice(headEnd + 4)) < length) return;
      requests.push(text);
      text = '';
      // A cookie is no part of a webhook: it must not come back.
      socket.write('HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 2\r\n\r\n{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { profile, problems } = readProfile({
    name: 'wire',
    answers: [{ outcome: 'accepted', statuses: [200] }],
    limiter: { kind: 'sliding', limit: 3, windowMs: 1000 },
    idempotency: { kind: 'none' },
    provisioning: { kind: 'given' },
    secret: { in: 'hmac-sha256', header: 'x-hub-signature', prefix: 'sha256=' },
    request: {
      path: '/ü/{token}?a=b c&q={ticker}',
      headers: { 'x-trace': ' {id} ', Accept: 'é', 'User-Agent': 'mine', Host: 'other.example' },
      body: { id: '{id}', n: '{n}', text: '"{secret}"\n', price: '{price}', deep: [null, { a: '{token}' }] },
    },
  });
  assert.deepEqual(problems, []);
  const settings = {
    BASE_URL: `http://127.0.0.1:${port}/base`,
    STRESS_PROFILE: JSON.stringify(profile),
    STRESS_RUN_TAG: 'run',
    BURST_SIGNALS: '3',
    WEBHOOK_TOKEN: 'tok/é"',
    WEBHOOK_SECRET: 's&=ü"\\',
  };
  const sent: string[][] = [];
  for (const STRESS_SENDER of ['native', 'k6-http']) {
    requests = [];
    await runScenario('burst', { ...settings, STRESS_SENDER });
    sent.push(requests.toSorted());
  }
  server.close();
  assert.ok((sent[0]?.filter((text) => text.startsWith('POST')).length ?? 0) === 3);
  assert.deepEqual(sent[0], sent[1]);
});
