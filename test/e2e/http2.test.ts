import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { makeCertificates } from '../fixtures/certificates.ts';
import { countOutcomes, runScenario } from './scenario-run.ts';

const signals = 40;

function settings(baseUrl: string): Readonly<Record<string, string>> {
  const { profile, problems } = readProfile({
    name: 'speaks HTTP/2',
    answers: [{ outcome: 'accepted', statuses: [200] }],
    limiter: { kind: 'none' },
    idempotency: { kind: 'none' },
    provisioning: { kind: 'given' },
    request: { httpVersion: '2' },
  });
  assert.deepEqual(problems, []);
  return {
    BASE_URL: baseUrl,
    STRESS_PROFILE: JSON.stringify(profile),
    BURST_SIGNALS: String(signals),
    MIN_LEGITIMATE: '0',
    WEBHOOK_TOKEN: 'token',
    WEBHOOK_SECRET: 'secret',
  };
}

test('signals go out by HTTP/2 if the profile says so, each one once', async () => {
  const certificates = makeCertificates();
  const keys = { key: readFileSync(certificates.serverKey), cert: readFileSync(certificates.server) };
  const arrived: string[] = [];
  const server = createSecureServer({ ...keys, allowHTTP1: true }, async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    if (request.method === 'POST') arrived.push(`${request.httpVersion} ${JSON.parse(text).signal_id}`);
    response.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const files = { TLS_CA_FILE: certificates.ca };
    const run = await runScenario('burst', { ...settings(`https://127.0.0.1:${port}`), ...files });
    assert.deepEqual(countOutcomes(run.signals), { accepted: signals });
    assert.deepEqual(
      arrived,
      run.signals.map(({ signal }) => `2.0 ${signal}`),
    );
  } finally {
    server.close();
  }
});

test('a server without HTTP/2 is named before the load, and gets no request', async () => {
  const arrived: string[] = [];
  const server = createServer((request, response) => {
    arrived.push(request.url ?? '');
    response.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const run = runScenario('burst', settings(`http://127.0.0.1:${port}`));
    await assert.rejects(run, /cannot be used: the server does not speak HTTP\/2: set HTTP_VERSION=1\.1/);
    assert.deepEqual(arrived, []);
  } finally {
    server.close();
  }
});
