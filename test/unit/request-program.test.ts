import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TargetInput, TargetProfile } from '../../contract/profile/profile.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';
import {
  compileRequest,
  compileUnproven,
  fillSegments,
  type SignalWords,
  usesWord,
} from '../../contract/request/request-program.ts';

const base = 'http://127.0.0.1:8000/in';

const words: SignalWords = {
  token: 'tok/1',
  secret: 'sé"cret&=',
  id: 'run-a7',
  n: 12345,
  uuid: '3f2a9c5e-71d4-4b08-9a6f-0c1d2e3f4a5b',
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
  const { body } = compileRequest(profileOf(input), base);
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

test('the body of a JSON request that is signed has a twin with spaces, as json.dumps writes it; no other body has', () => {
  const signed = (over: string, request: TargetInput['request']) =>
    compileRequest(
      profileOf({ secret: { in: 'signature', signed: over, headers: { S: '{signature}' } }, request }),
      base,
    ).spacedBody;
  const body = { n: '{n}', text: 'a:b,{id}', deep: { list: ['{price}', null, {}], none: [] } };
  const expected = '{"n": 12345, "text": "a:b,run-a7", "deep": {"list": [100.1, null, {}], "none": []}}';
  for (const contentType of ['application/json', 'application/json; charset=utf-8', 'application/cloudevents+json']) {
    assert.equal(fillSegments(signed('{method}.{body}', { contentType, body }) ?? [], words), expected);
  }
  assert.equal(signed('{id}', { body }), null, 'the body is not signed');
  assert.equal(signed('{body}', { path: '/{id}', body: {} }), null, 'it has nothing to put a space in');
  assert.equal(signed('{body}', { body: '{"id":"{id}"}' }), null, 'a text is sent as it is');
  assert.equal(
    signed('{body}', { contentType: 'application/x-www-form-urlencoded', body: { id: '{id}' } }),
    null,
    'a form',
  );
  assert.equal(compileRequest(profileOf({ request: { body } }), base).spacedBody, null, 'nothing is signed');
});

test('a form is encoded as encodeURIComponent does it', () => {
  const contentType = 'application/x-www-form-urlencoded';
  const body = bodyOf({
    secret: { in: 'body', field: 'pass&' },
    request: { contentType, body: { 'a b': 'x {id}é', yes: true, price: '{price}' } },
  });
  assert.equal(body, `a%20b=x%20run-a7%C3%A9&yes=true&price=100.1&pass%26=${encodeURIComponent(words.secret)}`);
});

test('the secret goes into query or header', () => {
  const query = compileRequest(
    profileOf({ secret: { in: 'query', name: 'k y' }, request: { path: '/h/{token}?v=2' } }),
    base,
  );
  assert.equal(fillSegments(query.path, words), `/h/tok%2F1?v=2&k%20y=${encodeURIComponent(words.secret)}`);
  const header = compileRequest(profileOf({ secret: { in: 'header', name: 'X-Key', prefix: 'Key ' } }), base);
  assert.deepEqual(
    header.headers.map(({ name, value }) => [name, fillSegments(value, words)]),
    [
      ['Content-Type', 'application/json'],
      ['X-Key', `Key ${words.secret}`],
    ],
  );
});

test('a GET has no body and no content type; the program tells which words it needs', () => {
  const get = compileRequest(
    profileOf({ secret: { in: 'none' }, request: { method: 'GET', path: '/{token}/{n}' } }),
    base,
  );
  assert.deepEqual([get.body, get.headers], [null, []]);
  assert.deepEqual([usesWord(get, 'n'), usesWord(get, 'id'), usesWord(get, 'token')], [true, false, true]);
});

test('a signature is compiled with what is known of the request; its headers stand among the others', () => {
  const program = compileRequest(
    profileOf({
      request: {
        path: '/h/{token}?v=2',
        contentType: 'application/x-www-form-urlencoded',
        body: { b: 'x {id}', a: '{n}', c: true },
      },
      secret: {
        in: 'signature',
        signed: '{method} {url} {path} {timestamp}.{request_id}.{body}{params}',
        headers: { 'X-Sign': 't={timestamp},v1={signature}', 'X-Request': '{request_id}' },
      },
    }),
    base,
  );
  const { signature } = program;
  assert.ok(signature !== null && signature.params !== null);
  const filled = { ...words, timestamp: 17, request_id: 'r-1', body: '<body>', params: '<params>', signature: 'sum' };
  assert.equal(
    fillSegments(signature.signed, filled),
    'POST http://127.0.0.1:8000/in/h/tok%2F1?v=2 /in/h/tok%2F1?v=2 17.r-1.<body><params>',
  );
  assert.equal(fillSegments(signature.params, words), 'a12345bx run-a7ctrue');
  assert.equal(signature.usesRequestId, true);
  assert.deepEqual(
    program.headers.slice(1).map(({ name, value }) => [name, fillSegments(value, filled)]),
    [
      ['X-Sign', 't=17,v1=sum'],
      ['X-Request', 'r-1'],
    ],
  );
});

test('the public URL is signed where it differs from the base URL', () => {
  const { signature } = compileRequest(
    profileOf({
      secret: { in: 'signature', signed: '{url}', headers: { S: '{signature}' }, publicUrl: 'https://shop.example/' },
      request: { path: '/hook', body: { id: '{id}' } },
    }),
    base,
  );
  assert.deepEqual(signature?.signed, ['https://shop.example/hook']);
});

test('a request without its proof has no signature, no secret in query, header or field, and all else', () => {
  const unproven = (secret: TargetInput['secret'], request: TargetInput['request'] = {}) =>
    compileUnproven(
      profileOf({ ...(secret === undefined ? {} : { secret }), request: { path: '/h', ...request } }),
      base,
    );
  assert.deepEqual(unproven({ in: 'query', name: 'key' }).path, ['/h']);
  assert.deepEqual(
    unproven({ in: 'header', name: 'X-Key' }).headers.map(({ name }) => name),
    ['Content-Type'],
  );
  const field = unproven({ in: 'body', field: 'pass' }, { body: { id: '{id}' } });
  assert.equal(fillSegments(field.body ?? [], words), '{"id":"run-a7"}');
  const signed = unproven({
    in: 'signature',
    signed: '{timestamp}.{body}',
    headers: { 'X-Time': '{timestamp}', 'X-Sign': 'v1={signature}' },
  });
  assert.deepEqual(
    signed.headers.map(({ name }) => name),
    ['Content-Type', 'X-Time'],
  );
});
