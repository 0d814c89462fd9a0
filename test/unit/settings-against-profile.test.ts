import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEnvironment } from '../../cli/environment.ts';
import { settingsAgainstProfile } from '../../cli/settings-against-profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { profile } from './plan-cases.ts';

const { monitor } = readEnvironment({});
const urls = { redis: 'redis://:hidden-word@127.0.0.1:6379', postgres: 'postgres://user:hidden-word@127.0.0.1/db' };
const withStores = (stores: typeof monitor.stores) => ({
  monitor: { ...monitor, stores },
  webhooks: { tokens: [], secrets: [] },
  ...{ readbackToken: '', secondReadbackToken: '' },
});
const withoutStores = { ...profile, redis: 'none', database: 'none' } as const;

test('stores: a URL of one that the profile says is not there is told, without a word of it', () => {
  const told = settingsAgainstProfile(withoutStores, withStores(urls));
  assert.deepEqual(told[1], {
    name: 'database',
    problem:
      'MONITOR_POSTGRES_URL is set, but the profile says that the server has no database: the one behind it is asked and judged all the same',
    remedy: 'set database of the profile (or DATABASE) to present, or unset MONITOR_POSTGRES_URL',
  });
  assert.match(told[0]?.problem ?? '', /^MONITOR_REDIS_URL is set, but the profile says that the server has no Redis/);
  assert.doesNotMatch(JSON.stringify(told), /hidden-word/);
});

test('stores: a URL of one that is there or may be, and none at all, say nothing', () => {
  const some = { ...profile, redis: 'present', database: 'unknown' } as const;
  assert.deepEqual(settingsAgainstProfile(some, withStores(urls)), []);
  assert.deepEqual(settingsAgainstProfile(withoutStores, withStores({ redis: null, postgres: null })), []);
  const one = { ...profile, redis: 'none', database: 'present' } as const;
  assert.equal(settingsAgainstProfile(one, withStores(urls)).length, 1);
});

test('webhooks: a token or a secret that no request carries is told, without its value', () => {
  const tokens = { readbackToken: '', secondReadbackToken: '' };
  const given = { monitor, webhooks: { tokens: ['hidden-word'], secrets: ['hidden-word'] }, ...tokens };
  assert.deepEqual(settingsAgainstProfile(profile, given), []);
  const [, unsent, ...others] = settingsAgainstProfile(
    { ...profile, request: { ...profile.request, path: '/hook' }, secret: { in: 'none' } },
    given,
  );
  assert.deepEqual(others, []);
  assert.equal(
    unsent?.problem,
    'WEBHOOK_SECRET is set, but no request of the profile carries a secret: it is not sent',
  );
  assert.doesNotMatch(JSON.stringify(unsent), /hidden-word/);
});

test('read-back: a token that it does not ask with is told, without its value', () => {
  const given = { ...withStores({ redis: null, postgres: null }), readbackToken: 'hidden-word' };
  const byUrl = builtInProfiles.embedded.readback;
  assert.ok(byUrl.kind === 'url');
  const toldOf = (readback: typeof profile.readback) => settingsAgainstProfile({ ...profile, readback }, given);
  for (const readback of [byUrl, { kind: 'none' }] as const) {
    assert.deepEqual(toldOf(readback), [
      {
        name: 'read-back',
        problem: 'READBACK_TOKEN is set, but the read-back of the profile does not ask with it: it is not sent',
        remedy: 'write {readbackToken} into readback.headers or readback.path, or unset READBACK_TOKEN',
      },
    ]);
  }
  assert.deepEqual(toldOf({ ...byUrl, path: '/list?key={readbackToken}' }), []);
  assert.deepEqual(toldOf({ ...byUrl, headers: { 'X-Key': '{readbackToken}' } }), []);
  // A command gets it by its name.
  assert.deepEqual(toldOf({ kind: 'command', command: ['list'], settleMs: null, limitMs: 120_000 }), []);
});

test("read-back: a second tenant's token that is not sent is told with why, without its value", () => {
  const byUrl = builtInProfiles.embedded.readback;
  assert.ok(byUrl.kind === 'url');
  const asked = { ...byUrl, headers: { 'X-Key': '{readbackToken}' } };
  const { provisioning } = profile;
  const given = { ...withStores({ redis: null, postgres: null }), secondReadbackToken: 'hidden-word' };
  const toldOf = (readback: typeof profile.readback, secondTenant: boolean) =>
    settingsAgainstProfile({ ...profile, readback, provisioning: { ...provisioning, secondTenant } }, given);
  assert.deepEqual(toldOf(asked, true), []);
  assert.match(
    toldOf(byUrl, true)[0]?.problem ?? '',
    /^SECOND_READBACK_TOKEN is set, but the read-back .* not ask with it: it is not sent$/,
  );
  const [alone, ...others] = toldOf(asked, false);
  assert.deepEqual(others, []);
  assert.equal(alone?.problem, 'SECOND_READBACK_TOKEN is set, but there is no second tenant: it is not sent');
  assert.match(alone?.remedy ?? '', /^set SECOND_.*, or unset SECOND_READBACK_TOKEN$/);
  assert.doesNotMatch(JSON.stringify(toldOf(asked, false)), /hidden-word/);
});
