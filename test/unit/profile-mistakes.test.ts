import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestName } from '../../contract/profile/nearest-name.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';

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
