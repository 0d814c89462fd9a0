import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { runScenario } from './scenario-run.ts';

// Go's HTTP client sends a POST with one of these headers once more by itself, where a connection that it used before breaks.
// The ledger would tell of one request where the server had two.

/** Heads of the signals that arrived. */
const arrived: string[] = [];

/** Answers what is asked before a signal, reads a signal wholly and closes the connection without an answer. */
const server = createServer((socket) => {
  let text = '';
  // The client, too, may break the connection.
  socket.on('error', () => {});
  socket.on('data', (data: Buffer) => {
    text += data.toString('latin1');
    for (;;) {
      const headEnd = text.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const head = text.slice(0, headEnd);
      const end = headEnd + 4 + Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
      if (text.length < end) return;
      text = text.slice(end);
      if (head.startsWith('POST')) {
        arrived.push(head);
        socket.destroy();
        return;
      }
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
    }
  });
});

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => server.close());

for (const [what, header] of [
  ['no header of this kind', null],
  ['Idempotency-Key', 'Idempotency-Key'],
  ['x-idempotency-key in small letters', 'x-idempotency-key'],
] as const) {
  test(`a signal with ${what} whose connection breaks arrives once`, async () => {
    arrived.length = 0;
    const { profile, problems } = readProfile({
      name: 'breaks connections',
      answers: [{ outcome: 'accepted', statuses: [200] }],
      limiter: { kind: 'none' },
      idempotency: { kind: 'ttl', ttlMs: 1000 },
      provisioning: { kind: 'given' },
      request: { headers: header === null ? {} : { [header]: '{id}' } },
    });
    assert.deepEqual(problems, []);
    const { port } = server.address() as AddressInfo;
    const run = await runScenario('burst', {
      BASE_URL: `http://127.0.0.1:${port}`,
      STRESS_PROFILE: JSON.stringify(profile),
      BURST_SIGNALS: '3',
      MIN_LEGITIMATE: '0',
      WEBHOOK_TOKEN: 'token',
      WEBHOOK_SECRET: 'secret',
    });
    assert.equal(arrived.length, 3);
    assert.ok(header === null || arrived.every((head) => head.toLowerCase().includes(`\r\n${header.toLowerCase()}:`)));
    assert.deepEqual(
      run.signals.map(({ outcome, status }) => `${outcome} ${status}`),
      new Array(3).fill('failed 0'),
    );
  });
}
