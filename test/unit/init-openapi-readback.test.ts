import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { parse } from 'yaml';
import { configText } from '../../cli/init/config-text.ts';
import { workedOut } from '../../cli/init/draft.ts';
import { draftFromOpenApi } from '../../cli/init/from-openapi.ts';
import { apiDocument, chooseOperation } from '../../cli/init/openapi-operations.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';

/** A document as FastAPI writes one, with an operation that lists orders. */
const documentOf = (path: string, get: string, id = 'signal_id'): string => `
openapi: 3.1.0
info: { title: Gateway, version: '1' }
servers: [{ url: 'http://127.0.0.1:8000/v1' }]
paths:
  /webhooks/{client_id}/signals: { post: { requestBody: { content: { application/json: { schema: { required: [signal_id], properties: { signal_id: { type: string }, price: { type: number } } } } } }, responses: { '201': {} } } }
  ${path}: { get: { ${get} } }
components:
  schemas:
    Order: { type: object, properties: { order_id: { type: integer }, ${id}: { type: string }, created_at: { type: number } } }
    Orders: { type: object, properties: { orders: { type: array, items: { $ref: '#/components/schemas/Order' } }, next: { anyOf: [{ type: integer }, { type: 'null' }] } } }`;

const answers = (schema: string): string =>
  `responses: { '200': { content: { application/json: { schema: ${schema} } } } }`;
const listed = answers(`{ $ref: '#/components/schemas/Orders' }`);
const plainList = answers(`{ type: array, items: { $ref: '#/components/schemas/Order' } }`);

/** What is proposed as a comment, as the profile that has it; null if nothing is. */
async function proposed(document: string) {
  const api = apiDocument(parse(document), 'api.yaml');
  const operation = await chooseOperation(api, '/webhooks/{client_id}/signals', null);
  const draft = draftFromOpenApi(api, operation, { place: 'api.yaml', url: null });
  assert.deepEqual(draft.target.readback, { kind: 'none' });
  const comments = configText(draft)
    .split('\n')
    .filter((line) => line.startsWith('  // '))
    .map((line) => line.slice(5))
    .join(' ');
  const [, text] = /(\{ kind: 'url'.*?\}) Check: is /.exec(comments) ?? [];
  if (text === undefined) return null;
  const readback: unknown = JSON.parse(JSON.stringify(runInNewContext(`(${text})`)));
  const { profile, problems } = readProfile({ ...Object(workedOut(draft.target)), readback });
  assert.deepEqual(problems, []);
  assert.ok(profile?.readback.kind === 'url');
  const { path, headers, items, id, next, processedAtUs } = profile.readback;
  return { path, headers, items, id, next, processedAtUs };
}

const at = '/webhooks/{client_id}/orders';
const query = (name: string, more = ''): string => `{ name: ${name}, in: query, schema: { type: integer${more} } }`;
const found = { headers: {}, items: 'orders', id: 'signal_id', processedAtUs: 'created_at' };

test('a list of the document that has the ids of signals is proposed as read-back, with its pages', async () => {
  const paged = `parameters: [${query('after')}, ${query('limit', ', maximum: 500')}], ${listed}`;
  assert.deepEqual(await proposed(documentOf(at, paged)), {
    ...{ ...found, path: '/v1/webhooks/{token}/orders?after={after}&limit=500', next: 'next' },
  });
  const whole = { ...found, path: '/v1/webhooks/{token}/orders', next: null };
  assert.deepEqual(await proposed(documentOf(at, listed)), whole);
  assert.deepEqual(await proposed(documentOf(at, plainList)), { ...whole, items: null });
  const byQuery = `parameters: [${query('client_id')}], ${listed}`;
  assert.deepEqual(await proposed(documentOf('/orders', byQuery)), { ...whole, path: '/v1/orders?client_id={token}' });
  assert.deepEqual(await proposed(documentOf(at, plainList, 'signalId')), { ...whole, items: null, id: 'signalId' });
});

test('what lists no ids of signals, or needs what nobody knows, is not proposed', async () => {
  for (const document of [
    documentOf(at, listed, 'name'),
    documentOf('/webhooks/{client_id}/{order}', listed),
    documentOf('/orders', listed),
    documentOf(at, `parameters: [{ name: day, in: query, required: true, schema: {} }], ${listed}`),
    documentOf(at, answers(`{ $ref: '#/components/schemas/Order' }`)),
  ]) {
    assert.equal(await proposed(document), null, document);
  }
});
