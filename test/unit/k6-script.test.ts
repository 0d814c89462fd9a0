import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { outcomeOf, setupOutcomeOf } from '../../contract/request/answer.ts';
import { fieldOf, firstText, parsed } from '../../contract/request/json-answer.ts';
import { allPages, eachPage } from '../../contract/request/pages.ts';
import { fill, fillJson, fillPath, formText } from '../../contract/request/template.ts';
import { type BuiltInProfiles, baseProfile } from '../../lib/once/base-profile.ts';
import { hostOf, normalHost } from '../../lib/once/host.ts';
import { proxyVariable } from '../../lib/once/proxy.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';

// What the k6 scripts are made of, as far as it needs no k6.

const profiles: BuiltInProfiles = { embedded: builtInProfiles.embedded, generic: builtInProfiles.generic };

test('templates look words up among their own values only', () => {
  const values = { name: 'n 1', after: 5 };
  assert.equal(fill('{name} {constructor} {other}', values), 'n 1 {constructor} {other}');
  assert.equal(fillPath('/a/{name}?{after}', values), '/a/n%201?5');
  assert.deepEqual(fillJson({ a: '{after}', b: ['{toString}', 'x{name}', null, 1] }, values), {
    a: 5,
    b: ['{toString}', 'xn 1', null, 1],
  });
  assert.equal(formText({ 'a b': 'c&d', e: 1 }), 'a%20b=c%26d&e=1');
});

test('a field is found by its own name first, then by names joined by dots', () => {
  const body = parsed('{"a.b":1,"a":{"b":2,"c":[{"d":"x"}]}}');
  assert.deepEqual([fieldOf(body, 'a.b'), fieldOf(body, 'a.c.0.d'), fieldOf(body, 'a.x')], [1, 'x', undefined]);
  assert.equal(fieldOf(body, 'constructor'), undefined);
  assert.equal(firstText({ a: '', b: 7 }, ['a', 'b']), '7');
  assert.equal(parsed('{'), undefined);
});

test('an answer means what the profile says, a set-up what HTTP says', () => {
  const { embedded } = builtInProfiles;
  assert.equal(outcomeOf(embedded, 200, '{"status":"duplicate"}', {}), 'duplicate');
  assert.equal(outcomeOf(embedded, 200, '{}', {}), 'accepted');
  assert.equal(outcomeOf(embedded, 500, '', {}), 'failed');
  assert.deepEqual([204, 404, 500, 0].map(setupOutcomeOf), ['accepted', 'rejected', 'failed', 'failed']);
});

test('a header may tell a replay, in capital or small letters', () => {
  const replays: TargetProfile = {
    ...builtInProfiles.embedded,
    answers: [
      { outcome: 'duplicate', statuses: [200], header: { name: 'Idempotent-Replayed', equals: 'true' } },
      { outcome: 'duplicate', statuses: [201], header: { name: 'x-replay' }, body: { contains: 'seen' } },
      { outcome: 'accepted', statuses: [200, 201] },
    ],
  };
  const meaning = (status: number, body: string, headers: Record<string, string>) =>
    outcomeOf(replays, status, body, headers);
  assert.equal(meaning(200, '', { 'idempotent-replayed': ' True' }), 'duplicate');
  assert.equal(meaning(200, '', { 'Idempotent-Replayed': 'false' }), 'accepted');
  assert.equal(meaning(200, '', {}), 'accepted');
  assert.equal(meaning(201, 'seen', { 'X-Replay': '' }), 'duplicate');
  assert.equal(meaning(201, 'new', { 'X-Replay': '' }), 'accepted');
});

test('read-back ends at a cursor that it has seen', () => {
  const pages = (answers: readonly (readonly [number, string | null])[]) => {
    const asked: string[] = [];
    const read = allPages((after) => {
      const [items, next] = answers[asked.length] ?? [1, 'endless'];
      asked.push(after);
      return { items: new Array<number>(items).fill(0), total: asked.length, next };
    });
    return { items: read?.items.length ?? null, total: read?.total ?? null, asked: asked.join() };
  };
  assert.deepEqual(
    pages([
      [2, 'a'],
      [1, null],
    ]),
    { items: 3, total: 2, asked: '0,a' },
  );
  assert.deepEqual(
    pages([
      [2, 'a'],
      [0, 'a'],
    ]),
    { items: 2, total: 2, asked: '0,a' },
  );
  assert.deepEqual(
    pages([
      [2, 'a'],
      [2, 'b'],
      [2, 'a'],
    ]),
    { items: null, total: null, asked: '0,a,b' },
  );
  assert.deepEqual(pages([[2, '0']]), { items: null, total: null, asked: '0' });
});

test('pages that are passed over one by one say what they say together', () => {
  const walks: readonly (readonly (readonly [items: readonly number[], next: string | null])[])[] = [
    [
      [[1, 2], 'a'],
      [[3], null],
    ],
    [
      [[1, 2], 'a'],
      [[], 'a'],
    ],
    [
      [[1, 2], 'a'],
      [[3], 'b'],
      [[4], 'a'],
    ],
    [[[], null]],
  ];
  for (const answers of walks) {
    const from = () => {
      let asked = 0;
      return () => {
        const [items, next] = answers[asked] ?? [[], null];
        asked += 1;
        return { items, total: asked, next };
      };
    };
    const taken: number[] = [];
    const together = allPages(from());
    const one = eachPage(from(), (items) => taken.push(...items));
    assert.deepEqual(one, together && { count: together.items.length, total: together.total });
    if (together !== null) assert.deepEqual(taken, together.items);
  }
  assert.equal(
    eachPage(
      () => null,
      () => assert.fail('nothing was understood'),
    ),
    null,
  );
});

test('hosts are compared in one form, IPv6 without brackets', () => {
  assert.equal(hostOf('http://[FD00::1]:8000/x'), 'fd00::1');
  assert.equal(hostOf('https://München.example:8443'), 'münchen.example');
  assert.equal(hostOf('ftp://h'), null);
  assert.equal(normalHost('[fd00::1]'), 'fd00::1');
  assert.equal(normalHost('Host.Example.'), 'host.example');
});

test('a proxy variable is noticed where k6 would follow it', () => {
  const proxies = { HTTP_PROXY: 'http://127.0.0.1:3128', https_proxy: 'http://127.0.0.1:3129' };
  assert.equal(proxyVariable('http://staging.example', proxies), 'HTTP_PROXY');
  assert.equal(proxyVariable('https://staging.example', proxies), 'https_proxy');
  assert.equal(proxyVariable('http://127.0.0.1:8000', proxies), null);
  assert.equal(proxyVariable('http://localhost', proxies), null);
  assert.equal(proxyVariable('http://staging.example', { HTTP_PROXY: '' }), null);
});

test('a bundle alone takes a built-in profile by name, or a whole one as JSON', () => {
  assert.equal(baseProfile('embedded', profiles).profile, profiles.embedded);
  const asJson = JSON.stringify(builtInProfiles.fastapi);
  assert.deepEqual(baseProfile(asJson, profiles), { profile: builtInProfiles.fastapi, problems: [] });
  const { limiter: _, ...rest } = builtInProfiles.fastapi;
  assert.match(baseProfile(JSON.stringify({ ...rest, answers: {} }), profiles).problems.join(), /answers.*limiter/);
  assert.match(baseProfile('[]', profiles).problems.join(), /is not a JSON object/);
  assert.match(baseProfile('constructor', profiles).problems.join(), /takes embedded, generic/);
});
