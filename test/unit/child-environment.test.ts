import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesIn, secretNames, variableGroups } from '../../cli/environment-variables.ts';
import {
  backendEnvironment,
  containerEnvironment,
  generatorEnvironment,
  ignoredNames,
  monitorEnvironment,
  readbackEnvironment,
} from '../../cli/processes/child-environment.ts';

const secrets = Object.fromEntries(secretNames.map((name) => [name, `canary-${name}`]));
const env = { PATH: '/bin', PGPASSWORD: 'own', K6_RPS: '5', HTTPS_PROXY: 'http://p', GODEBUG: 'x=1', ...secrets };
const secretsIn = (given: object): readonly string[] => secretNames.filter((name) => name in given);

test('each child gets the secrets that it needs, by name, and no other', () => {
  assert.deepEqual(secretsIn(monitorEnvironment(env)), [
    'WEBHOOK_TOKEN',
    'WEBHOOK_SECRET',
    'SECOND_WEBHOOK_TOKEN',
    'SECOND_WEBHOOK_SECRET',
    'MONITORING_TOKEN',
    'MONITOR_REDIS_URL',
    'MONITOR_POSTGRES_URL',
    'READBACK_TOKEN',
    'SECOND_READBACK_TOKEN',
  ]);
  assert.deepEqual(secretsIn(generatorEnvironment(env, '/none')), [
    'WEBHOOK_TOKEN',
    'WEBHOOK_SECRET',
    'LOGIN_PASSWORD',
    'SECOND_LOGIN_PASSWORD',
    'SECOND_WEBHOOK_TOKEN',
    'SECOND_WEBHOOK_SECRET',
    'READBACK_TOKEN',
    'SECOND_READBACK_TOKEN',
  ]);
  assert.deepEqual(secretsIn(backendEnvironment(env)), [
    'LOGIN_PASSWORD',
    'SECOND_LOGIN_PASSWORD',
    'BACKEND_REDIS_URL',
    'BACKEND_POSTGRES_URL',
  ]);
  assert.deepEqual(secretsIn(containerEnvironment(env)), []);
  assert.deepEqual(secretsIn(readbackEnvironment(env, ['psql', '-c', 'select 1'])), []);
  assert.deepEqual(secretsIn(readbackEnvironment(env, ['sh', '-c', 'psql "$BACKEND_POSTGRES_URL"'])), [
    'BACKEND_POSTGRES_URL',
  ]);
});

test('a read-back command keeps what is its own', () => {
  assert.equal(readbackEnvironment(env, ['psql']).PGPASSWORD, 'own');
});

test('what would change k6, Go, Node or the way out reaches no child of ours', () => {
  for (const given of [monitorEnvironment(env), generatorEnvironment(env, '/none'), backendEnvironment(env)]) {
    for (const name of ['K6_RPS', 'HTTPS_PROXY', 'GODEBUG', 'PGPASSWORD']) assert.equal(name in given, false, name);
  }
  assert.equal(generatorEnvironment(env, '/none').XDG_CONFIG_HOME, '/none');
  assert.deepEqual(ignoredNames({ ...env, K6_BIN: '/k6', no_proxy: '*' }), [
    'GODEBUG',
    'HTTPS_PROXY',
    'K6_RPS',
    'no_proxy',
  ]);
});

test('what is meant for a bundle run alone, and what the runner sets itself, is ignored and named', () => {
  const given = Object.fromEntries(
    namesIn(variableGroups.internal, variableGroups.alone).map((name) => [name, 'mine']),
  );
  for (const name of ['STRESS_SENDER', 'STRESS_PIECE_PHASES', 'STRESS_HOST_ALLOWED', 'STRESS_ADDRESS', 'ALLOW_PROXY'])
    assert.ok(name in given, name);
  assert.deepEqual(ignoredNames(given), Object.keys(given).toSorted());
  for (const child of [monitorEnvironment(given), generatorEnvironment(given, '/none'), backendEnvironment(given)])
    assert.deepEqual(
      Object.keys(given).filter((name) => name in child),
      [],
    );
});

test('where docker, podman and nerdctl are asked reaches the monitor, which asks them', () => {
  const given = {
    DOCKER_HOST: 'unix:///run/user/1000/docker.sock',
    XDG_RUNTIME_DIR: '/run/user/1000',
    DOCKER_CONTEXT: 'rootless',
  };
  assert.deepEqual(monitorEnvironment(given), given);
  assert.deepEqual(containerEnvironment(given), given);
  assert.deepEqual(backendEnvironment(given), {});
  assert.ok(!Object.keys(given).some((name) => name in generatorEnvironment(given, '/none')));
});

test('what the system says of programs, certificates and texts reaches each child that needs it', () => {
  const given = {
    PATH: '/bin',
    SSL_CERT_DIR: '/c',
    LC_ALL: 'C',
    GOMEMLIMIT: '2GiB',
    FORCE_COLOR: '1',
    KUBECONFIG: '/k',
  };
  const common = { PATH: '/bin', SSL_CERT_DIR: '/c', LC_ALL: 'C' };
  assert.deepEqual(monitorEnvironment(given), common);
  assert.deepEqual(backendEnvironment(given), common);
  const { HOME, GOMEMLIMIT, FORCE_COLOR, KUBECONFIG } = generatorEnvironment({ ...given, HOME: '/me' }, '/none');
  assert.deepEqual([HOME, GOMEMLIMIT, FORCE_COLOR, KUBECONFIG], ['/none', '2GiB', undefined, undefined]);
});
