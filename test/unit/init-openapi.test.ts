import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { parse } from 'yaml';
import { configText, literal, valueText } from '../../cli/init/config-text.ts';
import { Expression, workedOut } from '../../cli/init/draft.ts';
import { draftFromOpenApi } from '../../cli/init/from-openapi.ts';
import { draftFromQuestions } from '../../cli/init/from-questions.ts';
import { apiDocument, chooseOperation } from '../../cli/init/openapi-operations.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';

async function profileOf(document: string, path: string | null = null, url: string | null = null) {
  const api = apiDocument(parse(document), 'api.yaml');
  const operation = await chooseOperation(api, path, null);
  const draft = draftFromOpenApi(api, operation, { place: 'api.yaml', url });
  const { profile, problems } = readProfile(workedOut(draft.target));
  assert.deepEqual(problems, [], configText(draft));
  assert.ok(profile !== null);
  return { profile, text: configText(draft), operation };
}

const trading = `
openapi: 3.0.3
info: { title: Trading, version: '1' }
servers: [{ url: 'https://api.example.com/v1' }]
security: [{ key: [] }]
paths:
  /auth/login: { post: { requestBody: { content: { application/json: { schema: { type: object } } } }, responses: { '200': { description: ok } } } }
  /alerts/{strategy}/{alert_token}:
    parameters: [{ name: strategy, in: path, required: true, schema: { type: string } }]
    post:
      parameters:
        - $ref: '#/components/parameters/Key'
      requestBody: { $ref: '#/components/requestBodies/Alert' }
      responses:
        '201': { description: created }
        '200': { description: ok, content: { application/json: { schema: { properties: { state: { type: string, enum: [new, duplicate] } } } } } }
        '429': { description: 'At most 5 requests per minute', headers: { Retry-After: { schema: { type: integer } } } }
  /health: { get: { responses: { '200': { description: ok } } } }
components:
  securitySchemes: { key: { type: apiKey, in: header, name: X-Api-Key } }
  parameters: { Key: { name: Idempotency-Key, in: header, required: true, schema: { type: string } } }
  requestBodies: { Alert: { content: { application/json: { schema: { $ref: '#/components/schemas/Alert' } } } } }
  schemas:
    Base: { type: object, required: [side, at], properties: { side: { type: string, enum: [buy, sell] }, at: { type: string, format: date-time } } }
    Alert:
      allOf:
        - $ref: '#/components/schemas/Base'
        - type: object
          required: [symbol, qty, meta, tags, exchange]
          properties:
            symbol: { type: string }
            qty: { type: integer, minimum: 1 }
            limitPrice: { type: number, nullable: true }
            exchange: { type: string, enum: [NYSE, NASDAQ] }
            comment: { type: string }
            tags: { type: array, minItems: 1, items: { type: string } }
            meta: { type: object, required: [orderId, ref], properties: { orderId: { type: string }, ref: { $ref: '#/components/schemas/Node' } } }
    Node: { type: object, required: [next], properties: { next: { $ref: '#/components/schemas/Node' } } }
`;

describe('OpenAPI', () => {
  test('3.0 with references, allOf, a key in a header, and an Idempotency-Key', async () => {
    const { profile, text } = await profileOf(trading);
    assert.equal(profile.baseUrl, 'https://api.example.com');
    assert.equal(profile.request.path, '/v1/alerts/stress/{token}');
    assert.deepEqual(profile.secret, { in: 'header', name: 'X-Api-Key', prefix: '' });
    assert.deepEqual(profile.request.headers, { 'Idempotency-Key': '{id}' });
    assert.ok(typeof profile.request.body === 'object');
    const { at, meta, ...body } = profile.request.body;
    assert.match(String(at), /^\d{4}-\d\d-\d\dT/);
    assert.equal((meta as { orderId: string }).orderId, '{id}');
    assert.deepEqual(body, {
      ...{ side: 'buy', symbol: '{ticker}', qty: '{quantity}', limitPrice: '{price}' },
      ...{ exchange: 'NYSE', tags: ['stress'] },
    });
    assert.deepEqual(profile.answers[0], {
      outcome: 'duplicate',
      statuses: [200],
      body: { field: 'state', equals: 'duplicate' },
    });
    assert.deepEqual(profile.answers[1], { outcome: 'accepted', statuses: [200, 201] });
    assert.ok(profile.limiter.kind === 'unknown' && profile.limiter.limit === 5 && profile.limiter.windowMs === 60_000);
    assert.ok(profile.idempotency.kind === 'ttl' && profile.idempotency.headers?.[0] === 'Idempotency-Key');
    assert.equal(profile.monitoring.health, '/v1/health');
    assert.match(text, /new Date\(\)\.toISOString\(\)/);
    assert.match(text, /side is one of buy, sell: the first is sent/);
  });

  test('3.1: null among the types, a bearer token, the server that gave the document', async () => {
    const document = `
openapi: 3.1.0
info: { title: 'Hooks */ evil', version: '1' }
servers: [{ url: /api }]
paths:
  /hook:
    post:
      security: [{ bearer: [] }]
      requestBody: { content: { application/json: { schema: { type: object, required: [event_id, price], properties: { event_id: { type: integer }, price: { type: [number, 'null'] }, amount: { anyOf: [{ type: number }, { type: 'null' }] } } } } } }
      responses: { '204': { description: ok } }
components: { securitySchemes: { bearer: { type: http, scheme: bearer } } }`;
    const { profile } = await profileOf(document, null, 'http://127.0.0.1:8000/openapi.json?x=1');
    assert.equal(profile.baseUrl, 'http://127.0.0.1:8000');
    assert.equal(profile.request.path, '/api/hook');
    assert.deepEqual(profile.secret, { in: 'header', name: 'Authorization', prefix: 'Bearer ' });
    assert.deepEqual(profile.request.body, { event_id: '{n}', price: '{price}', amount: '{quantity}' });
    assert.ok(profile.limiter.kind === 'none');
  });

  test('where the document says or shows a UUID as an id, signals carry one', async () => {
    const four = '3f2a9c5e-71d4-4b08-9a6f-0c1d2e3f4a5b';
    const requestOf = async (schema: string, header = '{ type: string }') => {
      const { profile, text } = await profileOf(`
openapi: 3.1.0
info: { title: Hooks, version: '1' }
paths:
  /hook:
    post:
      parameters: [{ name: Idempotency-Key, in: header, required: true, schema: ${header} }]
      requestBody: { content: { application/json: { schema: { type: object, properties: { order_id: ${schema} } } } } }
      responses: { '200': { description: ok } }`);
      return { ...profile.request, text: text.replace(/\s*\n\s*\/\/ /g, ' ') };
    };
    for (const [schema, expected] of [
      ['{ type: string, format: uuid }', '{uuid}'],
      ['{ type: string, format: uuid4 }', '{uuid}'],
      ["{ anyOf: [{ type: string, format: uuid }, { type: 'null' }] }", '{uuid}'],
      [`{ type: string, example: ${four} }`, '{uuid}'],
      [`{ type: string, examples: [${four}] }`, '{uuid}'],
      ["{ type: string, pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }", '{uuid}'],
      ["{ type: string, pattern: '^[\\w-]+$' }", '{id}'],
      ['{ type: string }', '{id}'],
      ['{ type: string, example: a-1 }', '{id}'],
    ] as const) {
      const { body, headers, text } = await requestOf(schema, schema);
      assert.deepEqual(body, { order_id: expected }, schema);
      assert.deepEqual(headers, { 'Idempotency-Key': expected }, schema);
      assert.doesNotMatch(text, /cannot be|of version/, schema);
    }
    const seven = await requestOf('{ type: string, format: uuid7 }');
    assert.deepEqual(seven.body, { order_id: '{uuid}' });
    assert.match(
      seven.text,
      /order_id is a UUID of version 7, and \{uuid\} sends version 4: does the server take both/,
    );
  });

  test('what a header is described as, and for how long repeats are known, is read', async () => {
    const read = async (header: string, duplicate = 'a duplicate', key = '') => {
      const { profile, text } = await profileOf(`
openapi: 3.0.3
info: { title: Signals, version: '1' }
servers: [{ url: 'https://api.example.com' }]
paths:
  /hooks/{token}:
    post:
      parameters:
        - { name: X-Signature, in: header, required: true, schema: { type: string }, ${header} }
        ${key}
      requestBody: { content: { application/json: { schema: { properties: { signal_id: { type: string } } } } } }
      responses: { '202': { description: accepted }, '200': { description: ${JSON.stringify(duplicate)} }, '429': { description: retry for 5 seconds } }
`);
      const { secret, idempotency } = profile;
      assert.ok(secret.in === 'signature' && idempotency.kind === 'ttl');
      return { sent: secret.headers['X-Signature'], encoding: secret.encoding, ttlMs: idempotency.ttlMs, text };
    };
    const sha = 'sha256={signature}';
    const headers: readonly (readonly [header: string, sent: string, encoding: string])[] = [
      ['description: "sha256= and the hex HMAC-SHA256 of the raw body"', sha, 'hex'],
      ['description: "`sha256=<hex>`"', sha, 'hex'],
      ['description: "v0= and the digest"', 'v0={signature}', 'hex'],
      ['example: "sha256=9f86d0"', sha, 'hex'],
      ['example: "dGVzdA=="', '{signature}', 'hex'],
      ['description: "HMAC-SHA256 of the body, base64"', '{signature}', 'base64'],
      ['description: "t=<time>,v1=<hex>"', '{signature}', 'hex'],
      ['description: "the hex HMAC"', '{signature}', 'hex'],
    ];
    for (const [header, sent, encoding] of headers) {
      const found = await read(header);
      assert.deepEqual([found.sent, found.encoding], [sent, encoding], header);
    }
    const plain = 'description: "the hex HMAC"';
    const ttls: readonly (readonly [said: string, ttlMs: number | null])[] = [
      ['duplicate: the signal was seen within the last second', 1000],
      ['Duplicate, seen in the last 24 hours', 86_400_000],
      ['already received (keys are kept for 5 minutes)', 300_000],
      ['duplicate within 250 ms', 250],
      ['duplicate: wait for 5 seconds', null],
      ['duplicate within 5 s, remembered for 1 h', null],
      ['a duplicate', null],
    ];
    for (const [said, ttlMs] of ttls) assert.equal((await read(plain, said)).ttlMs, ttlMs, said);
    const key =
      '- { name: Idempotency-Key, in: header, description: "Remembered for a day", schema: { type: string } }';
    const byKey = await read(plain, 'a duplicate', key);
    assert.equal(byKey.ttlMs, 86_400_000);
    assert.match(
      byKey.text.replace(/\s*\n\s*\/\/ /g, ' '),
      /for 86400000 ms, because the document says "Remembered for a day"/,
    );
  });

  test('an action that an example shows otherwise than signals write it is kept, wherever the example stands', async () => {
    const bodyOf = async (schema: string, media = ''): Promise<unknown> => {
      const { profile } = await profileOf(`
openapi: 3.1.0
info: { title: Hooks, version: '1' }
paths:
  /hook: { post: { requestBody: { content: { application/json: { schema: { type: object, ${schema} }${media} } } }, responses: { '200': {} } } }`);
      return profile.request.body;
    };
    const plain = 'properties: { id: { type: string }, side: { type: string } }';
    for (const [side, expected] of [
      ['buy', 'buy'],
      ['BUY', '{action}'],
    ] as const) {
      const body = { id: '{id}', side: expected };
      const own = `properties: { id: { type: string }, side: { type: string, examples: [${side}] } }`;
      assert.deepEqual(await bodyOf(own), body);
      assert.deepEqual(await bodyOf(`${plain}, examples: [{ id: a, side: ${side} }]`), body);
      assert.deepEqual(await bodyOf(plain, `, example: { id: a, side: ${side} }`), body);
    }
    const both = `properties: { id: {}, side: { enum: [SELL, BUY], example: BUY } }`;
    assert.deepEqual(await bodyOf(both), { id: '{id}', side: '{action}' });
  });

  test('a success that is described as a repeat is one, if another success is left for what is new', async () => {
    const ofAnswers = async (answers: Readonly<Record<number, string>>) => {
      const responses = Object.entries(answers).map(([status, says]) => `'${status}': { description: '${says}' }`);
      const { profile, text } = await profileOf(`
openapi: 3.1.0
info: { title: Hooks, version: '1' }
paths: { /hook: { post: { responses: { ${responses.join(', ')} } } } }`);
      const of = (outcome: string) =>
        profile.answers.flatMap((rule) => (rule.outcome === outcome ? rule.statuses : []));
      return { duplicate: of('duplicate'), accepted: of('accepted'), guesses: /409 is a guess/.test(text) };
    };
    for (const [answers, duplicate, accepted] of [
      [{ 201: 'Successful Response', 200: 'Duplicate' }, [200], [201]],
      [{ 202: 'queued', 200: 'Already accepted' }, [200], [202]],
      [{ 200: 'ok', 208: 'seen before' }, [208], [200]],
      [{ 200: 'Duplicate' }, [409], [200]],
      [{ 200: 'New signal or repeat', 202: 'queued' }, [409], [200, 202]],
      [{ 200: 'Accepted; duplicates are ignored', 202: 'queued' }, [409], [200, 202]],
      [{ 200: 'idempotent', 201: 'idempotent' }, [409], [200, 201]],
    ] as const) {
      const found = await ofAnswers(answers);
      assert.deepEqual(found, { duplicate, accepted, guesses: duplicate[0] === 409 }, JSON.stringify(answers));
    }
  });

  test('webhooks that the server creates: log-in, creation, a query secret', async () => {
    const document = `
openapi: 3.1.0
info: { title: Server, version: '1' }
paths:
  /api/auth/login: { post: { requestBody: { content: { application/x-www-form-urlencoded: { schema: { properties: { username: {}, password: {} } } } } }, responses: { '200': { content: { application/json: { schema: { properties: { access_token: {} } } } } } } } }
  /api/webhooks: { post: { requestBody: { content: { application/json: { schema: { required: [name], properties: { name: { type: string } } } } } }, responses: { '201': { content: { application/json: { schema: { properties: { token: {}, secret_key: {} } } } } } } } }
  /api/webhooks/{token}: { post: { parameters: [{ name: secret, in: query, required: true, schema: { type: string } }], requestBody: { content: { application/json: { schema: { properties: { signal_id: { type: string } } } } } }, responses: { '200': {} } } }`;
    const { profile, operation } = await profileOf(document);
    assert.equal(operation.path, '/api/webhooks/{token}');
    assert.deepEqual(profile.secret, { in: 'query', name: 'secret' });
    assert.ok(profile.provisioning.kind === 'create');
    const { login, create } = profile.provisioning;
    assert.equal(login.path, '/api/auth/login');
    assert.equal(login.encoding, 'form');
    assert.equal(login.emailField, 'username');
    assert.deepEqual(create, {
      ...{ path: '/api/webhooks', body: { name: '{name}' } },
      ...{ tokenFields: ['token'], secretFields: ['secret_key'] },
    });
  });

  test('several operations that may be it are listed; --path decides, and asking does', async () => {
    const operation = { requestBody: { content: {} }, responses: {} };
    const api = apiDocument(
      { openapi: '3.0.0', paths: { '/a/hook': { post: operation }, '/b/hook': { post: operation } } },
      'x',
    );
    await assert.rejects(
      chooseOperation(api, null, null),
      /give the path of the right one:\n {4}POST \/a\/hook\n {4}POST \/b\/hook/,
    );
    assert.equal((await chooseOperation(api, '/b/hook', null)).path, '/b/hook');
    assert.equal((await chooseOperation(api, null, async () => 1)).path, '/b/hook');
    await assert.rejects(chooseOperation(api, '/c', null), /has no POST, PUT or PATCH \/c; it has/);
  });

  test('what is no such document is one sentence', () => {
    for (const [value, says] of [
      [{ swagger: '2.0' }, /is Swagger 2: give one of OpenAPI 3/],
      [[], /is no OpenAPI document/],
      [{ openapi: '4.0.0' }, /is no OpenAPI document/],
    ] as const) {
      assert.throws(() => apiDocument(value, 'x.json'), says);
    }
  });

  test('references that lead in a circle, or outside, end', async () => {
    const loop = { $ref: '#/components/schemas/Loop' };
    const api = apiDocument(
      {
        openapi: '3.0.0',
        paths: {
          '/hook': {
            post: {
              requestBody: {
                content: {
                  'application/json': { schema: { properties: { id: { type: 'string' }, x: loop }, required: ['x'] } },
                },
              },
              responses: {},
            },
          },
        },
        components: {
          schemas: { Loop: { $ref: '#/components/schemas/Loop' }, Far: { $ref: 'http://elsewhere/x.json' } },
        },
      },
      'x',
    );
    const draft = draftFromOpenApi(api, await chooseOperation(api, null, null), { place: 'x', url: null });
    assert.deepEqual(draft.target.request?.body, { id: '{id}', x: 'stress' });
  });
});

test('texts of TypeScript: whatever is in them comes out again', () => {
  for (const text of [`it's`, '"', '\\', '\n\r\t', '\u2028\u2029', '$', '`', '</script>', '\u0000', 'ü 😀', '*/ //']) {
    assert.equal(runInNewContext(literal(text)), text);
  }
  assert.equal(
    valueText({ a: 1, 'b-c': [true, null], __proto__x: {} }),
    "{ a: 1, 'b-c': [true, null], __proto__x: {} }",
  );
  assert.equal(valueText(new Expression('new Date()', 0)), 'new Date()');
});

test('a field that is named as a UUID carries one', async () => {
  const bodyOf = async (field: string): Promise<unknown> => {
    const draft = await draftFromQuestions(async (question, offered) =>
      question.startsWith('Field of the body') ? field : offered,
    );
    const { profile } = readProfile(workedOut(draft.target));
    return profile?.request.body;
  };
  const usual = { action: '{action}', ticker: '{ticker}', quantity: '{quantity}', price: '{price}' };
  assert.deepEqual(await bodyOf('orderUuid'), { ...usual, orderUuid: '{uuid}' });
  assert.deepEqual(await bodyOf('order_id'), { ...usual, order_id: '{id}' });
});

test('answers to questions; what does not fit is asked again', async () => {
  const answers: Record<string, string[]> = {
    'URL of the server': ['localhost', 'http://localhost:9000/api/'],
    'Path that receives signals': ['hooks/{token}', '/hooks/{token}'],
    'Where is the secret': ['somewhere', 'bearer'],
    'Field of the body': ['event_id'],
    'Rate limit': ['10/1000'],
    'Path of a health check': ['health', '/health'],
    'Database behind the server': ['sqlite3', 'sqlite'],
  };
  const draft = await draftFromQuestions(async (question, offered) => {
    const key = Object.keys(answers).find((start) => question.startsWith(start));
    return (key === undefined ? undefined : answers[key]?.shift()) ?? offered;
  });
  const { profile, problems } = readProfile(workedOut(draft.target));
  assert.deepEqual(problems, []);
  assert.equal(profile?.baseUrl, 'http://localhost:9000/api');
  assert.deepEqual(profile?.secret, { in: 'header', name: 'Authorization', prefix: 'Bearer ' });
  assert.ok(profile?.limiter.kind === 'unknown' && profile.limiter.limit === 10);
  assert.equal(profile.monitoring.health, '/health');
  assert.equal(profile.database, 'sqlite');
});
