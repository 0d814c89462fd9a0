import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkServer } from '../../cli/run/host-check.ts';
import { readTlsFiles } from '../../cli/tls-files.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { pinnedAgent } from '../../monitor/probes/pinned-agent.ts';
import { askHealth } from '../../monitor/probes/probe.ts';
import { type Certificates, makeCertificates } from '../fixtures/certificates.ts';
import { type Front, startFront } from '../third-party/servers.ts';

// What the first look at a server says, on servers that this project did not write: nginx, and Node's own.

let certificates: Certificates;
let front: Front;
const nodeServers: Server[] = [];

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  nodeServers.push(server);
  return (server.address() as AddressInfo).port;
}

const serverKeys = () => ({ key: readFileSync(certificates.serverKey), cert: readFileSync(certificates.server) });

before(async () => {
  certificates = makeCertificates();
  front = await startFront(certificates.folder);
});
after(async () => {
  for (const server of nodeServers) server.close();
  await front.stop();
});

const withCa = () => readTlsFiles({ TLS_CA_FILE: certificates.ca }).trust;
const withClient = () =>
  readTlsFiles({
    TLS_CA_FILE: certificates.ca,
    TLS_CERT_FILE: certificates.client,
    TLS_KEY_FILE: certificates.clientKey,
  }).trust;

async function refusal(url: string, trust = withCa()): Promise<string> {
  try {
    await checkServer(url, [], trust);
    return 'answered';
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return error.message;
  }
}

test('a private authority is trusted if it is named, by the first look and by the probes', async () => {
  const url = `https://127.0.0.1:${front.ports.TLS}`;
  assert.match(await refusal(url, null), /certificate signed by unknown authority: set TLS_CA_FILE/);
  assert.equal(await refusal(url), 'answered');
  assert.equal((await askHealth({ url, token: null, agent: pinnedAgent(new URL(url), null, withCa()) })).state, 'ok');
  assert.equal((await askHealth({ url, token: null, agent: pinnedAgent(new URL(url), null) })).state, 'failed');
});

test('an expired certificate and one for another host are told apart', async () => {
  assert.match(await refusal(`https://127.0.0.1:${front.ports.EXPIRED}`), /expired or is not valid yet/);
  assert.match(await refusal(`https://127.0.0.1:${front.ports.ELSEWHERE}`), /certificate is for another host/);
});

test('a client certificate is shown to a server that demands one, and asked for if there is none', async () => {
  const nginx = `https://127.0.0.1:${front.ports.CLIENT}`;
  const port = await listening(
    createHttpsServer({ ...serverKeys(), ca: readFileSync(certificates.ca), requestCert: true }, (_, answer) =>
      answer.end('{}'),
    ),
  );
  for (const url of [nginx, `https://127.0.0.1:${port}`]) {
    assert.match(await refusal(url), /client certificate.*TLS_CERT_FILE and TLS_KEY_FILE/, url);
    assert.equal(await refusal(url, withClient()), 'answered', url);
    assert.equal(
      (await askHealth({ url, token: null, agent: pinnedAgent(new URL(url), null, withClient()) })).state,
      'ok',
    );
  }
});

test('plain HTTP against HTTPS, and the other way about', async () => {
  const plainToTls = /plain HTTP was sent to a port that speaks HTTPS: begin BASE_URL with https/;
  assert.match(await refusal(`http://127.0.0.1:${front.ports.TLS}`), plainToTls);
  const node = await listening(createHttpsServer(serverKeys(), (_, answer) => answer.end('{}')));
  assert.match(await refusal(`http://127.0.0.1:${node}`), plainToTls);
  const tlsToPlain = /TLS was sent to a port that speaks plain HTTP: begin BASE_URL with http:/;
  assert.match(await refusal(`https://127.0.0.1:${front.ports.PLAIN}`), tlsToPlain);
  const nodePlain = await listening(createHttpServer((_, answer) => answer.end('{}')));
  assert.match(await refusal(`https://127.0.0.1:${nodePlain}`), tlsToPlain);
});

test('a server that speaks HTTP/2 only is named', async () => {
  const clear = await listening(createHttp2Server((_, answer) => answer.end('{}')));
  const secure = await listening(createSecureServer(serverKeys(), (_, answer) => answer.end('{}')));
  for (const url of [`http://127.0.0.1:${clear}`, `https://127.0.0.1:${secure}`]) {
    assert.match(await refusal(url), /HTTP\/2 only/, url);
  }
});

test('421 is said, and nothing of a server that answers as it should', async () => {
  const misdirected = await checkServer(`http://127.0.0.1:${front.ports.MISDIRECTED}`, [], null);
  assert.match(misdirected.remark ?? '', /421 Misdirected Request: .*127\.0\.0\.1/);
  assert.equal((await checkServer(`http://127.0.0.1:${front.ports.PLAIN}`, [], null)).remark, null);
});

test('what is wrong with the files is told at once, and nothing that they hold', () => {
  const noPem = join(certificates.folder, 'no.pem');
  writeFileSync(noPem, 'canary');
  const problemsOf = (env: Readonly<Record<string, string>>) => readTlsFiles(env).problems;
  assert.deepEqual(problemsOf({}), []);
  assert.deepEqual(problemsOf({ TLS_CA_FILE: certificates.ca }), []);
  const all = problemsOf({ TLS_CA_FILE: '/nope.pem', TLS_CERT_FILE: noPem, TLS_KEY_FILE: noPem });
  assert.equal(all.length, 3);
  assert.match(all[0] ?? '', /TLS_CA_FILE names \/nope\.pem, which cannot be read \(ENOENT\)/);
  assert.match(all[1] ?? '', /TLS_CERT_FILE .* holds no certificate in PEM/);
  assert.match(all[2] ?? '', /TLS_KEY_FILE .* holds no private key in PEM/);
  assert.doesNotMatch(all.join(), /canary/);
  const mixed = { TLS_CERT_FILE: certificates.client, TLS_KEY_FILE: certificates.serverKey };
  assert.match(problemsOf(mixed).join(), /the key in TLS_KEY_FILE .* is not that of the certificate/);
  assert.match(problemsOf({ TLS_CERT_FILE: certificates.client }).join(), /set TLS_KEY_FILE/);
  assert.match(problemsOf({ TLS_KEY_FILE: certificates.clientKey }).join(), /set TLS_CERT_FILE/);
});
