import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Report } from '../../contract/report/report.ts';
import { readReport } from '../../render/json.ts';
import { type Cluster, nodeAddress, startCluster } from './cluster.ts';

// A real cluster of one node, its API server, scheduler and kubelet; started by run.sh (make kubernetes-test).

const command = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'webhook-stress.js');
const secrets = { LOGIN_PASSWORD: 'canary-password', MONITOR_TOKEN: 'canary-monitor' };
const seconds = '12';

let cluster: Cluster;

before(async () => {
  cluster = await startCluster();
  // The image is on the node alone.
  const local = 'containers: [{name: generator, imagePullPolicy: Never}]\n';
  writeFileSync(join(cluster.folder, 'host.yaml'), `hostNetwork: true\n${local}`);
  writeFileSync(join(cluster.folder, 'own.yaml'), local);
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function started(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [command, ...args], {
    cwd: cluster.folder,
    env: { PATH: process.env.PATH, HOME: cluster.folder, ...secrets, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      texts[name] += chunk.toString();
      if (process.env.SHOW) process.stderr.write(chunk);
    });
  }
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...texts }));
  return { child, ended, texts };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

const countsAnswer = z.object({ counts: z.record(z.string(), z.record(z.string(), z.number())) });

/** The embedded backend as a server of its own, and a monitor beside it. */
async function withServer<T>(
  use: () => Promise<T>,
): Promise<{ readonly result: T; readonly counts: z.infer<typeof countsAnswer>['counts'] }> {
  const backend = started(['backend', '--port', '8000', '--host', '0.0.0.0', '--ttl-ms', '5000']);
  while (
    !(await fetch('http://127.0.0.1:8000/api/v1/monitoring/health').then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await sleep(100);
  const monitor = started([
    'monitor',
    '--port',
    '8000',
    '--duration',
    '0',
    '--listen',
    '9464',
    '--quiet',
    '--interval',
    '0.25',
  ]);
  while (
    !(await fetch('http://127.0.0.1:9464/clock').then(
      () => true,
      () => false,
    ))
  )
    await sleep(100);
  try {
    const result = await use();
    const { counts } = countsAnswer.parse(await (await fetch('http://127.0.0.1:8000/api/v1/monitoring/counts')).json());
    return { result, counts };
  } finally {
    await end(monitor.child);
    await end(backend.child);
  }
}

const common = ['--reports', 'reports', '--monitor-url', 'http://127.0.0.1:9464', '--cooldown', '1'];
const onKubernetes = (pod: string): readonly string[] => [
  ...['--on', 'kubernetes', '--kubeconfig', join(cluster.folder, 'kubeconfig'), '--generators', '3'],
  ...['--image', 'localhost/webhook-stress:test', '--cpu', '10m', '--memory', '600Mi', '--pod', `${pod}.yaml`],
  ...['--pods-within', '120'],
];
// Gentle, for two cores also run a control plane.
const sizes = { SUSTAINED_SECONDS: seconds, WEBHOOKS: '4', IDEMPOTENCY_TTL_MS: '5000', STRESS_PROFILE: 'embedded' };

const reportOf = (runId: string): Report =>
  readReport(readFileSync(join(cluster.folder, 'reports', runId, 'report.json'), 'utf8'));
/** How fast a busy machine is decides the others between pass, warn and fail: here it counts that they are judged. */
const decidedByCounts = ['worker-crashes', 'success-rate', 'error-rate', 'exactly-once'];
const isJudged = (status: string): boolean => status === 'pass' || status === 'warn' || status === 'fail';

const statuses = ({ findings }: Report) =>
  Object.fromEntries(
    findings.map(({ criterion, status }) => [
      criterion,
      isJudged(status) && !decidedByCounts.includes(criterion) ? 'judged' : status,
    ]),
  );

function requestsOf({ scenarios }: Report) {
  return Object.fromEntries(
    scenarios.map(({ name, requests: { load = {} } }) => [name, Object.values(load).reduce((sum, n) => sum + n, 0)]),
  );
}

async function leftInCluster(): Promise<readonly string[]> {
  const names = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });
  const lists = [
    '/apis/batch/v1/namespaces/default/jobs',
    '/api/v1/namespaces/default/secrets',
    '/api/v1/namespaces/default/pods',
  ];
  const left = await Promise.all(lists.map(async (path) => names.parse(await cluster.get(path)).items));
  return left.flat().map(({ metadata }) => metadata.name);
}

async function untilEmpty(): Promise<void> {
  for (let n = 0; n < 120 && (await leftInCluster()).length > 0; n += 1) await sleep(500);
  assert.deepEqual(await leftInCluster(), []);
}

function noCanaryIn(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), 'latin1');
    assert.ok(!text.includes('canary-'), `${entry.name} holds a secret`);
  }
}

test('three pods send what one generator sends, and the verdicts are the same', async () => {
  const here = await withServer(async () => {
    const args = ['run', 'burst', 'sustained', ...common, '--run-id', 'here'];
    return started(args, { ...sizes, BASE_URL: 'http://127.0.0.1:8000' }).ended;
  });
  const pods = await withServer(async () => {
    const args = ['run', 'burst', 'sustained', ...common, '--run-id', 'pods', ...onKubernetes('host')];
    return started(args, { ...sizes, BASE_URL: 'http://127.0.0.1:8000' }).ended;
  });
  process.stdout.write(`${pods.result.stderr}\n${pods.result.stdout}\n`);
  const [one, three] = [reportOf('here'), reportOf('pods')];
  assert.ok((requestsOf(one).burst ?? 0) > 0 && (requestsOf(one).sustained ?? 0) > 0);
  assert.deepEqual(requestsOf(three), requestsOf(one));
  assert.deepEqual(pods.counts.load, here.counts.load);
  for (const row of three.counts) assert.notEqual(row.agree, false, JSON.stringify(row));
  assert.deepEqual(three.gaps, []);
  assert.deepEqual(statuses(three), statuses(one));
  noCanaryIn(join(cluster.folder, 'reports', 'pods'));
  await untilEmpty();
});

test('pods in networks of their own load a server by its address', async () => {
  const { result } = await withServer(async () => {
    const args = ['run', 'burst', ...common, '--run-id', 'own', ...onKubernetes('own'), '--allow-host', nodeAddress];
    return started(args, { ...sizes, BASE_URL: `http://${nodeAddress}:8000` }).ended;
  });
  process.stdout.write(`${result.stderr}\n`);
  const report = reportOf('own');
  assert.ok((requestsOf(report).burst ?? 0) > 0);
  assert.deepEqual(report.gaps, []);
  await untilEmpty();
});

test('a pod that is killed is told, its share is missing, and what depends on it is inconclusive', async () => {
  const { result } = await withServer(async () => {
    const args = ['run', 'sustained', ...common, '--run-id', 'killed', ...onKubernetes('host')];
    const run = started(args, { ...sizes, BASE_URL: 'http://127.0.0.1:8000' });
    const ledger = join(cluster.folder, 'reports', 'killed', 'generators', 'k6-2', 'sustained.requests.ndjson');
    while (run.child.exitCode === null && lines(ledger) < 20) await sleep(200);
    killAgent('k6-2');
    return run.ended;
  });
  process.stdout.write(`${result.stderr}\n${result.stdout}\n`);
  assert.equal(result.code, 3);
  assert.match(result.stderr, /k6-2 is lost: its container generator ended with signal 9/);
  const report = reportOf('killed');
  assert.equal(report.verdict, 'inconclusive');
  assert.ok(lines(join(cluster.folder, 'reports', 'killed', 'generators', 'k6-2', 'sustained.requests.ndjson')) >= 20);
  assert.ok(
    report.gaps.some((gap) => JSON.stringify(gap).includes('k6-2')),
    JSON.stringify(report.gaps),
  );
  await untilEmpty();
});

function lines(file: string): number {
  try {
    return readFileSync(file, 'utf8').split('\n').length;
  } catch {
    return 0;
  }
}

/** The process of a container, which this namespace of processes has started. */
function killAgent(id: string): void {
  const found = readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return words.includes('generator') && words.includes(id);
    } catch {
      return false;
    }
  });
  assert.equal(found.length, 1, `one agent of ${id}`);
  process.kill(Number(found[0]), 'SIGKILL');
}

test('an image that is not there ends the run before anything is sent, in one line', async () => {
  const args = [
    'run',
    'burst',
    '--reports',
    'reports',
    '--run-id',
    'image',
    ...onKubernetes('host'),
    '--image',
    'localhost/other:1',
  ];
  const { code, stderr } = await started(args, { ...sizes, BASE_URL: 'http://127.0.0.1:8000' }).ended;
  process.stdout.write(`${stderr}\n`);
  assert.equal(code, 2);
  assert.match(stderr, /does not start \(ErrImageNeverPull\)/);
  await untilEmpty();
});
