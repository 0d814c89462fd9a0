import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ApiClient, Unreachable } from '../../cli/kubernetes/api-client.ts';

/** An API server that tells which token it was shown, and a program that prints what `says` holds, or fails. */
async function cloud(t: TestContext) {
  const server = createServer((request, response) => response.end(request.headers.authorization));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const folder = mkdtempSync(join(tmpdir(), 'credentials-'));
  const [says, calls] = [join(folder, 'says'), join(folder, 'calls')];
  const { port } = server.address() as AddressInfo;
  const api = new ApiClient(
    {
      ...{ server: `http://127.0.0.1:${port}`, context: 'cloud', namespace: 'stress' },
      ...{ ca: null, serverName: null, verifies: true, certificate: null, key: null, token: null, tokenFile: null },
      exec: {
        ...{ apiVersion: 'client.authentication.k8s.io/v1', command: '/bin/sh' },
        args: ['-c', `echo . >> ${calls}; cat ${says}`],
      },
    },
    { PATH: '/usr/bin:/bin' },
  );
  t.after(() => api.close());
  const say = (token: string, forMs: number): void => {
    const status = { token, expirationTimestamp: new Date(Date.now() + forMs).toISOString() };
    writeFileSync(says, JSON.stringify({ kind: 'ExecCredential', status }));
  };
  return {
    ...{ api, say },
    fail: () => rmSync(says),
    shown: async () => (await api.ask({ method: 'GET', path: '/' })).body.toString(),
    called: () => readFileSync(calls, 'utf8').trim().split('\n').length,
  };
}

const hourMs = 3_600_000;

test('credentials: asked for once, and anew a minute before their end', async (t) => {
  const { say, shown, called } = await cloud(t);
  say('first', 30_000);
  assert.equal(await shown(), 'Bearer first');
  say('second', hourMs);
  assert.deepEqual(await Promise.all([shown(), shown()]), ['Bearer second', 'Bearer second']);
  assert.equal(await shown(), 'Bearer second');
  assert.equal(called(), 2);
});

test('credentials: a program that fails once costs nothing while the last ones hold', async (t) => {
  const { say, fail, shown } = await cloud(t);
  say('first', 30_000);
  await shown();
  fail();
  assert.equal(await shown(), 'Bearer first');
  say('second', hourMs);
  assert.equal(await shown(), 'Bearer second');
});

test('credentials: without any the cluster is unreachable, and the next request asks the program again', async (t) => {
  const { api, say, fail, shown } = await cloud(t);
  say('first', -1000);
  await shown();
  fail();
  await assert.rejects(
    api.ask({ method: 'GET', path: '/' }),
    (error) => error instanceof Unreachable && /\/bin\/sh gives no credentials/.test(error.message),
  );
  say('second', hourMs);
  assert.equal(await shown(), 'Bearer second');
});
