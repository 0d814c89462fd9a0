import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { Client } from '../../cli/doctor/client.ts';
import { Conversation } from '../../cli/doctor/conversation.ts';
import { checkOtherWebhooks } from '../../cli/doctor/other-webhooks.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';

/** What doctor says of given webhooks, at a server that knows one secret; `asked` counts the signals. */
async function said(secrets: readonly string[]) {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    response.writeHead(request.url?.includes('good') === true ? 200 : 401).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const baseUrl = `http://127.0.0.1:${address.port}`;
  const client = new Client({ baseUrl, address: '127.0.0.1', trust: null, timeoutMs: 5_000 });
  const talk = new Conversation({
    ...{ profile: builtInProfiles.embedded, baseUrl, client, runTag: 'tag', readbackMs: 0 },
    webhooks: secrets.map((secret, n) => ({ token: `token-${n}`, secret })),
    bearing: { withoutSignals: null, requests: Number.POSITIVE_INFINITY, gapMs: 0, quietMs: 0 },
    ...{ readbackToken: '', otherTenant: null },
    login: { email: '', password: '' },
    redact: (text) => text,
  });
  const checks = await checkOtherWebhooks(talk);
  client.close();
  server.close();
  return { checks, asked };
}

test('a secret that is wrong for one webhook is named by the number of the webhook', async () => {
  const { checks } = await said(['good', 'bad', 'good']);
  const wrong = checks.filter(({ status }) => status !== 'ok');
  assert.deepEqual(
    wrong.map(({ subject }) => subject),
    ['webhook 1'],
  );
  assert.doesNotMatch(JSON.stringify(checks), /token-1|"bad"/);
});

test('right secrets are one line, and many webhooks are tried up to the twentieth', async () => {
  const { checks, asked } = await said(Array.from({ length: 30 }, () => 'good'));
  assert.deepEqual(
    checks.map(({ status }) => status),
    ['ok'],
  );
  assert.equal(asked, 19);
});
