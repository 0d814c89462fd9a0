import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import type { Check } from '../../cli/doctor/check.ts';
import { checkStores } from '../../cli/doctor/store-checks.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';

let status = 200;
let body = '{}';
const server = createServer((_, response) => {
  response.statusCode = status;
  response.end(body);
}).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
after(() => {
  server.close();
});

async function redisCheck(): Promise<Check | undefined> {
  const { checks } = await checkStores({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ address: '127.0.0.1', trust: null, profile: { ...builtInProfiles.embedded, redis: 'present' } },
    monitor: { token: null, serviceToken: null, stores: { redis: null, postgres: null } },
  });
  return checks.find(({ subject }) => subject === 'Redis');
}

test('the doctor says what a server answers that tells no statistics, and what to do', async () => {
  const cases = [
    [401, '', /set MONITORING_TOKEN to a token that it takes, or name their path in monitoring\.redis/],
    [403, '', /set MONITORING_TOKEN/],
    [405, '', /if the server tells statistics, name their path in monitoring\.redis of the profile$/],
    [429, '', /rate limiter/],
    [200, '<html>', /name their path in monitoring\.redis/],
    [404, '', /^set MONITOR_REDIS_URL, or REDIS=none if the server has no Redis$/],
    [503, '', /^set MONITOR_REDIS_URL, or REDIS=none if the server has no Redis$/],
  ] as const;
  for (const [given, text, remedy] of cases) {
    [status, body] = [given, text];
    const check = await redisCheck();
    assert.equal(check?.status, 'unknown', `${given}`);
    assert.match(check.remedy ?? '', remedy, `${given}`);
  }
  [status, body] = [200, '{"connected":1}'];
  assert.equal((await redisCheck())?.status, 'ok');
});
