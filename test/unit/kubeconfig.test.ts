import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { credentialFrom } from '../../cli/kubernetes/exec-credential.ts';
import { type AskedCluster, type ClusterAccess, clusterAccess } from '../../cli/kubernetes/kubeconfig.ts';

const asked: AskedCluster = { file: null, context: null, namespace: null };

function written(name: string, text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'kubeconfig-')), name);
  writeFileSync(path, text);
  return path;
}

const config = `apiVersion: v1
kind: Config
current-context: one
contexts:
  - {name: one, context: {cluster: a, user: token, namespace: stress}}
  - {name: two, context: {cluster: b, user: certificate}}
  - {name: cloud, context: {cluster: a, user: program}}
  - {name: broken, context: {cluster: c, user: token}}
  - {name: old, context: {cluster: a, user: gcp}}
clusters:
  - {name: a, cluster: {server: 'https://a.example:6443/', certificate-authority-data: ${Buffer.from('CA').toString('base64')}}}
  - {name: b, cluster: {server: 'https://b.example/k8s', certificate-authority: ca.pem, tls-server-name: b.internal}}
users:
  - {name: token, user: {token: canary}}
  - {name: certificate, user: {client-certificate-data: Q0VSVA==, client-key-data: S0VZ}}
  - {name: program, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, args: [eks, get-token], interactiveMode: Never}}}
  - {name: gcp, user: {auth-provider: {name: gcp}}}
`;

function access(changed: Partial<AskedCluster> & { readonly env?: Record<string, string> }): ClusterAccess {
  const file = written('config', config);
  writeFileSync(join(file, '..', 'ca.pem'), 'FILE CA');
  const { env = {}, ...rest } = changed;
  return clusterAccess({ ...asked, file, ...rest }, env);
}

test('the current context decides: server, authority, token, namespace', () => {
  const { server, namespace, ca, token, verifies } = access({});
  assert.deepEqual(
    [server, namespace, ca, token, verifies],
    ['https://a.example:6443', 'stress', 'CA', 'canary', true],
  );
});

test('--context and --namespace come before it; files are found from the kubeconfig on', () => {
  const { server, namespace, ca, certificate, key, serverName } = access({ context: 'two', namespace: 'load' });
  assert.deepEqual(
    [server, namespace, ca, certificate, key, serverName],
    ['https://b.example/k8s', 'load', 'FILE CA', 'CERT', 'KEY', 'b.internal'],
  );
});

test('KUBECONFIG names several files, the first that has a thing decides; else ~/.kube/config', () => {
  const first = written('first', 'current-context: two\n');
  const second = written('second', config.replace('certificate-authority: ca.pem, ', ''));
  assert.equal(clusterAccess(asked, { KUBECONFIG: `${first}:${second}` }).server, 'https://b.example/k8s');
  const home = mkdtempSync(join(tmpdir(), 'home-'));
  mkdirSync(join(home, '.kube'));
  writeFileSync(join(home, '.kube', 'config'), config);
  assert.equal(clusterAccess(asked, { HOME: home }).context, 'one');
});

for (const [changed, words] of [
  [{ context: 'three' }, /has no context three: choose one by --context \(one, two, cloud, broken, old\)/],
  [{ context: 'broken' }, /names cluster c, which is not there/],
  [{ context: 'old' }, /auth-provider, which Kubernetes dropped: use an exec plugin/],
  [{ file: '/nowhere/config' }, /\/nowhere\/config cannot be read \(ENOENT/],
] as const) {
  test(`what is wrong with a kubeconfig is told: ${words.source.slice(0, 40)}`, () => {
    assert.throws(() => access(changed), words);
  });
}

test('no secret of a broken kubeconfig is in the message', () => {
  const file = written('config', 'users: [{name: x, user: {token: canary}\n  - {');
  assert.throws(
    () => clusterAccess({ ...asked, file }, {}),
    ({ message }: Error) => message.includes('is not YAML') && !message.includes('canary'),
  );
});

test('a program gives the credentials, as clouds have it', async () => {
  const { exec } = access({ context: 'cloud' });
  assert.deepEqual([exec?.command, exec?.args], ['aws', ['eks', 'get-token']]);
  const said = JSON.stringify({
    kind: 'ExecCredential',
    status: { token: 'canary', expirationTimestamp: '2030-01-01T00:00:00Z' },
  });
  const plugin = (text: string) => ({
    ...{ apiVersion: 'client.authentication.k8s.io/v1', command: '/bin/sh', env: [{ name: 'SAID', value: text }] },
    args: ['-c', 'test -n "$KUBERNETES_EXEC_INFO" && printf %s "$SAID"'],
  });
  const { token, expiresAtMs } = await credentialFrom(plugin(said), { PATH: '/usr/bin:/bin' });
  assert.deepEqual([token, expiresAtMs], ['canary', Date.parse('2030-01-01T00:00:00Z')]);
  await assert.rejects(
    credentialFrom(plugin('canary'), { PATH: '/usr/bin:/bin' }),
    ({ message }: Error) => message.includes('is not an ExecCredential') && !message.includes('canary'),
  );
  await assert.rejects(
    credentialFrom({ ...plugin(''), command: '/nowhere/aws' }, {}),
    /\/nowhere\/aws gives no credentials/,
  );
});

test("a kubeconfig's program gets no secret of ours, unless its words name it", async () => {
  const secret = { PATH: '/usr/bin:/bin', AWS_PROFILE: 'mine', WEBHOOK_SECRET: 'canary' };
  const asks = async (args: readonly string[]): Promise<string | null> => {
    const plugin = { apiVersion: 'client.authentication.k8s.io/v1', command: '/bin/sh', args: [...args] };
    return (await credentialFrom(plugin, secret)).token;
  };
  const print = 'env | sed -n "s/^WEBHOOK_SEC.*=/-/p"';
  const text = (inner: string): string =>
    `printf '{"kind":"ExecCredential","status":{"token":"%s%s"}}' "$AWS_PROFILE" "$(${inner})"`;
  assert.equal(await asks(['-c', text(print)]), 'mine');
  assert.equal(await asks(['-c', text('printf %s "-$WEBHOOK_SECRET"')]), 'mine-canary');
});
