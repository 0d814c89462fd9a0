import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeCryptography } from '../../cli/doctor/node-cryptography.ts';
import { effectsIn } from '../../cli/run/effect-lines.ts';
import { effectsOf } from '../../cli/run/readback-query.ts';
import { flawsOf } from '../../contract/plan/forgeries.ts';
import { makeSignal } from '../../contract/plan/made-signal.ts';
import { planOf, problemsOfPlan } from '../../contract/plan/plan-of.ts';
import { roles } from '../../contract/plan/roles.ts';
import { isOfCheck, ledgerIds, numberOf, sentNames, uuidOf } from '../../contract/plan/signal-id.ts';
import { keyPeriod } from '../../contract/plan/signal-key.ts';
import type { TargetInput, TargetProfile } from '../../contract/profile/profile.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { SignalRequests } from '../../contract/request/signal-request.ts';
import { sizesWith } from './plan-cases.ts';

// Profiles whose ids are UUIDs, from the request to the ledger.

const runTag = 'mwwc5zft6glv08';
const none = (): null => null;

function profileWith(change: Partial<TargetInput>): TargetProfile {
  const { profile, problems } = readProfile({
    name: 'uuid',
    answers: [{ outcome: 'accepted', statuses: [200] }],
    limiter: { kind: 'none' },
    idempotency: { kind: 'none' },
    provisioning: { kind: 'given' },
    ...change,
  });
  assert.ok(profile !== null, problems.join());
  return profile;
}

type Request = NonNullable<TargetInput['request']>;
const withBody = (body: NonNullable<Request['body']>, change: Partial<TargetInput> = {}): TargetProfile =>
  profileWith({ request: { body }, ...change });
const plain = withBody({ order_id: '{uuid}', side: '{action}' });

test('a UUID is read back into the id that it stands for, by list, by command and by query', () => {
  const ids = [...Object.values(roles).map(({ code }) => `${runTag}-${code}7`), `${runTag}-0`, `${runTag}-s8388608`];
  const read = ledgerIds(plain);
  for (const id of ids) {
    for (const raw of [uuidOf(id), uuidOf(id).toUpperCase(), `{${uuidOf(id).replaceAll('-', '')}}`]) {
      assert.equal(read(raw, none, runTag), id);
    }
  }
  const [first = '', second = ''] = ids;
  const ofOther = uuidOf('mwwc5zft6glv09-a7');
  assert.equal(read(ofOther, none, runTag), ofOther, 'of another run');
  const lines = [first, second, first].map((id) => JSON.stringify({ id: uuidOf(id) }));
  const printed = effectsIn([...lines, JSON.stringify({ id: ofOther })].join('\n'), plain, runTag);
  const rows = [first, second, first].map((id) => ({ ref: uuidOf(id).toUpperCase() }));
  const queried = effectsOf([...rows, { ref: ofOther }], plain, { id: 'ref', processedAtUs: null }, runTag);
  for (const told of [printed, queried]) {
    assert.deepEqual('effects' in told && told.effects.map(({ effect }) => effect), [first, second, first]);
  }
});

test('a UUID is found wherever the request carries it, with what stands around it and without', () => {
  const id = `${runTag}-b3`;
  const uuid = uuidOf(id);
  for (const [what, profile, raws] of [
    ['a field', withBody({ id: 'ord_{uuid}' }), [`ord_${uuid}`, `ord_${uuid.toUpperCase()}`, uuid]],
    ['a field deeper in', withBody({ order: { ref: 'ord_{uuid}.' } }), [`ord_${uuid}.`, uuid]],
    [
      'a header beside another form of the id',
      profileWith({ request: { headers: { 'Idempotency-Key': 'key:{uuid}' } } }),
      [`key:${uuid}`, uuid, id],
    ],
    ['beside a number', withBody({ n: '{n}', ref: '{uuid}' }), [uuid, String(numberOf(id))]],
    ['a UUID first', withBody({ ref: '{uuid}', n: '{n}' }), [uuid, String(numberOf(id))]],
    ['a path', profileWith({ request: { method: 'GET', path: '/{token}/{uuid}' } }), [uuid]],
    ['a number in a path', profileWith({ request: { method: 'GET', path: '/{token}/{n}' } }), [String(numberOf(id))]],
    ['a text', profileWith({ request: { contentType: 'text/plain', body: 'order {uuid} {action}' } }), [uuid]],
  ] as const) {
    for (const raw of raws) assert.equal(ledgerIds(profile)(raw, none, runTag), id, `${what}: ${raw}`);
  }
});

test('two signals that share a UUID are told apart by ticker or webhook', () => {
  const idempotency: NonNullable<TargetInput['idempotency']> = {
    ...{ kind: 'ttl', ttlMs: 1000 },
    fields: ['order_id', 'symbol'],
  };
  const read = ledgerIds(withBody({ order_id: '{uuid}', symbol: '{ticker}' }, { idempotency }));
  const byTicker = `${runTag}-${roles['idempotency.distinct-ticker'].code}1`;
  const symbol = (name: string): string | null => (name === 'symbol' ? 'AAPL' : null);
  assert.equal(read(uuidOf(byTicker), symbol, runTag), `${byTicker}~AAPL`);
  const byWebhook = `${runTag}-${roles['idempotency.other-webhook'].code}1`;
  assert.equal(read(uuidOf(byWebhook), none, runTag, 4), `${byWebhook}~@4`);
  assert.equal(uuidOf(`${byWebhook}~@4`), uuidOf(byWebhook), 'the target gets one UUID for both');
});

test('people are told the UUID as it went out', () => {
  const id = `${runTag}-C7`;
  assert.equal(sentNames(plain)(`${id}~@1`), `${uuidOf(id)} (webhook 1)`);
  assert.equal(sentNames(withBody({ id: 'ord_{uuid}' }))(id), `ord_${uuidOf(id)}`);
  assert.equal(sentNames(withBody({ order: { ref: '{uuid}' } }))(id), uuidOf(id));
  assert.equal(sentNames(withBody({ id: '{action}/{uuid}' }))(id), uuidOf(id));
  assert.equal(sentNames(plain)('somebody'), 'somebody');
  assert.equal(sentNames(plain)('a-99999999999999999'), 'a-99999999999999999', 'no UUID of ours');
});

test("the UUID of the tool's own check before the load is nobody else's", () => {
  const atMs = 1_764_000_000_000;
  const tag = `${atMs.toString(36)}fu3d1v`;
  assert.ok(isOfCheck(uuidOf(`${tag}-0`), atMs + 1000));
  assert.ok(isOfCheck(uuidOf(`${tag}-3`).toUpperCase(), atMs + 1000));
  assert.equal(isOfCheck(uuidOf(`${tag}-g0`), atMs + 1000), false, 'of a phase');
  assert.equal(isOfCheck(uuidOf(`${tag}-0`), atMs + 2 * 86_400_000), false, 'of an earlier day');
  assert.equal(isOfCheck('3f2a9c5e-71d4-4b08-9a6f-0c1d2e3f4a5b', atMs), false);
});

test("a key that holds a UUID is each signal's own, and a UUID alone makes a signal unique", () => {
  const key = (idempotency: TargetInput['idempotency'], request: Request) =>
    keyPeriod(profileWith({ idempotency, request }));
  const header = { headers: { 'Idempotency-Key': '{uuid}' }, body: { side: '{action}' } };
  assert.equal(key({ kind: 'ttl', ttlMs: 1000, headers: ['Idempotency-Key'] }, header), null);
  assert.equal(key({ kind: 'ttl', ttlMs: 1000, fields: ['ref'] }, { body: { ref: 'ord_{uuid}' } }), null);
  assert.equal(key({ kind: 'ttl', ttlMs: 1000, fields: ['side'] }, header), 2);
});

test('a long plan that numbers have no room for has room for UUIDs', () => {
  const long = sizesWith({ SUSTAINED_SECONDS: '200000' });
  const numbered = withBody({ n: '{n}' });
  assert.equal(problemsOfPlan(planOf('sustained', long, plain, 0), plain).length, 0);
  assert.match(problemsOfPlan(planOf('sustained', long, numbered, 0), numbered).join(), /or use \{id\} or \{uuid\}$/);
});

test('body, path, headers and signature carry one UUID; that of another body is another', () => {
  const secret = {
    in: 'signature',
    signed: '{uuid}.{body}',
    headers: { 'X-Signature': '{signature}', 'X-Id': 'id={uuid}' },
  } as const;
  const profile = profileWith({
    request: {
      path: '/{token}/{uuid}',
      headers: { 'Idempotency-Key': 'ord_{uuid}' },
      body: { ref: '{uuid}', deep: ['x-{uuid}'] },
    },
    secret,
  });
  assert.ok(flawsOf(profile).includes('other-body'));
  const requests = new SignalRequests(profile, 'http://h', nodeCryptography);
  const id = `${runTag}-a1`;
  const of = (flaw: 'none' | 'other-body') =>
    requests.of({ token: 't', secret: 'key' }, makeSignal(1, id), { flaw, atMs: 0 });
  const { path, headers, body } = of('none');
  const uuid = uuidOf(id);
  const signature = nodeCryptography.hmac({
    ...{ algorithm: 'sha256', key: 'key', encoding: 'hex' },
    text: `${uuid}.${body}`,
  });
  assert.equal(path, `/t/${uuid}`);
  assert.equal(body, JSON.stringify({ ref: uuid, deep: [`x-${uuid}`] }));
  const { 'Content-Type': _, ...rest } = headers;
  assert.deepEqual(rest, { 'Idempotency-Key': `ord_${uuid}`, 'X-Signature': signature, 'X-Id': `id=${uuid}` });
  const other = of('other-body');
  assert.equal(other.body, body);
  assert.notEqual(other.headers['X-Signature'], signature);
  const form = withBody({ ref: '{uuid}' });
  const asForm = { ...form, request: { ...form.request, contentType: 'application/x-www-form-urlencoded' } };
  const sent = new SignalRequests(asForm, 'http://h', nodeCryptography);
  assert.equal(sent.of({ token: 't', secret: '' }, makeSignal(1, id)).body, `ref=${uuid}`);
});
