import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeBaseUrl, normalizeHost } from '../../cli/base-url.ts';
import { addressForK6, checkHost } from '../../cli/run/host-check.ts';

const normalized = (text: string): string => {
  const result = normalizeBaseUrl(text, 'BASE_URL');
  return 'value' in result ? result.value : result.problem;
};

test('a base URL has one form', () => {
  for (const [text, expected] of [
    ['http://127.0.0.1:8000/', 'http://127.0.0.1:8000'],
    ['HTTP://Staging.Example:80', 'http://staging.example'],
    ['http://[FD00:0::1]:8000/api/', 'http://[fd00::1]:8000/api'],
    ['http://münchen.example', 'http://xn--mnchen-3ya.example'],
  ] as const) {
    assert.equal(normalized(text), expected);
  }
});

test('what a base URL must not hold is named, and never repeated', () => {
  for (const [text, expected] of [
    ['127.0.0.1:8000', /BASE_URL is not a valid URL: it must (look like|begin with) http/],
    ['ftp://host', /must begin with http:\/\/ or https:\/\//],
    ['http://user:canary@host', /must not contain a user or password/],
    ['http://host/?key=canary', /must not contain a query/],
    ['http://host/#canary', /must not contain a fragment/],
  ] as const) {
    assert.match(normalized(text), expected);
    assert.doesNotMatch(normalized(text), /canary/);
  }
});

test('an allowed host has the form that it has in a URL', () => {
  const same = (text: string, url: string): boolean => {
    const host = normalizeHost(text, '--allow-host');
    return 'value' in host && host.value === new URL(url).hostname;
  };
  for (const text of ['fd00::1', '[fd00::1]', 'FD00:0:0::1']) assert.ok(same(text, 'http://[fd00::1]:8000'), text);
  for (const text of ['münchen.example', 'xn--mnchen-3ya.example', 'MÜNCHEN.example']) {
    assert.ok(same(text, 'http://münchen.example'), text);
  }
  for (const text of ['host:8000', 'http://host', 'host/path', '', 'user@host', '[host]:1']) {
    assert.ok('problem' in normalizeHost(text, '--allow-host'), text);
  }
});

test('a host outside loopback is refused unless it is allowed', async () => {
  assert.deepEqual(await checkHost('http://127.0.0.1:1', [], 'BASE_URL'), ['127.0.0.1']);
  await assert.rejects(
    checkHost('http://[fd00::1]:8000', ['fd00::2'], '--base-url'),
    /--base-url leads to fd00::1, which is not loopback: add --allow-host \[fd00::1\]/,
  );
  assert.deepEqual(await checkHost('http://[fd00::1]:8000', ['[fd00::1]'], 'BASE_URL'), ['fd00::1']);
});

test('k6 is told the checked address of a name, not of an address', () => {
  const server = { address: '127.0.0.9', hostIsAllowed: false, remark: null };
  assert.equal(addressForK6({ ...server, baseUrl: 'http://elsewhere.example' }), '127.0.0.9');
  assert.equal(addressForK6({ ...server, baseUrl: 'http://127.0.0.9:1' }), '');
  assert.equal(addressForK6(null), '');
});
