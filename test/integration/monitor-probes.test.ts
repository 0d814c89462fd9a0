import assert from 'node:assert/strict';
import type { LookupAddress, lookup } from 'node:dns';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { pinnedAgent } from '../../monitor/probes/pinned-agent.ts';
import { askHealth, askStatistics, numbersIn } from '../../monitor/probes/probe.ts';

const hostile: readonly (readonly [string, RequestListener, RegExp])[] = [
  ['HTML', (_, response) => response.end('<h1>hello</h1>'), /^failed body : its body is not a JSON/],
  ['an error', (_, response) => response.writeHead(500).end('{}'), /^failed status 500: HTTP 500/],
  ['no such route', (_, response) => response.writeHead(404).end('not here'), /^unavailable/],
  [
    'a redirect',
    (_, response) => response.writeHead(302, { Location: 'http://192.0.2.1/' }).end(),
    /^failed status 302: HTTP 302/,
  ],
  ['silence', () => {}, /^failed timeout : no answer within/],
  ['a broken connection', (request) => request.socket.destroy(), /^failed unconnected : no connection/],
  [
    'JSON that is not an object',
    (_, response) => response.end('[1,2]'),
    /^failed body : its body is not a JSON object/,
  ],
  [
    'an endless body',
    (_, response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', pour);
      };
      pour();
    },
    /^failed body : its body is longer/,
  ],
  ['health', (_, response) => response.end('{"a":1,"b":{"c":2,"d":"x"},"e":null}'), /^ok \{"a":1,"b\.c":2\}/],
];

for (const [name, listener, expected] of hostile) {
  test(`probe: ${name}`, async () => {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const result = await askStatistics({ url: `http://127.0.0.1:${port}/health`, token: null });
    const text =
      result.state === 'ok'
        ? `ok ${JSON.stringify(result.numbers)}`
        : result.state === 'failed'
          ? `failed ${result.failure} ${result.status ?? ''}: ${result.reason}`
          : result.state;
    assert.match(text, expected);
    server.closeAllConnections();
    server.close();
  });
}

test('a health check may answer anything with 2xx; statistics are a JSON object', async () => {
  const server = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asked = { url: `http://127.0.0.1:${port}/healthz`, token: null };
  assert.deepEqual({ ...(await askHealth(asked)), latencyMs: 1 }, { state: 'ok', latencyMs: 1, numbers: {} });
  assert.equal((await askStatistics(asked)).state, 'failed');
  server.closeAllConnections();
  server.close();
});

test('numbers of a hostile answer are bounded in count, depth and name', () => {
  const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`k${n}`, n])));
  assert.equal(Object.keys(numbersIn(wide) ?? {}).length, 64);
  const odd = numbersIn('{"\\u001b[31mred":1,"__proto__":{"x":2},"big":1e999}');
  assert.deepEqual(Object.keys(odd ?? {}).sort(), ['__proto__.x', '__31mred'].sort());
  assert.deepEqual(numbersIn(`${'{"a":'.repeat(50)}1${'}'.repeat(50)}`), {}, 'what lies too deep is left out');
});

test('probes go to the address that the name had first, whatever it resolves to later', async () => {
  const asked: string[] = [];
  const answers = ['127.0.0.1', '192.0.2.1'];
  const server = createServer((_, response) => response.end('{"a":1}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://rebinding.test:${port}/health`;
  const resolve = ((host: string, _: unknown, done: (error: null, found: readonly LookupAddress[]) => void) => {
    asked.push(host);
    done(null, [{ address: answers[asked.length - 1] ?? '192.0.2.1', family: 4 }]);
  }) as typeof lookup;
  const agent = pinnedAgent(new URL(url), null, null, { resolve });
  for (let n = 0; n < 3; n += 1) assert.equal((await askHealth({ url, token: null, agent })).state, 'ok');
  assert.deepEqual(asked, ['rebinding.test']);
  assert.equal(
    (await askHealth({ url, token: null, agent: pinnedAgent(new URL(url), '127.0.0.1', null, { resolve }) })).state,
    'ok',
  );
  assert.deepEqual(asked, ['rebinding.test'], 'an address that is known needs no look-up');
  server.close();
});
