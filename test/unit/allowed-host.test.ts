import assert from 'node:assert/strict';
import { test } from 'node:test';
import { k6Target } from '../../cli/run/allowed-host.ts';
import { checkHost } from '../../cli/run/host-check.ts';
import { hostOf, normalHost } from '../../lib/host.ts';

for (const [baseUrl, allowed] of [
  ['http://[fd00::1]:8000', 'fd00::1'],
  ['http://[FD00:0::1]:8000/', '[fd00::1]'],
  ['http://münchen.example', 'münchen.example'],
  ['http://München.example/api', 'xn--mnchen-3ya.example'],
  ['https://Host.Example', 'HOST.example'],
] as const) {
  test(`${baseUrl} is allowed as ${allowed}, by the runner and by k6`, async () => {
    await checkHost(baseUrl, [allowed]);
    const { BASE_URL, ALLOW_HOST } = k6Target(baseUrl, ['other', allowed]);
    // What lib/environment.ts compares.
    assert.equal(normalHost(ALLOW_HOST), hostOf(BASE_URL));
    assert.equal(k6Target(baseUrl, ['other']).ALLOW_HOST, '');
  });
}

test('a host that is not named is refused', async () => {
  await assert.rejects(checkHost('http://[fd00::1]:8000', ['fd00::2']), /not loopback/);
});
