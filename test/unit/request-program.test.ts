import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TargetInput, TargetProfile } from '../../contract/profile/profile.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { compileRequest, fillSegments, type SignalWords, usesWord } from '../../lib/request-program.ts';

const words: SignalWords = {
  token: 'tok/1',
  secret: 'sé"cret&=',
  id: 'run-a7',
  n: 12345,
  action: 'BUY',
  ticker: 'AAPL',
  quantity: 3,
  price: 100.1,
};

function profileOf(input: Partial<TargetInput>): TargetProfile {
  const { profile, problems } = readProfile({
    name: 'test',
    answers: [{ outcome: 'accepted', statuses: [200] }],
    limiter: { kind: 'none' },
    idempotency: { kind: 'none' },
    ...input,
  });
  assert.deepEqual(problems, []);
  assert.ok(profile !== null);
  return profile;
}

const bodyOf = (input: Partial<TargetInput>): string | null => {
  const { body } = compileRequest(profileOf(input));
  return body === null ? null : fillSegments(body, words);
};

test('a JSON body keeps the order of its fields, numbers as numbers, and escapes what it is filled with', () => {
  const body = bodyOf({
    secret: { in: 'body', field: 'pass' },
    request: {
      body: { n: '{n}', text: 'a "quoted" {id} {secret}', deep: { list: ['{price}', null, true, '{other}'] }, pass: 0 },
    },
  });
  assert.equal(
    body,
    JSON.stringify({
      n: 12345,
      text: `a "quoted" run-a7 ${words.secret}`,
      deep: { list: [100.1, null, true, '{other}'] },
      pass: words.secret,
    }),
  );
});

test('words that only an object prototype has stay as they are', () => {
  const body = bodyOf({ request: { body: { id: '{id}', deep: ['{constructor}', 'x{toString}'] } } });
  assert.equal(body, '{"id":"run-a7","deep":["{constructor}","x{toString}"]}');
});

test('a form is encoded as encodeURIComponent does it', () => {
  const contentType = 'application/x-www-form-urlencoded';
  const body = bodyOf({
    secret: { in: 'body', field: 'pass&' },
    request: { contentType, body: { 'a b': 'x {id}é', yes: true, price: '{price}' } },
  });
  assert.equal(body, `a%20b=x%20run-a7%C3%A9&yes=true&price=100.1&pass%26=${encodeURIComponent(words.secret)}`);
});

test('the secret goes into query, header or signature', () => {
  const query = compileRequest(
    profileOf({ secret: { in: 'query', name: 'k y' }, request: { path: '/h/{token}?v=2' } }),
  );
  assert.equal(fillSegments(query.path, words), `/h/tok%2F1?v=2&k%20y=${encodeURIComponent(words.secret)}`);
  const header = compileRequest(profileOf({ secret: { in: 'header', name: 'X-Key', prefix: 'Key ' } }));
  assert.deepEqual(
    header.headers.map(({ name, value }) => [name, fillSegments(value, words)]),
    [
      ['Content-Type', 'application/json'],
      ['X-Key', `Key ${words.secret}`],
    ],
  );
  const signed = compileRequest(profileOf({ secret: { in: 'hmac-sha256', header: 'X-Sum', encoding: 'base64' } }));
  assert.deepEqual(signed.signature, { header: 'X-Sum', prefix: '', encoding: 'base64' });
});

test('a GET has no body and no content type; the program tells which words it needs', () => {
  const get = compileRequest(profileOf({ secret: { in: 'none' }, request: { method: 'GET', path: '/{token}/{n}' } }));
  assert.deepEqual([get.body, get.headers], [null, []]);
  assert.deepEqual([usesWord(get, 'n'), usesWord(get, 'id'), usesWord(get, 'token')], [true, false, true]);
});
