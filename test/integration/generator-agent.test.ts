import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { symlinkSync, writeFileSync } from 'node:fs';
import { request as requestOf } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  filesAnswer,
  generatorTokenHeader,
  maxRequestBytes,
  stateAnswer,
} from '../../contract/journal/generator-service.ts';
import { maxAnswerBytes } from '../../contract/journal/monitor-service.ts';
import { agentToken, servedAgent, startOfBurst } from '../fixtures/kubernetes/served-agent.ts';

interface Asked {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const shown = { [generatorTokenHeader]: agentToken };

async function agentOf(t: TestContext) {
  const served = await servedAgent(t);
  const ask = (path: string, { headers = shown, ...asked }: Asked = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${served.service.port}${path}`, { ...asked, headers });
  const start = (changed: object = {}): Promise<Response> =>
    ask('/start', { method: 'POST', body: JSON.stringify({ ...startOfBurst, ...changed }) });
  const started = async (changed: object = {}): Promise<void> => assert.equal((await start(changed)).status, 200);
  const k6Answers = async (): Promise<void> => {
    while ((await ask('/k6/v1/status')).status !== 200) await sleep(20);
  };
  const end = async (): Promise<void> => {
    await ask('/signal', { method: 'POST', body: '{"signal":"SIGINT"}' });
    while (stateAnswer.parse(await (await ask('/state')).json()).exit === null) await sleep(20);
  };
  return { ...served, ask, start, started, k6Answers, end };
}

test('nobody gets anything, and nothing is started, without the token', async (t) => {
  const { ask, agent } = await agentOf(t);
  const paths = ['/hello', '/clock', '/state', '/files', '/file/k6-1/burst.log', '/k6/v1/status', '/nothing'];
  for (const headers of [{}, { [generatorTokenHeader]: 'another' }, { Authorization: `Bearer ${agentToken}` }]) {
    for (const path of paths) assert.equal((await ask(path, { headers })).status, 401, path);
    for (const path of ['/start', '/signal', '/leave', '/target']) {
      assert.equal((await ask(path, { headers, method: 'POST', body: JSON.stringify(startOfBurst) })).status, 401);
    }
  }
  assert.equal(agent.state().scenario, null);
  assert.equal((await ask('/hello')).status, 200);
});

test('a scenario from start to end: k6 is told by its REST API, and its journal has digests when it has ended', async (t) => {
  const { ask, start, k6Answers, end } = await agentOf(t);
  assert.deepEqual([(await start()).status, (await start()).status], [200, 409]);
  await k6Answers();
  const told = await ask('/k6/v1/setup', { method: 'PUT', body: '{"data":1}' });
  assert.deepEqual(await told.json(), { method: 'PUT', url: '/v1/setup', body: '{"data":1}' });
  assert.equal((await ask('/k6/v1/metrics')).status, 404);
  const growing = filesAnswer.parse(await (await ask('/files')).json());
  assert.ok(growing.files.every(({ sha256 }) => sha256 === null));
  await end();
  assert.equal((await ask('/k6/v1/status')).status, 503);
  const { files } = filesAnswer.parse(await (await ask('/files')).json());
  assert.deepEqual(
    files.map(({ path }) => path),
    ['k6-1/burst.log', 'k6-1/burst.requests.ndjson', 'k6-1/burst.summary.json'],
  );
  for (const { path, bytes, sha256 } of files.filter((file) => file.bytes > 0)) {
    const body = Buffer.from(await (await ask(`/file/${path}`)).arrayBuffer());
    assert.deepEqual([body.length, createHash('sha256').update(body).digest('hex')], [bytes, sha256], path);
  }
  const environment = await (await ask('/file/k6-1/burst.summary.json')).json();
  assert.deepEqual(environment, { token: 'canary', agent: null, url: 'http://127.0.0.1:1' });
});

test('a journal is given on from where a broken answer stood, and no more of it at once than the bound', async (t) => {
  const { ask, started, k6Answers, end } = await agentOf(t);
  await started({ variables: { HFT_SIGNALS: String(maxAnswerBytes + 100) } });
  await k6Answers();
  await end();
  const part = async (range: string) => {
    const answer = await ask('/file/k6-1/burst.requests.ndjson', { headers: { ...shown, Range: range } });
    return [answer.status, answer.headers.get('content-range'), (await answer.arrayBuffer()).byteLength];
  };
  const total = maxAnswerBytes + 103;
  assert.deepEqual(await part('bytes=0-'), [206, `bytes 0-${maxAnswerBytes - 1}/${total}`, maxAnswerBytes]);
  assert.deepEqual(await part(`bytes=${maxAnswerBytes}-`), [206, `bytes ${maxAnswerBytes}-${total - 1}/${total}`, 103]);
  assert.deepEqual(await part(`bytes=${total}-`), [416, `bytes */${total}`, 0]);
});

test('nothing beside the journal is given: no path out of it, no link, no other generator', async (t) => {
  const { service, started, k6Answers, folder } = await agentOf(t);
  await started();
  await k6Answers();
  const generators = join(folder, 'run', 'generators');
  writeFileSync(join(folder, 'secret'), 'canary');
  symlinkSync(join(folder, 'secret'), join(generators, 'k6-1', 'link'));
  for (const path of [
    'k6-1/link',
    '../secret',
    'k6-1/../../../secret',
    'k6-1%2f..%2f..%2fsecret',
    'k6-2/burst.log',
    'k6-1',
    '',
  ]) {
    const status = await new Promise((resolve) => {
      // fetch would make the path another one.
      requestOf({ host: '127.0.0.1', port: service.port, path: `/file/${path}`, headers: shown }, (answer) =>
        resolve(answer.resume().statusCode),
      ).end();
    });
    assert.equal(status, 404, path);
  }
});

test('what a runner sends is bounded, and nothing but what k6 reads is set for it', async (t) => {
  const { ask, start, agent } = await agentOf(t);
  const huge = await ask('/start', { method: 'POST', body: 'x'.repeat(maxRequestBytes + 1) }).then(
    ({ status }) => status,
    () => 413,
  );
  assert.equal(huge, 413);
  for (const name of ['PATH', 'NODE_OPTIONS', 'LD_PRELOAD', 'WEBHOOK_TOKEN', 'K6_BIN', 'GENERATOR_TOKEN']) {
    assert.equal((await start({ variables: { [name]: 'x' } })).status, 409, name);
  }
  for (const changed of [
    { runId: '../x' },
    { scenario: '../x' },
    { part: { ...startOfBurst.part, segment: '0:1 --out' } },
  ]) {
    assert.equal((await start(changed)).status, 400, JSON.stringify(changed));
  }
  assert.equal((await ask('/start', { method: 'POST', body: '{' })).status, 400);
  assert.equal((await ask('/signal', { method: 'POST', body: '{"signal":"SIGSTOP"}' })).status, 400);
  assert.equal(agent.state().scenario, null);
});

test('a server that nobody allowed is refused where load would come from', async (t) => {
  const { ask } = await agentOf(t);
  const problemOf = async (baseUrl: string, allowHosts: readonly string[]) => {
    const answer = await ask('/target', { method: 'POST', body: JSON.stringify({ baseUrl, allowHosts }) });
    return String(Object(await answer.json()).problem);
  };
  assert.match(await problemOf('http://192.0.2.1:80', []), /add --allow-host 192\.0\.2\.1/);
  assert.match(await problemOf('http://127.0.0.1:1', []), /no server answers/);
});

test('it is told to leave', async (t) => {
  const { ask, service } = await agentOf(t);
  await ask('/leave', { method: 'POST' });
  await service.left;
});
