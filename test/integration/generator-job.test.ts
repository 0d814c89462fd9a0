import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ApiClient } from '../../cli/kubernetes/api-client.ts';
import { GeneratorJob } from '../../cli/kubernetes/generator-job.ts';
import { type JobSettings, jobManifest } from '../../cli/kubernetes/job-manifest.ts';
import { podSecrets } from '../../cli/kubernetes/pod-secrets.ts';
import { podSchema, whyEnded } from '../../cli/kubernetes/pod-trouble.ts';
import { fakeCluster, podOf } from '../fixtures/kubernetes/fake-api.ts';

const settings: JobSettings = {
  ...{
    name: 'webhook-stress-run-1',
    generators: 2,
    image: 'webhook-stress:1',
    cpu: '1',
    memory: '1Gi',
    journalClaim: null,
  },
  ...{ secretKeys: ['GENERATOR_TOKEN', 'TLS_CA_FILE'], fileKeys: ['TLS_CA_FILE'], variables: {}, firstPort: 6570 },
  ...{ deadlineSeconds: 3600, fragment: {} },
};
const secrets = { GENERATOR_TOKEN: 'canary', TLS_CA_FILE: 'certificate' };

async function jobOf(t: TestContext, changed: Partial<JobSettings> = {}) {
  const fake = await fakeCluster(t);
  return { ...fake, job: new GeneratorJob(fake.api, { ...settings, ...changed }) };
}

const waiting = (reason: string, message = '') => ({
  phase: 'Pending',
  status: { containerStatuses: [{ name: 'generator', state: { waiting: { reason, message } } }] },
});
const unschedulable = {
  phase: 'Pending',
  status: {
    conditions: [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message: '0/3 nodes are available:\n3 Insufficient cpu.',
      },
    ],
  },
};

const quick = { withinMs: 0, stop: new AbortController().signal, say: () => {} };

test('the Job is made suspended, its Secret is owned by it, and then it may begin', async (t) => {
  const { job, cluster } = await jobOf(t);
  await job.create(secrets);
  assert.deepEqual(
    cluster.requests.map(({ method, path }) => `${method} ${path}`),
    [
      'POST /apis/batch/v1/namespaces/stress/jobs',
      'POST /api/v1/namespaces/stress/secrets',
      'PATCH /apis/batch/v1/namespaces/stress/jobs/webhook-stress-run-1',
    ],
  );
  const [made, secret, begun] = cluster.requests.map(({ body }) => Object(body));
  assert.equal(made.spec.suspend, true);
  assert.deepEqual(begun, { spec: { suspend: false } });
  assert.equal(secret.metadata.ownerReferences[0].uid, 'job-uid');
  assert.deepEqual(secret.stringData, secrets);
  assert.ok(!JSON.stringify(made).includes('canary'));
});

test('what the API server refuses is told in its words, and nothing is left behind', async (t) => {
  const { job, cluster } = await jobOf(t);
  const body = { kind: 'Status', message: 'secrets is forbidden: User "ci" cannot create resource "secrets"' };
  cluster.answers.set('POST /api/v1/namespaces/stress/secrets', { status: 403, body });
  await assert.rejects(
    job.create(secrets),
    /User "ci" cannot create resource "secrets"; deploy\/kubernetes\/role\.yaml/,
  );
  assert.deepEqual(
    cluster.requests.filter(({ method }) => method === 'DELETE').map(({ path }) => path),
    [
      '/api/v1/namespaces/stress/secrets/webhook-stress-run-1',
      '/apis/batch/v1/namespaces/stress/jobs/webhook-stress-run-1',
    ],
  );
});

test('an API server that does not answer is told with its context', async (t) => {
  const { api } = await jobOf(t);
  const nowhere = new ApiClient({ ...api.access, server: 'http://127.0.0.1:1' }, {});
  await assert.rejects(
    new GeneratorJob(nowhere, settings).create(secrets),
    /API server of fake \(http:\/\/127\.0\.0\.1:1\): it does not answer \(ECONNREFUSED\)/,
  );
});

test('pods that run are given by their index, whatever their order', async (t) => {
  const { job, cluster } = await jobOf(t);
  cluster.pods = () => [podOf({ index: 1 }), podOf({ index: 0 })];
  const pods = await job.running({ ...quick, withinMs: 5000 });
  assert.deepEqual(
    pods.map(({ metadata }) => metadata.name),
    ['job-0', 'job-1'],
  );
});

for (const [what, pod, words] of [
  [
    'no image on the node',
    waiting('ErrImageNeverPull', 'Container image is not present'),
    /job-1: it does not start \(ErrImageNeverPull\): Container image is not present; the image must be on the node/,
  ],
  [
    'an image that cannot be pulled',
    waiting('ImagePullBackOff', 'Back-off pulling image "x"'),
    /ImagePullBackOff\): Back-off pulling image "x"; is --image right/,
  ],
  [
    'no room on any node',
    unschedulable,
    /finds no node \(Unschedulable\): 0\/3 nodes are available: 3 Insufficient cpu\.; fewer --generators/,
  ],
  ['a pod that was never made', { phase: 'Pending' }, /after 0 s \(--pods-within\)/],
] as const) {
  test(`a generator that never starts is told with what to do: ${what}`, async (t) => {
    const { job, cluster } = await jobOf(t);
    cluster.pods = () => [podOf({ index: 0 }), podOf({ index: 1, ...pod })];
    await assert.rejects(job.running(quick), words);
  });
}

test('an image that takes a while to come is waited for', async (t) => {
  const { job, cluster } = await jobOf(t, { generators: 1 });
  let looks = 0;
  cluster.pods = () => {
    looks += 1;
    return [looks < 3 ? podOf(waiting('ContainerCreating')) : podOf()];
  };
  assert.equal((await job.running({ ...quick, withinMs: 60_000 })).length, 1);
});

const endedWith = (terminated: object) => ({
  phase: 'Failed',
  status: { containerStatuses: [{ name: 'generator', state: { terminated } }] },
});

for (const [pod, words] of [
  [endedWith({ exitCode: 137, reason: 'OOMKilled' }), 'it was killed for its memory (OOMKilled): raise --memory'],
  [endedWith({ exitCode: 137, reason: 'Error' }), 'its container generator ended with signal 9 (Error)'],
  [endedWith({ exitCode: 70, reason: 'Error' }), 'its container generator ended with exit code 70 (Error)'],
  [
    { phase: 'Failed', status: { reason: 'Evicted', message: 'The node was low on resource: memory.' } },
    'it was evicted: The node was low on resource: memory.; ask for more by --memory, or give the node more room',
  ],
  [
    {
      status: {
        conditions: [
          { type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', message: 'preempted' },
        ],
      },
    },
    'it was evicted (PreemptionByScheduler): preempted',
  ],
  [{ phase: 'Succeeded' }, 'it ended by itself'],
  [{}, null],
] as const) {
  test(`a pod that is lost says why: ${words}`, () => {
    assert.equal(whyEnded(podSchema.parse(podOf(pod))), words);
  });
}

test('users add to the pods: maps are merged, containers by name', () => {
  const fragment = {
    hostNetwork: true,
    nodeSelector: { pool: 'load' },
    securityContext: { runAsUser: 1000 },
    containers: [{ name: 'generator', imagePullPolicy: 'Never', env: [{ name: 'GOMAXPROCS', value: '2' }] }],
  };
  const spec = Object(jobManifest({ ...settings, fragment }).spec.template.spec);
  assert.deepEqual([spec.hostNetwork, spec.nodeSelector], [true, { pool: 'load' }]);
  assert.deepEqual([spec.securityContext.runAsUser, spec.securityContext.runAsNonRoot], [1000, true]);
  const [container] = spec.containers;
  assert.deepEqual(
    [spec.containers.length, container.image, container.imagePullPolicy],
    [1, 'webhook-stress:1', 'Never'],
  );
  assert.deepEqual(
    container.env.map(({ name }: { name: string }) => name),
    ['GENERATOR_TOKEN_FILE', 'TLS_CA_FILE', 'GOMAXPROCS'],
  );
});

test('pods get the secrets that generators read, and no others', () => {
  const env = {
    ...{ WEBHOOK_TOKEN: 'a,b', WEBHOOK_SECRET: 'c\nd\n', LOGIN_EMAIL: 'me@example.com', LOGIN_PASSWORD: 'p' },
    ...{ READBACK_TOKEN: 'r' },
    ...{ BACKEND_POSTGRES_URL: 'canary', MONITOR_TOKEN: 'canary', AWS_SECRET_ACCESS_KEY: 'canary' },
  };
  assert.deepEqual(podSecrets(env, 'token'), {
    data: {
      WEBHOOK_TOKEN: 'a\nb',
      WEBHOOK_SECRET: 'c\nd',
      LOGIN_PASSWORD: 'p',
      READBACK_TOKEN: 'r',
      GENERATOR_TOKEN: 'token',
    },
    files: [],
    plain: { LOGIN_EMAIL: 'me@example.com' },
  });
});
