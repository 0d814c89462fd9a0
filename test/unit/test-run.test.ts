import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { testRun } from '../../cli/kubernetes/test-run.ts';
import { testRunSettings } from '../../cli/kubernetes/test-run-settings.ts';
import { defaultScenarios } from '../../contract/plan/scenarios.ts';
import { schemaProblems } from '../fixtures/kubernetes/test-run-schema.ts';

const canaries = {
  WEBHOOK_TOKEN: 'canary-token',
  WEBHOOK_SECRET: 'canary-secret',
  LOGIN_PASSWORD: 'canary-password',
  READBACK_TOKEN: 'canary-readback',
  MONITOR_POSTGRES_URL: 'postgres://canary@db/app',
};
const service = 'http://app.default.svc:8000';
const allowed = ['--allow-host', 'app.default.svc'];

async function rendered(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const read = await testRunSettings(args, env);
  assert.ok(read !== null);
  const text = read.testRuns.map((settings) => stringify(testRun(settings))).join('---\n');
  return { ...read, text, documents: parseAllDocuments(text).map((document) => document.toJS()) };
}

for (const args of [
  [],
  ['sustained', '--parallelism', '3', '--secret', 'webhooks', '--namespace', 'stress', '--separate', '--cleanup'],
  ['burst', '--config-map', 'scripts', '--journal-claim', 'journals', '--cpu', '500m', '--memory', '2Gi'],
]) {
  test(`kubernetes ${args.join(' ')}: every TestRun fits the operator's schema`, async () => {
    const { documents } = await rendered([...args, ...allowed], { BASE_URL: service });
    assert.equal(documents.length, args.length === 0 ? defaultScenarios.length : 1);
    for (const document of documents) assert.deepEqual(schemaProblems(document), []);
  });
}

test('the schema refuses a field that the operator does not know, a missing one, and one of another type', async () => {
  const { text } = await rendered(['burst', '--secret', 'webhooks']);
  for (const [from, to] of [
    ['parallelism: 1', 'parallel: 1'],
    ['parallelism: 1', 'parallelism: many'],
    ['readOnlyRootFilesystem', 'readOnlyRootFileSystem'],
    ['valueFrom', 'valuefrom'],
    ['localFile', 'file'],
  ] as const) {
    assert.ok(text.includes(from), from);
    assert.notDeepEqual(schemaProblems(parse(text.replace(from, to))), [], to);
  }
});

test('of a secret only its name is written, whatever the environment holds', async () => {
  const args = ['sustained', '--secret', 'webhooks', ...allowed];
  const { text, notes } = await rendered(args, { ...canaries, BASE_URL: service });
  assert.ok(!`${text}${notes.join('')}`.includes('canary'));
  for (const name of ['WEBHOOK_TOKEN', 'READBACK_TOKEN']) assert.ok(text.includes(`key: ${name}\n`), name);
  assert.ok(!text.includes('MONITOR_POSTGRES_URL'));
});

test('secrets that are set here and in no Secret are told', async () => {
  const { notes } = await rendered(['burst'], canaries);
  assert.ok(
    notes.some((note) => note.startsWith('WEBHOOK_TOKEN, WEBHOOK_SECRET, LOGIN_PASSWORD, READBACK_TOKEN: no secret')),
  );
});

test('runner and initializer read the same variables', async () => {
  const [document] = (await rendered(['burst', '--secret', 'webhooks'])).documents;
  assert.deepEqual(document.spec.runner.env, document.spec.initializer.env);
  assert.equal(document.spec.runner.image, document.spec.initializer.image);
});

test('a host outside loopback must be allowed by its name', async () => {
  await assert.rejects(testRunSettings(['burst'], { BASE_URL: service }), /--allow-host app\.default\.svc/);
  await assert.rejects(testRunSettings(['burst'], { BASE_URL: 'http://10.0.0.7' }), /--allow-host 10\.0\.0\.7/);
  const { text } = await rendered(['burst', ...allowed], { BASE_URL: service });
  assert.match(text, /name: STRESS_HOST_ALLOWED\n\s+value: on|name: STRESS_HOST_ALLOWED\n\s+value: "on"/);
});

test('every problem is told at once', async () => {
  await assert.rejects(
    testRunSettings(['lunch', '--parallelism', '0', '--name', 'A'], { BASE_URL: 'ftp://x' }),
    ({ message }: Error) => ['lunch', '--parallelism', '--name', 'BASE_URL'].every((word) => message.includes(word)),
  );
});
