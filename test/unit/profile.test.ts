import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { loadProfile } from '../../cli/profile-file.ts';
import { ledgerIds, numberOf } from '../../contract/plan/signal-id.ts';
import { fieldsOf, profileSchema } from '../../contract/profile/field-table.ts';
import { givenWebhooks, listed } from '../../contract/profile/given-webhooks.ts';
import { profileSchemaText } from '../../contract/profile/json-schema.ts';
import { readbackByUrl, type TargetInput, type TargetProfile } from '../../contract/profile/profile.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { profileWithSettings } from '../../contract/profile/settings.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import embedded from '../../profiles/embedded.ts';
import fastapi from '../../profiles/fastapi.ts';
import generic from '../../profiles/generic.ts';
import { command } from '../e2e/stress.ts';

const run = promisify(execFile);

const right: TargetInput = {
  name: 'shop',
  answers: [
    { outcome: 'accepted', statuses: [200] },
    { outcome: 'limited', statuses: [429] },
  ],
  limiter: { kind: 'sliding', limit: 10, windowMs: 1000 },
  idempotency: { kind: 'ttl', ttlMs: 1000 },
};

/** What is wrong with a profile that was right, and the whole of what must be told. */
const mistakes: readonly {
  readonly change: Readonly<Record<string, unknown>>;
  readonly problems: readonly string[];
}[] = [
  { change: { name: undefined }, problems: ['name: is missing; it must be a string'] },
  { change: { nmae: 'x' }, problems: ['nmae: there is no such field'] },
  { change: { request: { paht: '/x' } }, problems: ['request.paht: there is no such field; did you mean path?'] },
  { change: { request: { method: 'DELETE' } }, problems: ['request.method: must be one of POST, PUT, PATCH, GET'] },
  {
    change: { request: { path: 'hooks/{token}', body: 5 } },
    problems: ['request.path: must begin with "/"', 'request.body: must be a string or an object'],
  },
  {
    change: { request: { path: '/hooks/{tokn}', body: { signal_id: '{id}', by: '{who}' } } },
    problems: [
      'request.path: {tokn} is unknown; known are {token}, {secret}, {id}, {n}, {uuid}, {action}, {ticker}, {quantity}, {price}',
      'request.body.by: {who} is unknown; known are {token}, {secret}, {id}, {n}, {uuid}, {action}, {ticker}, {quantity}, {price}',
    ],
  },
  {
    change: { request: { headers: { Authorization: 'Bearer abc', 'X-Token': 'Bearer {token}' } } },
    problems: [
      'request.headers.Authorization: looks like a secret, which a profile must not contain: write {token} or {secret}, whose values come from WEBHOOK_TOKEN and WEBHOOK_SECRET',
    ],
  },
  {
    change: { request: { body: { signal_id: 'same' } } },
    problems: [
      'request.body: nothing makes a signal unique; write {id}, {n} or {uuid} in the body, the path or a header',
      'idempotency.fields: no part of the key (signal_id) holds a placeholder, so all signals would count as one',
    ],
  },
  {
    change: { request: { contentType: 'text/plain' } },
    problems: [
      'request.contentType: must be JSON or application/x-www-form-urlencoded if body is an object; for another type, write body as a text',
    ],
  },
  {
    change: {
      request: { contentType: 'application/x-www-form-urlencoded', body: { signal_id: '{id}', more: { a: '1' } } },
    },
    problems: ['request.body.more: a field of a form must be a text or a number, not an object'],
  },
  {
    change: { baseUrl: 'http://me:pw@shop' },
    problems: ['baseUrl: must begin with http:// or https://, name a host, and contain no user, query or fragment'],
  },
  {
    change: { secret: { in: 'cookie' } },
    problems: ['secret.in: must be one of none, query, header, path, body, signature'],
  },
  {
    change: { secret: { in: 'hmac-sha256', header: 'X-Sum', prefix: 'sha256=', encoding: 'base64' } },
    problems: [
      'secret.in: must be one of none, query, header, path, body, signature',
      'secret: "hmac-sha256" is no longer a value; write {"in":"signature","headers":{"X-Sum":"sha256={signature}"},"encoding":"base64"}',
    ],
  },
  { change: { redisUse: 'queue' }, problems: ['redisUse: must be one of state, cache, unknown'] },
  {
    change: { redis: 'none', redisUse: 'cache', criteria: { lockWait: { warnMs: 9000 } } },
    problems: [
      'criteria.lockWait.warnMs: is 9000; it must not be above failMs, 5000 (the default)',
      'redisUse: is cache, and redis says that there is none; leave one out',
    ],
  },
  { change: { secret: { in: 'path' } }, problems: ['request.path: must hold {secret}, because secret.in is "path"'] },
  {
    change: { request: { path: '/{token}/{secret}' } },
    problems: ['secret.in: is "query", but request.path holds {secret}; it must be "path"'],
  },
  {
    change: { secret: { in: 'body', field: 'key' }, request: { body: 'id={id}' } },
    problems: ['secret.field: must be null if request.body is a text: write {secret} into the text'],
  },
  {
    change: { secret: { in: 'body' }, request: { body: 'id={id}' } },
    problems: ['secret.field: is missing; name a field, or write {secret} into request.body'],
  },
  {
    change: { secret: { in: 'body', field: 'key' }, request: { method: 'GET', path: '/{token}/{id}' } },
    problems: ['secret.in: must not be "body" if method is GET, which sends no body'],
  },
  {
    change: {
      secret: { in: 'signature', headers: { 'X-Sign': '{signature}' } },
      request: { method: 'GET', path: '/{token}/{id}' },
    },
    problems: ['secret.signed: must not hold {body} if method is GET: there is no body to sign'],
  },
  {
    change: {
      secret: {
        in: 'signature',
        signed: '{timestamp}{request_id}{params}{url}{sum}',
        headers: { 'X-Sign': '{sig}', 'X-Trace': 'x' },
        toleranceSeconds: 5,
      },
      request: { path: '/{token}/ü', headers: { 'x-trace': '{id}' } },
    },
    problems: [
      'secret.signed: {sum} is unknown; known are {token}, {secret}, {id}, {n}, {uuid}, {action}, {ticker}, {quantity}, {price}, {body}, {params}, {url}, {path}, {method}, {timestamp}, {request_id}',
      'secret.headers.X-Sign: {sig} is unknown; known are {token}, {secret}, {id}, {n}, {uuid}, {action}, {ticker}, {quantity}, {price}, {timestamp}, {request_id}, {signature}',
      'secret.headers: none of them holds {signature}',
      'secret.headers.X-Trace: stands in request.headers, too; leave one out',
      'secret.signed: {params} are the fields of a form: request.body must be an object, and request.contentType application/x-www-form-urlencoded',
      'request.path: holds a character that must be escaped in a URL, and secret.signed signs it: write it as %XX',
      'secret.headers: none of them holds {timestamp}, which secret.signed does: the server could not know it',
      'secret.headers: none of them holds {request_id}, which secret.signed does: the server could not know it',
      'secret.toleranceSeconds: must be null if no header holds {timestamp}: the server could not know the age',
    ],
  },
  {
    change: {
      secret: { in: 'signature', headers: { 'X-Sign': '{signature}' } },
      provisioning: { kind: 'create', create: { secretFields: [], tokenFields: [] }, login: { tokenFields: [] } },
    },
    problems: [
      'provisioning.create.secretFields: must name a field, because requests carry the secret',
      'provisioning.create.tokenFields: must name a field, because requests hold {token}',
      'provisioning.login.tokenFields: must name a field: creating a webhook needs the token of the log-in',
    ],
  },
  {
    change: {
      answers: [
        { outcome: 'accepted', statuses: [99] },
        { outcome: 'limitd', statuses: [] },
      ],
    },
    problems: [
      'answers.0.statuses.0: is not an HTTP status',
      'answers.1.outcome: must be one of accepted, duplicate, pending, changed, limited, rejected, failed',
      'answers.1.statuses: must name a status',
    ],
  },
  {
    change: {
      answers: [
        { outcome: 'accepted', statuses: [200], body: { field: 'a' } },
        { outcome: 'limited', statuses: [429], body: { is: 'json' } },
      ],
    },
    problems: [
      'answers.0.body.equals: must be a string or a number or a boolean',
      'answers.1.body.is: must be one of empty, html, same-as-first',
    ],
  },
  {
    change: { answers: [{ outcome: 'duplicate', statuses: [409] }] },
    problems: [
      'answers: must hold a rule for "accepted"',
      'answers: must hold a rule for "limited", because limiter.kind is "sliding"',
    ],
  },
  {
    change: {
      answers: [
        ...right.answers,
        { outcome: 'duplicate', statuses: [200], body: { field: 'status', equals: 'again' } },
      ],
    },
    problems: ['answers.2: is never reached: earlier rules match 200 with any body and headers'],
  },
  {
    change: { answers: [{ outcome: 'rejected', statuses: [201], body: { is: 'same-as-first' } }, ...right.answers] },
    problems: [
      'answers.0.outcome: must be "duplicate" if body is "same-as-first"',
      'answers.0.statuses: another rule must call 201 "accepted", because a replay looks like the first answer',
    ],
  },
  {
    change: { limiter: { kind: 'token-bucket', limit: 10, windowMs: 1000 } },
    problems: ['limiter.burst: is missing; set the size of the token-bucket'],
  },
  {
    change: { limiter: { kind: 'sliding', limit: 0, windowMs: 1.5, burst: 3 } },
    problems: [
      'limiter.limit: must be at least 1',
      'limiter.windowMs: must be a whole number',
      'limiter.burst: must be null, because a limiter of kind "sliding" has no burst',
    ],
  },
  {
    change: { limiter: { kind: 'fixed', limit: 10, windowMs: 1000, burst: 3 } },
    problems: ['limiter.burst: must be null, because a limiter of kind "fixed" has no burst'],
  },
  {
    change: { idempotency: { kind: 'ttl', ttlMs: 1000, fields: ['order_id'] } },
    problems: ['idempotency.fields.0: request.body has no field "order_id"'],
  },
  {
    change: { idempotency: { kind: 'ttl', ttlMs: 1000, headers: ['Idempotency-Key'], fields: [], scope: 'all' } },
    problems: ['idempotency.headers.0: no header "Idempotency-Key" is sent; add it to request.headers'],
  },
  {
    change: { idempotency: { kind: 'ttl', ttlMs: 1000, fields: [] } },
    problems: ['idempotency.fields: is empty; name what identifies a signal, here or in idempotency.headers'],
  },
  {
    change: {
      idempotency: { kind: 'ttl', ttlMs: 1000, headers: ['Webhook-Id'] },
      secret: { in: 'signature', headers: { 'webhook-id': '{request_id}', signature: '{signature}' } },
    },
    problems: [
      'idempotency.headers.0: "Webhook-Id" holds {request_id}, which each request has anew, so no repeat could be recognized; write {id} or {uuid}',
    ],
  },
  {
    change: { readback: { kind: 'url', path: '/processed', headers: { Authorization: 'Bearer {accessToken}' } } },
    problems: [
      'readback.path: must hold {token}, because with {accessToken} each tenant has a list of its own',
      'readback.path: must hold {after}; if there is only one page, set readback.next to null',
    ],
  },
  {
    change: { readback: { kind: 'url', path: '/{token}/{page}', next: null, headers: { authorization: 'x' } } },
    problems: [
      'readback.path: {page} is unknown; known are {token}, {secret}, {after}, {accessToken}, {readbackToken}',
      'readback.headers.authorization: looks like a secret, which a profile must not contain: write {token}, {secret} or {readbackToken}, whose values come from WEBHOOK_TOKEN, WEBHOOK_SECRET and READBACK_TOKEN',
    ],
  },
  { change: { readback: { kind: 'command', command: [] } }, problems: ['readback.command: must name a program'] },
  {
    change: {
      criteria: {
        success: { passRate: 0.9, failRate: 0.95 },
        anyResponse: { warnMs: 2000 },
        memoryGrowth: { warnBytes: 2e9 },
        cpu: { warnPercent: -1 },
      },
    },
    problems: [
      'criteria.cpu.warnPercent: must not be negative',
      'criteria.success.failRate: is 0.95; it must not be above passRate, 0.9',
      'criteria.memoryGrowth.warnBytes: is 2000000000; it must not be above failBytes, 100000000 (the default)',
      'criteria.anyResponse.warnMs: is 2000; it must not be above failMs, 1000 (the default)',
    ],
  },
  {
    change: {
      criteria: { success: { passRate: 0.8 }, anyResponse: { warnMs: 2000 }, memoryGrowth: { warnBytes: 2e9 } },
    },
    problems: [
      'criteria.success.failRate: is 0.9 (the default); it must not be above passRate, 0.8',
      'criteria.memoryGrowth.warnBytes: is 2000000000; it must not be above failBytes, 100000000 (the default)',
      'criteria.anyResponse.warnMs: is 2000; it must not be above failMs, 1000 (the default)',
    ],
  },
  { change: { process: { by: 'name' } }, problems: ['process.name: is missing; it must be a string'] },
  {
    change: { redis: 'maybe', limiter: undefined, secret: { in: 'path' } },
    problems: [
      'limiter: is missing; it must be an object',
      'redis: must be one of present, none, unknown',
      'request.path: must hold {secret}, because secret.in is "path"',
    ],
  },
];

for (const { change, problems } of mistakes) {
  test(`a mistake is told with its path: ${JSON.stringify(change)}`, () => {
    assert.deepEqual(readProfile({ ...right, ...change }).problems, problems);
  });
}

test('what is no object at all is told as one problem', () => {
  for (const value of [null, 5, 'x', []]) {
    assert.deepEqual(readProfile(value), { profile: null, problems: ['profile: must be an object'] });
  }
});

test('a settled profile reads back as it is, and the published schema takes it and refuses a mistake', () => {
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(profileSchemaText()));
  for (const input of [right, generic, embedded, fastapi]) {
    const { profile, problems } = readProfile(input);
    assert.deepEqual(problems, []);
    assert.deepEqual(readProfile(profile).profile, profile);
    for (const value of [input, profile]) assert.equal(validate(value), true, JSON.stringify(validate.errors));
  }
  assert.equal(validate({ ...right, nmae: 'x' }), false);
  assert.equal(validate({ ...right, limiter: { kind: 'magic' } }), false);
});

const text = `import { defineTarget } from 'webhook-stress';
import { limit } from './limit.ts';
export default defineTarget({ ...${JSON.stringify(right)}, limiter: { kind: 'sliding', limit, windowMs: 1000 } });
`;

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'profile-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const limitOf = async (named: string | null, folder: string, settings: Record<string, string> = {}) => {
  const { profile, problems } = await loadProfile(named, folder, 'generic', () => settings);
  assert.deepEqual(problems, []);
  return profile?.limiter.kind === 'sliding' ? profile.limiter.limit : profile?.limiter.kind;
};

test('a profile is found by name, by file, and in the folder; settings go over it', async () => {
  const folder = folderWith({
    'stress.config.ts': text,
    'limit.ts': 'export const limit: number = 7;',
    'other.json': JSON.stringify({ $schema: 'profile.schema.json', ...right }),
  });
  assert.equal(await limitOf(null, folder), 7);
  assert.equal(await limitOf(null, folder, { LIMIT: '9' }), 9);
  assert.equal(await limitOf('other.json', folder), 10);
  assert.equal(await limitOf(join(folder, 'stress.config.ts'), '/'), 7);
  assert.equal(await limitOf('fastapi', folder), 'unknown');
  assert.equal(await limitOf(null, folderWith({})), builtInProfiles.generic.limiter.kind);
  for (const name of ['stress.config.mjs', 'stress.config.js']) {
    const plain = { [name]: `export default ${JSON.stringify({ ...right, limiter: { kind: 'none' } })}` };
    assert.equal(await limitOf(null, folderWith(plain)), 'none');
  }
  assert.equal(await limitOf(null, folderWith({ 'stress.config.json': JSON.stringify(right) })), 10);
});

/** A file's name and content, and what must be told of it. */
const badFiles: readonly (readonly [string, string, RegExp])[] = [
  ['a.ts', 'export default {', /^a\.ts:1: Unexpected token/],
  ['a.ts', '\nexport default { name: "x" ;', /^a\.ts:2: Unexpected token, expected ","$/],
  ['a.ts', 'export const target = {};', /^a\.ts has no default export: write "export default defineTarget/],
  ['a.ts', '\nimport x from "./gone.ts"; export default x;', /^a\.ts:2: Cannot find module '\.\/gone\.ts'$/],
  ['a.ts', 'import x from "no-such-package"; export default x;', /^a\.ts:1: Cannot find module 'no-such-package'$/],
  ['a.mjs', '\nthrow new Error("no such luck")', /^a\.mjs:2: no such luck$/],
  ['a.json', '{"name":', /^a\.json:1: is not valid JSON: /],
  ['a.json', '{\n "name": "x"\n "y": 1}', /^a\.json:3: is not valid JSON: /],
  ['a.json', '[]', /^a\.json: profile: must be an object$/],
  ['a.yaml', 'name: x', /^a\.yaml is not a profile: its name must end in \.ts, \.mts, \.mjs, \.cjs, \.js, \.json$/],
  ['a.json', JSON.stringify({ ...right, name: 7 }), /^a\.json: name: must be a string$/],
];

for (const [name, content, expected] of badFiles) {
  test(`a file that is no profile is told in one line: ${name} ${content.slice(0, 40)}`, async () => {
    const { profile, problems } = await loadProfile(name, folderWith({ [name]: content }), 'generic', () => ({}));
    assert.equal(profile, null);
    assert.match(problems.join('\n'), expected);
  });
}

test('every field of the schema has a description', () => {
  const fields = fieldsOf(profileSchema());
  assert.ok(fields.length > 70, String(fields.length));
  assert.deepEqual(
    fields.filter(({ node }) => (node.description ?? '').length < 10).map(({ path }) => path),
    [],
  );
});

test('a profile may be any module: CommonJS and JSON imports, import.meta, top-level await, each extension', async () => {
  const rest = JSON.stringify({ ...right, name: undefined }).slice(1);
  const common = `const { existsSync } = require('node:fs'); exports.found = existsSync('/');`;
  const imports = `import { found } from 'shop-common'; import data from './data.json' with { type: 'json' };
    import { defineTarget } from 'webhook-stress';
    const here = import.meta.dirname === undefined || !import.meta.url.startsWith('file:') ? 'nowhere' : await data.name;
    export default defineTarget({ name: here + ' ' + found, ${rest})`;
  const files = (name: string, text: string) => ({
    [name]: text,
    'data.json': '{"name":"shop"}',
    'node_modules/shop-common/package.json': '{"name":"shop-common","main":"index.js"}',
    'node_modules/shop-common/index.js': common,
  });
  for (const name of ['stress.config.ts', 'stress.config.mts', 'stress.config.mjs', 'stress.config.js']) {
    const { profile, problems } = await loadProfile(null, folderWith(files(name, imports)), 'generic', () => ({}));
    assert.deepEqual(problems, [], name);
    assert.equal(profile?.name, 'shop true', name);
  }
  const required = `const { found } = require('shop-common'); module.exports = { name: String(found), ${rest}`;
  const { profile, problems } = await loadProfile(
    null,
    folderWith(files('stress.config.cjs', required)),
    'generic',
    () => ({}),
  );
  assert.deepEqual(problems, []);
  assert.equal(profile?.name, 'true');
});

test('a setting that contradicts the profile is told, and so is a name that is none', async () => {
  const folder = folderWith({
    'a.json': JSON.stringify({ ...right, request: { path: '/{token}/x', body: 'id={id}' } }),
  });
  const settings = { LIMITER_KIND: 'magic', LIMIT: 'x' };
  const wrong = await loadProfile('a.json', folder, 'generic', () => settings);
  assert.equal(wrong.problems.length, 2);
  const gone = await loadProfile('gone.json', folder, 'generic', () => settings);
  assert.equal(gone.problems.length, 3);
  assert.match(
    gone.problems[0] ?? '',
    /Unknown profile “gone\.json”: it is neither built in \(embedded, generic, fastapi, github, shopify, slack, standard-webhooks, stripe, tradingview, twilio\) nor a file/,
  );
});

test('webhooks that are given: one fault is told in one sentence', () => {
  const problemsOf = (kind: 'given' | 'create', tokens: string[], secrets: string[]) => {
    const { profile } = readProfile(kind === 'given' ? { ...right, provisioning: { kind } } : right);
    assert.ok(profile !== null);
    return givenWebhooks(profile, tokens, secrets).problems;
  };
  assert.deepEqual(problemsOf('given', ['a'], []), [
    'WEBHOOK_SECRET is not set, but the profile says that the webhooks exist already; set it, or set WEBHOOK_SECRET_FILE to a file with one value a line',
  ]);
  // Whose file could not be read was told so.
  const { profile: given } = readProfile({ ...right, provisioning: { kind: 'given' } });
  assert.ok(given !== null);
  assert.deepEqual(givenWebhooks(given, ['a'], [], ['WEBHOOK_SECRET']).problems, []);
  assert.equal(givenWebhooks(given, [], [], ['WEBHOOK_SECRET']).problems.length, 1);
  assert.deepEqual(problemsOf('create', [], ['c']), [
    'WEBHOOK_TOKEN is not set, but WEBHOOK_SECRET is; set it, or set WEBHOOK_TOKEN_FILE to a file with one value a line',
  ]);
  for (const kind of ['given', 'create'] as const) {
    assert.deepEqual(problemsOf(kind, ['a', 'b'], ['c']), [
      'WEBHOOK_TOKEN holds 2 and WEBHOOK_SECRET 1; give a secret for each token, in the same order',
    ]);
  }
});

test('webhooks that are given: a secret for each token, and only what requests need', () => {
  const of = (change: Partial<TargetInput>, tokens: string[], secrets: string[]) => {
    const { profile } = readProfile({ ...right, ...change });
    assert.ok(profile !== null);
    return givenWebhooks(profile, tokens, secrets);
  };
  assert.deepEqual(of({}, ['a', 'b'], ['c', 'd']).webhooks[1], { token: 'b', secret: 'd' });
  assert.equal(of({}, ['a', 'b'], ['c']).problems.length, 1);
  assert.deepEqual(of({}, [], []), { webhooks: [], problems: [] });
  const given = { provisioning: { kind: 'given' } } as const;
  assert.equal(of(given, [], []).problems.length, 2);
  assert.deepEqual(of({ ...given, secret: { in: 'none' } }, ['a'], []).problems, []);
  const open = { ...given, secret: { in: 'none' }, request: { path: '/hook' } } as const;
  assert.deepEqual(of(open, [], []).webhooks, [{ token: '', secret: '' }]);
  const keyed = { ...open, secret: { in: 'header', name: 'X-Api-Key' } } as const;
  assert.deepEqual(
    of(keyed, [], ['k1', 'k2']).webhooks.map(({ secret }) => secret),
    ['k1', 'k2'],
  );
  assert.deepEqual(listed('a, b,,c'), ['a', 'b', 'c']);
  assert.deepEqual(listed('a,b\n'), ['a,b']);
});

test('ids that a target reads back become those of the ledger, numbers and decorated ones too', () => {
  const ids = (change: Partial<TargetInput>) => {
    const { profile, problems } = readProfile({ ...right, ...change });
    assert.ok(profile !== null, problems.join());
    return ledgerIds(profile);
  };
  const none = () => null;
  assert.equal(ids({})('k3f9-b7', none, 'k3f9'), 'k3f9-b7');
  const numbered = ids({ request: { body: { signal_id: '{n}' } } });
  for (const id of ['k3f9-b7', 'k3f9-0', 'k3f9-z8388607', 'k3f9-u12']) {
    assert.ok(Number.isSafeInteger(numberOf(id)));
    assert.equal(numbered(String(numberOf(id)), none, 'k3f9'), id);
  }
  assert.equal(numbered(String(numberOf('other-b7')), none, 'k3f9'), String(numberOf('other-b7')));
  assert.equal(ids({ request: { body: { signal_id: 'sig-{id}.' } } })('sig-k3f9-b7.', none, 'k3f9'), 'k3f9-b7');
  const unlike = ids({ idempotency: { kind: 'ttl', ttlMs: 1000, fields: ['signal_id', 'ticker'] } });
  const other = (name: string) => (name === 'ticker' ? 'AAPL' : null);
  assert.equal(unlike('k3f9-u7', other, 'k3f9'), 'k3f9-u7~AAPL');
  assert.equal(unlike('k3f9-b7', other, 'k3f9'), 'k3f9-b7');
  assert.equal(unlike('k3f9-u7', none, 'k3f9'), 'k3f9-u7', 'the list does not hold the ticker');
  const many = ids({ idempotency: { kind: 'ttl', ttlMs: 1000, fields: ['signal_id', 'action', 'ticker'] } });
  assert.equal(
    many('k3f9-u7', (name) => `a ${name}`, 'k3f9'),
    'k3f9-u7~a ticker',
    'named as they were sent',
  );
  assert.throws(() => numberOf('k3f9-burst'));
});

async function outcome(args: readonly string[], cwd: string, env: Record<string, string> = {}) {
  try {
    const { stdout } = await run(process.execPath, [command, ...args], { cwd, env: { ...process.env, ...env } });
    return { code: 0, stdout, stderr: '' };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !('stdout' in error) || !('stderr' in error)) throw error;
    return { code: Number(error.code), stdout: String(error.stdout), stderr: String(error.stderr) };
  }
}

test('the verb profile prints what it settled, or every problem with exit code 2', async () => {
  const folder = folderWith({ 'stress.config.ts': text, 'limit.ts': 'export const limit = 7;' });
  const { code, stdout } = await outcome(['profile'], folder, { LIMIT_WINDOW_MS: '500' });
  assert.equal(code, 0);
  assert.deepEqual(
    readProfile(JSON.parse(stdout)).profile,
    readProfile({ ...right, limiter: { kind: 'sliding', limit: 7, windowMs: 500 } }).profile,
  );
  const bad = folderWith({ 'stress.config.json': JSON.stringify({ ...right, name: 7, extra: 1 }) });
  const wrong = await outcome(['profile'], bad);
  assert.equal(wrong.code, 2);
  assert.equal(wrong.stdout, '');
  assert.equal(
    wrong.stderr,
    'stress.config.json: name: must be a string\nstress.config.json: extra: there is no such field\n',
  );
});

test('a run with mistakes tells all of them, ends with 2 and sends nothing', async () => {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const baseUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const folder = folderWith({
    'stress.config.json': JSON.stringify({ ...right, baseUrl, secret: { in: 'path' }, redis: 'maybe' }),
    'right.json': JSON.stringify({ ...right, baseUrl, provisioning: { kind: 'given' } }),
    'token.txt': '',
  });
  try {
    const both = await outcome(['run', 'hft', 'nonsense'], folder, { SUSTAINED_SECONDS: 'x' });
    assert.equal(both.code, 2);
    assert.equal(both.stderr.trim().split('\n').length, 1);
    for (const part of [
      'stress.config.json: redis: must be one of present, none, unknown',
      'stress.config.json: request.path: must hold {secret}, because secret.in is "path"',
      'Unknown scenario “nonsense”',
      'SUSTAINED_SECONDS is "x"',
    ]) {
      assert.ok(both.stderr.includes(part), `${part} in ${both.stderr}`);
    }
    const files = await outcome(['run', 'hft', '--profile', 'right.json'], folder, {
      WEBHOOK_TOKEN_FILE: 'token.txt',
      WEBHOOK_SECRET_FILE: 'gone.txt',
      LOGIN_PASSWORD: 'x',
      LOGIN_PASSWORD_FILE: 'token.txt',
    });
    assert.equal(files.code, 2);
    for (const part of [
      'WEBHOOK_TOKEN_FILE names token.txt, which is empty',
      'WEBHOOK_SECRET_FILE names gone.txt, which cannot be read (ENOENT)',
      'LOGIN_PASSWORD and LOGIN_PASSWORD_FILE are both set; give one',
    ]) {
      assert.ok(files.stderr.includes(part), `${part} in ${files.stderr}`);
    }
    // Each is told once: who set a file did set it.
    assert.doesNotMatch(files.stderr, /is not set/);
    const nowhere = await outcome(['run', 'hft'], folderWith({}), { STRESS_PROFILE: 'fastapi' });
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.stderr, /fastapi has no baseUrl: set BASE_URL, or STRESS_PROFILE=embedded/);
    assert.equal(requests, 0);
    assert.deepEqual(readdirSync(folder).sort(), ['right.json', 'stress.config.json', 'token.txt']);
  } finally {
    server.close();
  }
});

test('the examples in the documents are right', async () => {
  const root = join(import.meta.dirname, '..', '..');
  const blocks = ['README.md', 'docs/profile.md'].flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^```(ts|json)\n([\s\S]*?)^```$/gm)].map(
      ([, extension, content = '']) => [`${file.replace(/\W/g, '-')}.${extension}`, content] as const,
    ),
  );
  assert.ok(blocks.length >= 3);
  for (const [name, content] of blocks) {
    const { problems } = await loadProfile(name, folderWith({ [name]: content }), 'generic', () => ({}));
    assert.deepEqual(problems, [], name);
  }
});

test('READBACK says that a server whose profile has none offers one, by the path of the embedded backend, and the other way round', () => {
  const { generic: base, embedded: read } = builtInProfiles;
  assert.deepEqual(profileWithSettings(base, { READBACK: 'signals' }, readbackByUrl()).profile.readback, read.readback);
  assert.deepEqual(profileWithSettings(read, { READBACK: 'none' }, readbackByUrl()).profile.readback, { kind: 'none' });
  assert.deepEqual(profileWithSettings(read, {}, readbackByUrl()).profile.readback, read.readback);
});

test('IDEMPOTENCY_TTL_MS says with null, as a profile does, that keys are kept for ever', () => {
  const ttlMs = (base: TargetProfile, text: string) => {
    const { profile, problems } = profileWithSettings(base, { IDEMPOTENCY_TTL_MS: text }, readbackByUrl());
    return problems.length > 0 ? problems : profile.idempotency.kind === 'ttl' ? profile.idempotency.ttlMs : 'none';
  };
  const { generic: base } = builtInProfiles;
  const none: TargetProfile = { ...base, idempotency: { kind: 'none' } };
  const forever = profileWithSettings(base, { IDEMPOTENCY_TTL_MS: 'null' }, readbackByUrl()).profile;
  assert.equal(ttlMs(base, 'null'), null);
  assert.equal(ttlMs(none, 'null'), null);
  assert.equal(ttlMs(forever, ''), null);
  assert.equal(ttlMs(forever, '5000'), 5000);
  assert.equal(ttlMs(forever, '0'), 'none');
  assert.deepEqual(ttlMs(forever, 'ever'), [
    'IDEMPOTENCY_TTL_MS is "ever"; it must be a whole number of at least 0, or null if keys are kept for ever',
  ]);
});

test('a setting that was meant for the server is told without its password, and how to leave it out', () => {
  const settings = { REDIS: 'redis://:hunter2@127.0.0.1:6379/0', DATABASE: 'postgres://u:hunter2@h/db' };
  const { problems } = profileWithSettings(builtInProfiles.generic, settings, readbackByUrl());
  assert.deepEqual(problems, [
    'REDIS is a URL, as if it were a setting of your server (start this command with REDIS= to leave it out); here it must be one of present, none, unknown',
    'DATABASE is a URL, as if it were a setting of your server (start this command with DATABASE= to leave it out); here it must be one of present, none, unknown, sqlite, mysql, mariadb, mongodb, sql-server, oracle, other',
  ]);
});
