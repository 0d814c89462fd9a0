import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { after, before, test } from 'node:test';
import { httpVersionChecks } from '../../cli/doctor/http-version.ts';
import { readTlsFiles } from '../../cli/tls-files.ts';
import { type Certificates, makeCertificates } from '../fixtures/certificates.ts';

// Whether a server speaks HTTP/2 is known before the load, and no server gets a request for it.

let certificates: Certificates;
const servers: Server[] = [];
let requests = 0;

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

before(() => {
  certificates = makeCertificates();
});
after(() => {
  for (const server of servers) server.close();
});

const counted = (): void => {
  requests++;
};

async function statusOf(baseUrl: string, version: '1.1' | '2' = '2'): Promise<string> {
  const { trust } = readTlsFiles({ TLS_CA_FILE: certificates.ca });
  const checks = await httpVersionChecks(version, { baseUrl, address: '127.0.0.1', trust });
  return checks.map(({ status, text, endsRun }) => `${status}: ${text}${endsRun ? ' (ends the run)' : ''}`).join();
}

test('a server that speaks HTTP/2, in the clear or by TLS', async () => {
  const keys = { key: readFileSync(certificates.serverKey), cert: readFileSync(certificates.server) };
  const clear = await listening(createHttp2Server(counted));
  const secure = await listening(createSecureServer({ ...keys, allowHTTP1: true }, counted));
  assert.equal(await statusOf(`http://${clear}`), 'ok: the server speaks HTTP/2');
  assert.equal(await statusOf(`https://${secure}`), 'ok: the server speaks HTTP/2');
  assert.equal(requests, 0);
});

test('one that does not, and is told what to do', async () => {
  const keys = { key: readFileSync(certificates.serverKey), cert: readFileSync(certificates.server) };
  const clear = await listening(createHttpServer(counted));
  const secure = await listening(createHttpsServer(keys, counted));
  const closes = await listening(createServer((socket) => socket.destroy()));
  const refused = 'problem: the server does not speak HTTP/2 (ends the run)';
  assert.equal(await statusOf(`http://${clear}`), refused);
  assert.equal(await statusOf(`https://${secure}`), refused);
  assert.equal(await statusOf(`http://${closes}`), refused);
  assert.equal(await statusOf(`http://${clear}`, '1.1'), '', 'nobody asked for it');
  assert.equal(requests, 0);
});
