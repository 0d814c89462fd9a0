import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PodGenerator } from '../../cli/kubernetes/pod-generator.ts';
import { PodLink } from '../../cli/kubernetes/pod-link.ts';
import type { GeneratorRun } from '../../cli/run/generator.ts';
import { fakeCluster } from '../fixtures/kubernetes/fake-api.ts';
import { agentToken, servedAgent, startOfBurst } from '../fixtures/kubernetes/served-agent.ts';

const file = 'burst.requests.ndjson';

/** A generator in a pod: the agent is real, its k6 and the API server before it are stand-ins. */
async function podOfRun(t: TestContext) {
  const { cluster, api } = await fakeCluster(t);
  const { service, folder: remote } = await servedAgent(t);
  cluster.agentPort = service.port;
  const folder = mkdtempSync(join(tmpdir(), 'copy-'));
  const script = join(folder, 'burst.js');
  writeFileSync(script, startOfBurst.script);
  const pod: { why: string | null } = { why: null };
  const refusals: string[] = [];
  const generator = new PodGenerator(
    'k6-1',
    new PodLink(api, { namespace: 'stress', pod: 'job-0', port: 6570 }, agentToken),
    {
      ...{
        folder,
        runId: 'run',
        target: { STRESS_HOST_ALLOWED: 'off' },
        noteUnwritable: (path, refusal) => refusals.push(`${path}: ${refusal}`),
      },
      whyEnded: async () => pod.why,
      clockAheadMs: () => null,
    },
  );
  const start = (size: number): GeneratorRun => {
    const { scenario, plan, part } = startOfBurst;
    return generator.start({ scenario, script, plan, part, variables: { HFT_SIGNALS: String(size) } });
  };
  const path = join(folder, 'generators', 'k6-1', file);
  const copied = (): string => readFileSync(path, 'utf8');
  const there = join(remote, 'run', 'generators', 'k6-1', file);
  const original = (): string => readFileSync(there, 'utf8');
  return { cluster, start, path, there, copied, original, pod, generator, refusals };
}

async function untilUp(run: GeneratorRun): Promise<void> {
  while ((await run.rest('GET', '/v1/status').catch(() => null))?.status !== 200) await sleep(20);
}

test('a generator in a pod: started, told by REST, ended, and its journal is here as it is there', async (t) => {
  const { start, copied, original } = await podOfRun(t);
  const run = start(1000);
  await untilUp(run);
  assert.deepEqual(JSON.parse((await run.rest('PUT', '/v1/setup', '{"data":1}')).text), {
    ...{ method: 'PUT', url: '/v1/setup', body: '{"data":1}' },
  });
  run.interrupt();
  const { exit, lost } = await run.ended;
  assert.deepEqual([exit, lost], [{ code: 0, signal: null }, null]);
  assert.equal(await run.collect(), null);
  assert.deepEqual([copied(), copied().length], [original(), 1003]);
});

test('a torn transfer goes on from where it stood, and the copy is whole', async (t) => {
  const { cluster, start, copied, original, there } = await podOfRun(t);
  const run = start(5_000_000);
  await untilUp(run);
  // As much as is torn, and more.
  while (!existsSync(there) || original().length < 100_000) await sleep(20);
  cluster.tears.push(100, 100, 70_000, 1);
  run.interrupt();
  await run.ended;
  assert.equal(await run.collect(), null);
  assert.equal(cluster.tears.length, 0);
  assert.equal(copied() === original(), true);
});

test('a pod that dies is told by what its status says; what was fetched stays, and is called incomplete', async (t) => {
  const { cluster, start, path, copied, pod, generator } = await podOfRun(t);
  const run = start(1000);
  await untilUp(run);
  while (!existsSync(path) || copied().length < 1000) await sleep(50);
  cluster.agentPort = null;
  pod.why = 'it was killed for its memory (OOMKilled): raise --memory';
  const { exit, lost } = await run.ended;
  assert.deepEqual([exit, lost], [null, pod.why]);
  assert.match((await run.collect()) ?? '', /its pod was lost: it was killed for its memory/);
  assert.equal(copied().length, 1000);
  assert.equal((await generator.start({ ...startOfBurst, script: '' }).ended).lost, pod.why);
});

test('an agent with another token refuses, and the generator is lost before anything is sent', async (t) => {
  const { cluster, api } = await fakeCluster(t);
  const { service, agent } = await servedAgent(t);
  cluster.agentPort = service.port;
  const link = new PodLink(api, { namespace: 'stress', pod: 'job-0', port: 6570 }, 'another');
  await assert.rejects(link.hello(), /HTTP 401/);
  assert.equal(agent.state().scenario, null);
});

test('a piece that the pod has packed is here once, packed', async (t) => {
  const { start, path, there } = await podOfRun(t);
  const [piece, herePiece] = [there, path].map((file) => file.replace('.ndjson', '.0001.ndjson'));
  assert.ok(piece !== undefined && herePiece !== undefined);
  const run = start(1000);
  await untilUp(run);
  while (!existsSync(there)) await sleep(20);
  writeFileSync(piece, 'a line\n'.repeat(1000));
  while (!existsSync(herePiece)) await sleep(50);
  writeFileSync(piece, 'packed');
  renameSync(piece, `${piece}.gz`);
  while (!existsSync(`${herePiece}.gz`) || existsSync(herePiece)) await sleep(50);
  run.interrupt();
  await run.ended;
  assert.equal(await run.collect(), null);
  assert.deepEqual([readFileSync(`${herePiece}.gz`, 'utf8'), existsSync(herePiece)], ['packed', false]);
});

test('a disk here that refuses the copy is noted; the load goes on, and its journal is called incomplete', async (t) => {
  const { start, path, there, refusals } = await podOfRun(t);
  // A folder in the way, since root may write anything else.
  mkdirSync(path, { recursive: true });
  const run = start(1000);
  await untilUp(run);
  while (!existsSync(there) || refusals.length === 0) await sleep(50);
  run.interrupt();
  const { exit } = await run.ended;
  assert.deepEqual(exit, { code: 0, signal: null });
  assert.match(refusals[0] ?? '', /burst\.requests\.ndjson: EISDIR/);
  assert.match((await run.collect()) ?? '', /its copy could not be written \(EISDIR/);
});
