import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { TargetInput } from '../../contract/profile/profile.ts';
import { assertJudged, reportOf, startStress } from '../e2e/stress.ts';
import { receiverProfile } from '../fixtures/receiver.ts';

// Two tenants of a server, of which each reads its own signals alone, with a token of its own.

const folder = mkdtempSync(join(tmpdir(), 'second-readback-token-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const tokens = { first: 'canary-first-reader', second: 'canary-second-reader' } as const;
type Tenant = keyof typeof tokens;
const secondHook = 'other-0';
const firstHooks = Array.from({ length: 60 }, (_, n) => `hook-${n}`);
const tenantOf = (hook: string): Tenant => (hook === secondHook ? 'second' : 'first');

interface Behavior {
  /** Whether a key leaves the tenant out. */
  readonly sharesKeys?: boolean;
  /** Whether either token shows the signals of both. */
  readonly showsAll?: boolean;
}

/** Takes each id once for each webhook, and lists what it took: of one webhook, or of all of a tenant. */
async function tenantsServer({ sharesKeys = false, showsAll = false }: Behavior = {}) {
  const taken: { readonly hook: string; readonly signal_id: string }[] = [];
  const asked: string[] = [];
  function answer({ method, url = '', headers }: IncomingMessage, body: string): readonly [number, object] {
    const [, what, hook = ''] = url.split(/[/?]/);
    if (what === 'health') return [200, {}];
    if (what === 'processed') {
      const tenant = headers.authorization === `Bearer ${tokens.second}` ? 'second' : 'first';
      asked.push(`${hook} as ${tenant}`);
      if (headers.authorization !== `Bearer ${tokens[tenant]}`) return [401, {}];
      if (hook !== '' && tenantOf(hook) !== tenant && !showsAll) return [403, {}];
      const own = taken.filter((each) =>
        hook === '' ? showsAll || tenantOf(each.hook) === tenant : each.hook === hook,
      );
      return [200, { signals: own.map(({ signal_id }) => ({ signal_id })) }];
    }
    if (what !== 'hook' || method !== 'POST') return [404, {}];
    if (headers['x-secret'] !== hook) return [401, {}];
    const { signal_id }: { readonly signal_id: string } = JSON.parse(body);
    if (taken.some((each) => each.signal_id === signal_id && (sharesKeys || each.hook === hook))) return [409, {}];
    taken.push({ hook, signal_id });
    return [200, {}];
  }
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('utf8');
    });
    request.on('end', () => {
      const [status, json] = answer(request, body);
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json));
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const small = {
  ...{ IDEMPOTENCY_KEYS: '4', IDEMPOTENCY_ODDS_KEYS: '0', MIN_LEGITIMATE: '0', AUTHENTICATION_SIGNALS: '0' },
  ...{ WEBHOOK_TOKEN: firstHooks.join(','), WEBHOOK_SECRET: firstHooks.join(',') },
  ...{ SECOND_WEBHOOK_TOKEN: secondHook, SECOND_WEBHOOK_SECRET: secondHook, READBACK_TOKEN: tokens.first },
};

async function runOf(url: string, path: string, env: Readonly<Record<string, string>>) {
  const profile: TargetInput = {
    ...receiverProfile,
    idempotency: { kind: 'ttl', ttlMs: null },
    readback: { kind: 'url', path, headers: { Authorization: 'Bearer {readbackToken}' }, next: null },
    process: { by: 'none' },
  };
  const file = join(mkdtempSync(join(folder, 'profile-')), 'profile.json');
  writeFileSync(file, JSON.stringify(profile));
  const run = startStress(['idempotency', '--profile', file], { BASE_URL: url, ...small, ...env });
  await run.ended();
  return { folder: run.folder, output: run.output() };
}

const lists = { 'of each webhook': '/processed/{token}', 'of a tenant': '/processed' };
const second = { SECOND_READBACK_TOKEN: ` ${tokens.second}\n` };

function assertHidden(output: string, reports: string): void {
  const files = readdirSync(reports, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(files.length > 3);
  for (const token of Object.values(tokens)) {
    assert.equal(output.includes(token), false);
    for (const { parentPath, name } of files)
      assert.equal(readFileSync(join(parentPath, name)).includes(token), false, `${name} holds the token`);
  }
}

describe('two tenants, each with a token for its own read-back', { concurrency: 2 }, () => {
  for (const [name, path] of Object.entries(lists)) {
    test(`a list ${name}: both are read, and exactly once passes`, async () => {
      const server = await tenantsServer();
      const run = await runOf(server.url, path, second);
      assertJudged({ report: reportOf(run.folder), output: run.output }, 'exactly-once', 'pass');
      const ofSecond = server.asked.filter((line) => line.endsWith(' as second'));
      assert.ok(ofSecond.length > 0 && ofSecond.length < server.asked.length);
      assertHidden(run.output, run.folder);
    });

    test(`a list ${name}: a key that both share is found`, async () => {
      const server = await tenantsServer({ sharesKeys: true });
      const run = await runOf(server.url, path, second);
      const finding = assertJudged({ report: reportOf(run.folder), output: run.output }, 'exactly-once', 'fail');
      assert.match(finding?.summary ?? '', /tenants|webhooks/);
    });
  }

  test('one token for both: it need not be set twice', async () => {
    const server = await tenantsServer({ showsAll: true });
    const run = await runOf(server.url, '/processed/{token}', {});
    assertJudged({ report: reportOf(run.folder), output: run.output }, 'exactly-once', 'pass');
    assert.ok(server.asked.every((line) => line.endsWith(' as first')));
  });

  test('a second token that shows the signals of both is told before the load', async () => {
    const server = await tenantsServer({ showsAll: true });
    const run = await runOf(server.url, '/processed', second);
    assert.match(run.output, /SECOND_READBACK_TOKEN shows the first tenant's signal, too/);
  });
});
