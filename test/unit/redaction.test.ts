import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hidden, isSecretName, redactData, redactor, redactShapes } from '../../contract/journal/redaction.ts';

test('a value is hidden in every form in which k6, Node and Go write it', () => {
  const secret = 'p"q\\r & <s> t/u\n!';
  const redact = redactor([secret]);
  const json = JSON.stringify(secret).slice(1, -1);
  const goJson = json.replaceAll('&', '\\u0026').replaceAll('<', '\\u003c').replaceAll('>', '\\u003e');
  for (const form of [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    json,
    JSON.stringify(json).slice(1, -1),
    goJson,
  ]) {
    assert.equal(redact(`before ${form} after`), `before ${hidden} after`, form);
  }
});

test('a short secret is hidden by its name alone: it does not shred other words', () => {
  const redact = redactor(['a', 'xyz']);
  assert.equal(redact('a day at the xyz bar'), 'a day at the xyz bar');
  assert.equal(redact('GET /hook?secret=a&page=2'), `GET /hook?secret=${hidden}&page=2`);
  assert.equal(redact('{"secret":"xyz","name":"a"}'), `{"secret":"${hidden}","name":"a"}`);
});

test('a secret that holds another one is hidden whole', () => {
  assert.equal(redactor(['abcd', 'abcd-efgh'])('x abcd-efgh y'), `x ${hidden} y`);
});

test('shapes of secrets are hidden whatever their value', () => {
  assert.equal(redactShapes('postgres://u:p@h/db failed'), `postgres://${hidden}@h/db failed`);
  assert.equal(redactShapes('redis://:pw@h:6379'), `redis://${hidden}@h:6379`);
  assert.equal(redactShapes('Authorization: Bearer eyJhbGciOi.x.y'), `Authorization: Bearer ${hidden}`);
  assert.equal(redactShapes('msg="{\\"access_token\\":\\"t0\\"}"'), `msg="{\\"access_token\\":\\"${hidden}\\"}"`);
  assert.equal(redactShapes('Post "http://h/x?api_key=k1&n=2": EOF'), `Post "http://h/x?api_key=${hidden}&n=2": EOF`);
  for (const plain of [
    'http://127.0.0.1:8000/a@b',
    'mail me@example.com',
    '?monkey=1',
    'Bearer {token}',
    'Bearer {readbackToken}',
    '/x?secret={secret}',
    '/x?api_key={readbackToken}',
  ]) {
    assert.equal(redactShapes(plain), plain);
  }
});

test('names of secrets are known, and names that only describe one are not', () => {
  for (const name of [
    'X-Api-Key',
    'api_key',
    'Cookie',
    'clientSecret',
    'PGPASSWORD',
    'Authorization',
    'access_token',
    'X-Auth',
    'key',
  ]) {
    assert.equal(isSecretName(name), true, name);
  }
  for (const name of [
    'Content-Type',
    'tokenFields',
    'passwordField',
    'monkey',
    'X-Request-Id',
    'keyboard',
    'design',
    'secretName',
  ]) {
    assert.equal(isSecretName(name), false, name);
  }
});

test('data keeps its shape, its placeholders and what is no secret', () => {
  const profile = {
    headers: {
      'X-Api-Key': 's3cret',
      Authorization: 'Bearer {token}',
      'X-Signature': 'sha256={signature}',
      Accept: '*/*',
    },
    create: { body: { name: '{name}', password: 'pw' }, tokenFields: ['token', 'webhook_token'] },
    readback: { command: ['psql', 'postgres://u:p@h/db'] },
    limit: 10,
    none: null,
  };
  assert.deepEqual(redactData(profile), {
    headers: { ...profile.headers, 'X-Api-Key': hidden },
    create: { body: { name: '{name}', password: hidden }, tokenFields: ['token', 'webhook_token'] },
    readback: { command: ['psql', `postgres://${hidden}@h/db`] },
    limit: 10,
    none: null,
  });
});
