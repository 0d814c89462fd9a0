import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TargetInput } from '../../contract/profile/profile.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';

const plain: TargetInput = {
  name: 'shop',
  answers: [{ outcome: 'accepted', statuses: [200] }],
  limiter: { kind: 'none' },
  idempotency: { kind: 'none' },
};
const canary = 'canary-4f7d';

const problemsOf = (change: Partial<TargetInput>): readonly string[] => readProfile({ ...plain, ...change }).problems;

/** Each place in which people write a secret, and the path that must be named. */
const places: readonly (readonly [string, Partial<TargetInput>])[] = [
  ['request.headers.X-Api-Key', { request: { headers: { 'X-Api-Key': canary } } }],
  ['request.headers.Cookie', { request: { headers: { Cookie: `session=${canary}` } } }],
  ['request.headers.Authorization', { request: { headers: { Authorization: `Bearer ${canary}` } } }],
  ['request.headers.X-Hub-Signature', { request: { headers: { 'X-Hub-Signature': canary } } }],
  ['request.path', { request: { path: `/hooks/{token}?secret={secret}&api_key=${canary}` } }],
  ['request.body.passphrase_password', { request: { body: { id: '{id}', passphrase_password: canary } } }],
  ['request.body.login.secret', { request: { body: { id: '{id}', login: { secret: canary } } } }],
  ['request.body', { request: { body: `{"id": "{id}", "token": "${canary}"}`, contentType: 'text/plain' } }],
  ['readback.path', { readback: { kind: 'url', path: `/list?after={after}&api_key=${canary}` } }],
  ['readback.headers.Authorization', { readback: { kind: 'url', headers: { Authorization: `Bearer ${canary}` } } }],
  ['readback.headers.x-token', { readback: { kind: 'url', headers: { 'x-token': canary } } }],
  ['readback.command.1', { readback: { kind: 'command', command: ['psql', `postgres://u:${canary}@h/db`] } }],
  ['readback.command.1', { readback: { kind: 'command', command: ['psql', `host=h password=${canary}`] } }],
  ['readback.command.2', { readback: { kind: 'command', command: ['sh', '-c', `mysql --password=${canary}`] } }],
  [
    'provisioning.create.body.client_secret',
    { provisioning: { kind: 'create', create: { body: { client_secret: canary } } } },
  ],
  ['request.headers.X-Callback', { request: { headers: { 'X-Callback': `https://u:${canary}@h/` } } }],
];

for (const [path, change] of places) {
  test(`a literal secret is refused by its path and not repeated: ${path}`, () => {
    const problems = problemsOf(change).filter((problem) => problem.startsWith(`${path}: looks like a secret`));
    assert.equal(problems.length, 1, problemsOf(change).join('\n'));
    assert.ok(!problemsOf(change).join('\n').includes(canary));
  });
}

test('what is said of a read-back names the token of its own', () => {
  for (const change of [
    { kind: 'url', path: `/list?after={after}&api_key=${canary}` },
    { kind: 'url', headers: { 'X-Token': canary } },
  ] as const) {
    const told = problemsOf({ readback: change }).join();
    assert.match(told, /write \{token\}, \{secret\} or \{readbackToken\}, .* WEBHOOK_SECRET and READBACK_TOKEN$/);
  }
  assert.doesNotMatch(problemsOf({ request: { headers: { 'X-Token': canary } } }).join(), /READBACK_TOKEN/);
});

test('what only refers to a secret is accepted', () => {
  for (const change of [
    { request: { headers: { 'X-Api-Key': '{secret}', Authorization: 'Bearer {token}', 'Idempotency-Key': '{id}' } } },
    { request: { body: { id: '{id}', token_count: 3, require_signature: true, key: '' } } },
    { request: { path: '/hooks/{token}?secret={secret}&mode=fast' } },
    { readback: { kind: 'url', headers: { Authorization: 'Bearer {readbackToken}', 'X-Token': '{readbackToken}' } } },
    { readback: { kind: 'url', path: '/list?after={after}&api_key={readbackToken}' } },
    { readback: { kind: 'command', command: ['sh', '-c', 'psql "$DATABASE_URL" -c "select id"'] } },
    { readback: { kind: 'command', command: ['sh', '-c', 'psql postgres://stress:$PGPASSWORD@127.0.0.1/db'] } },
    { readback: { kind: 'command', command: ['node', 'tools/processed-orders.mjs', '--keys', 'id'] } },
    { provisioning: { kind: 'create', create: { body: { name: '{name}', url: 'http://127.0.0.1:9/x' } } } },
  ] satisfies readonly Partial<TargetInput>[]) {
    assert.deepEqual(
      problemsOf(change).filter((problem) => problem.includes('looks like a secret')),
      [],
      JSON.stringify(change),
    );
  }
});
