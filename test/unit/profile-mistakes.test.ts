import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { nearestName } from '../../contract/profile/nearest-name.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { command } from '../e2e/stress.ts';

const right = {
  name: 'shop',
  answers: [
    { outcome: 'accepted', statuses: [200] },
    { outcome: 'limited', statuses: [429] },
  ],
  limiter: { kind: 'sliding', limit: 10, windowMs: 1000 },
  idempotency: { kind: 'ttl', ttlMs: 1000 },
};
const problemsOf = (change: object): readonly string[] => readProfile({ ...right, ...change }).problems;

test('a misspelled field is told with the one that was meant, of the same kind, and not yet there', () => {
  for (const [change, problem] of [
    [{ request: { metod: 'POST' } }, 'request.metod: there is no such field; did you mean method?'],
    [
      { readback: { kind: 'url', path: '/{token}', item: 'orders', next: null } },
      'readback.item: there is no such field; did you mean items?',
    ],
    [
      { criteria: { averageResponse: { warnMS: 10 } } },
      'criteria.averageResponse.warnMS: there is no such field; did you mean warnMs?',
    ],
    [{ Redis: 'none' }, 'Redis: there is no such field; did you mean redis?'],
    [{ monitoring: { heatlh: null } }, 'monitoring.heatlh: there is no such field; did you mean health?'],
    // That field stands there already, is of another kind, or is too far away.
    [{ nmae: 'x' }, 'nmae: there is no such field'],
    [{ secret: { in: 'path', nam: 'x' }, request: { path: '/{secret}' } }, 'secret.nam: there is no such field'],
    [{ criteria: { p99: { warnMs: 3 } } }, 'criteria.p99: there is no such field'],
    [{ zzz: 1 }, 'zzz: there is no such field'],
  ] as const) {
    assert.deepEqual(problemsOf(change), [problem]);
  }
});

test('names are near by letters that are left out, added, changed or swapped', () => {
  const near = (written: string) => nearestName(written, ['limit', 'windowMs', 'kind']);
  assert.deepEqual(['limt', 'limitt', 'lamit', 'ilmit', 'window_ms', 'knid'].map(near), [
    'limit',
    'limit',
    'limit',
    'limit',
    'windowMs',
    'kind',
  ]);
  assert.deepEqual(['lxxxt', 'k', 'x'.repeat(500)].map(near), [null, null, null]);
});

test('a threshold above its partner says which of them is the default, and percents end at 100', () => {
  const { criteria } = {
    criteria: { p95Response: { failMs: 50 }, responsiveness: { warnMs: 5, failMs: 4 }, cpu: { warnPercent: 800 } },
  };
  assert.deepEqual(problemsOf({ criteria }), [
    'criteria.p95Response.warnMs: is 200 (the default); it must not be above failMs, 50',
    'criteria.responsiveness.warnMs: is 5; it must not be above failMs, 4',
    'criteria.cpu.warnPercent: is 800; it must not be above 100, which is all of the CPU that may be used, whatever the number of cores',
  ]);
  assert.deepEqual(problemsOf({ criteria: { cpu: { warnPercent: 100, processPercent: 100 } } }), []);
});

test('a signature without {signature} gets one advice', () => {
  const advised = (value: string) => problemsOf({ secret: { in: 'signature', headers: { 'x-signature': value } } });
  assert.deepEqual(advised('foo'), [
    'secret.headers: none of them holds {signature}',
    'secret.headers.x-signature: looks like a secret, which a profile must not contain: write {signature} where the signature stands, such as sha256={signature}',
  ]);
  assert.deepEqual(advised('sha256={signature}'), []);
});

test('what is wrong is told although other fields beside it are wrong, too', () => {
  const told = readProfile({
    name: 'x',
    baseUrl: 'localhost:21400',
    request: {
      ...{ path: 'signals', headers: { 'X-Api-Key': 'abcdef123' }, body: { id: '{ID}' }, metod: 'POST' },
    },
    secret: { in: 'signature', algorithm: 'md5', headers: { 'x-signature': 'foo' } },
    answers: [
      { outcome: 'acepted', statuses: [201] },
      { outcome: 'duplicate', statuses: '409' },
    ],
    limiter: { kind: 'slidng', limit: '10', windowMs: -1 },
    idempotency: { kind: 'ttl', fields: ['signal_idd'] },
    criteria: { p95Response: { warnMs: 500, failMs: 200 }, p99: { warnMs: 3 } },
  }).problems;
  const holder = (problem: string): string => problem.replace(/:.*/, '');
  assert.deepEqual(told.map(holder).sort(), [
    ...['answers.0.outcome', 'answers.1.statuses', 'baseUrl', 'criteria.p95Response.warnMs', 'criteria.p99'],
    ...['idempotency.fields.0', 'idempotency.ttlMs', 'limiter.kind', 'limiter.limit', 'limiter.windowMs'],
    ...['request.body.id', 'request.headers.X-Api-Key', 'request.metod', 'request.path'],
    ...['secret.algorithm', 'secret.headers', 'secret.headers.x-signature'],
  ]);
  assert.equal(new Set(told).size, told.length);
});

test('what may be right once a field is mended is not told', () => {
  for (const [change, wrong] of [
    // Each field that is wrong would make a contradiction if its default, or any stand-in, were taken for it.
    [{ request: { body: 5 }, idempotency: { kind: 'ttl', ttlMs: 1000, fields: ['mine'] } }, ['request.body']],
    [{ request: { path: 5, body: { a: 1 } }, idempotency: { kind: 'none' } }, ['request.path']],
    [
      { request: { payload: { mine: '{id}' } }, idempotency: { kind: 'ttl', ttlMs: 1000, fields: ['mine'] } },
      ['request.payload'],
    ],
    [{ request: { path: 5 }, secret: { in: 'path' } }, ['request.path']],
    [{ request: { metod: 'GET', path: '/{id}', bodi: 5 } }, ['request.metod', 'request.bodi']],
    [{ limiter: { kind: 'bucket', limit: 10, windowMs: 1000, burst: 5 } }, ['limiter.kind']],
    [{ limiter: { kind: 'slidng', limit: 10, windowMs: 1000, rateLimitHeaders: true } }, ['limiter.kind']],
    [{ criteria: { anyResponse: { warnMs: 5000, failMS: 9000 } } }, ['criteria.anyResponse.failMS']],
    [{ criteria: { anyResponse: { warnMs: 5000, fail: 9000 } } }, ['criteria.anyResponse.fail']],
    [{ criteria: { anyResponse: { warnMs: 5000, failMs: '9 s' } } }, ['criteria.anyResponse.failMs']],
    [{ readback: { kind: 'url', path: '/{token}/{after}', nxt: null, total: 5 } }, ['readback.nxt', 'readback.total']],
    [{ readback: { kind: 'urll', path: '/x', item: 'orders' } }, ['readback.kind']],
    [
      { readback: { kind: 'command', command: 'x', settleMs: 5, limitMs: 'long' } },
      ['readback.command', 'readback.limitMs'],
    ],
    [{ secret: { in: 'signature', signed: '{timestamp}', headers: 5 } }, ['secret.headers']],
    [{ secret: { in: 'heder', name: 'X-Key' } }, ['secret.in']],
  ] as const) {
    const told = problemsOf(change).map((problem) => problem.replace(/:.*/, ''));
    assert.deepEqual(told.toSorted(), wrong.toSorted(), JSON.stringify(change));
  }
});

test('whatever single value of a right profile is broken, nothing else of it is called wrong', () => {
  const profile = {
    ...right,
    request: { method: 'PUT', path: '/{token}', headers: { 'X-Id': '{id}' }, body: { mine: '{id}', n: '{n}' } },
    secret: { in: 'signature', signed: '{timestamp}{body}', headers: { S: '{signature}', T: '{timestamp}' } },
    idempotency: { kind: 'ttl', ttlMs: 1000, fields: ['mine'], headers: ['X-Id'] },
    readback: { kind: 'url', path: '/{token}?a={after}', items: 'a', id: 'b', next: 'c', total: null, settleMs: 5 },
    provisioning: { kind: 'given' },
    criteria: { success: { passRate: 0.5, failRate: 0.4 }, p95Response: { warnMs: 300, failMs: 400 } },
  };
  assert.deepEqual(readProfile(profile).problems, []);
  let broken = 0;
  for (const [section, fields] of Object.entries(profile)) {
    if (typeof fields !== 'object' || Array.isArray(fields)) continue;
    for (const name of Object.keys(fields)) {
      for (const value of [{ no: 1 }, [[]], -1.5, 'no such', true]) {
        const { problems } = readProfile({ ...profile, [section]: { ...fields, [name]: value } });
        const [first = ''] = problems;
        if (!first.startsWith(`${section}.${name}`)) continue;
        broken += 1;
        for (const problem of problems) assert.ok(problem.startsWith(`${section}.${name}`), problems.join('\n'));
      }
    }
  }
  assert.ok(broken > 80, String(broken));
});

test('the verb profile says that it prints a built-in one where no file was found, and only there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'profile-'));
  const printed = async (...args: readonly string[]) => {
    const env = { PATH: process.env.PATH ?? '' };
    return promisify(execFile)(process.execPath, [command, 'profile', ...args], { cwd: folder, env });
  };
  const builtIn = await printed();
  assert.match(builtIn.stderr, /^this is the built-in profile “embedded”, because none is named .* init writes one\n$/);
  assert.deepEqual(readProfile(JSON.parse(builtIn.stdout)).problems, []);
  assert.equal((await printed('embedded')).stderr, '');
  writeFileSync(join(folder, 'stress.config.json'), JSON.stringify(right));
  assert.equal((await printed()).stderr, '');
});
