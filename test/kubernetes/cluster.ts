import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What run.sh gives. */
const given = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start it by make kubernetes-test`);
  return value;
};

/** The node's address; pods reach what listens on it. */
export const nodeAddress = '10.66.0.1';
const nodeName = 'node-1';
const adminToken = 'admin-of-the-test';
const withinMs = 180_000;

export interface Cluster {
  readonly kubeconfig: string;
  readonly folder: string;
  /** Of the API server: JSON. */
  get(path: string): Promise<unknown>;
}

/** Starts a cluster of one node. All of it ends with the namespace of processes that this runs in. */
export async function startCluster(): Promise<Cluster> {
  const folder = given('KUBERNETES_TEST_FOLDER');
  const at = (name: string): string => join(folder, name);
  network();
  for (const name of ['etcd', 'certs', 'containerd', 'kubelet', 'cni', 'log']) mkdirSync(at(name), { recursive: true });
  writeFiles(at);
  start(at, 'etcd', [
    ...[
      '--data-dir',
      at('etcd'),
      '--listen-client-urls=http://127.0.0.1:2379',
      '--advertise-client-urls=http://127.0.0.1:2379',
    ],
    ...['--listen-peer-urls=http://127.0.0.1:2380', '--initial-advertise-peer-urls=http://127.0.0.1:2380'],
    '--initial-cluster=default=http://127.0.0.1:2380',
  ]);
  start(at, 'containerd', ['--config', at('containerd.toml')]);
  start(at, 'kube-apiserver', [
    ...['--etcd-servers=http://127.0.0.1:2379', '--secure-port=6443', '--bind-address=127.0.0.1'],
    ...['--advertise-address=127.0.0.1', `--cert-dir=${at('certs')}`, '--service-cluster-ip-range=10.96.0.0/24'],
    ...['--service-account-issuer=https://kubernetes.default.svc', `--service-account-key-file=${at('account.pub')}`],
    ...[`--service-account-signing-key-file=${at('account.key')}`, `--token-auth-file=${at('tokens.csv')}`],
    ...['--authorization-mode=AlwaysAllow', '--allow-privileged=true', '--disable-admission-plugins=ServiceAccount'],
    '--kubelet-preferred-address-types=InternalIP',
  ]);
  const get = (path: string): Promise<unknown> => ask(path);
  await until('the API server', async () => (await get('/readyz')) !== null);
  const kubeconfig = at('kubeconfig');
  const controllers = [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--secure-port=0'];
  start(at, 'kube-controller-manager', [...controllers, `--service-account-private-key-file=${at('account.key')}`]);
  start(at, 'kube-scheduler', controllers);
  importImages(at);
  start(at, 'kubelet', [
    ...[`--kubeconfig=${kubeconfig}`, `--config=${at('kubelet.yaml')}`, `--root-dir=${at('kubelet')}`],
    ...[`--hostname-override=${nodeName}`, `--node-ip=${nodeAddress}`],
  ]);
  await until('the node', async () => JSON.stringify(await get(`/api/v1/nodes/${nodeName}`)).includes('KubeletReady'));
  await until('the default namespace', async () => (await get('/api/v1/namespaces/default')) !== null);
  return { kubeconfig, folder, get };
}

type Place = (name: string) => string;

/** In a network of its own: loopback, and a bridge for pods. */
function network(): void {
  const ip = (...words: string[]): void => void execFileSync('ip', words);
  ip('link', 'set', 'lo', 'up');
  ip('link', 'add', 'cni0', 'type', 'bridge');
  ip('addr', 'add', `${nodeAddress}/24`, 'dev', 'cni0');
  ip('link', 'set', 'cni0', 'up');
  // Without a default route the kubelet knows no address of its own.
  ip('route', 'add', 'default', 'via', '10.66.0.254');
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
}

function writeFiles(at: Place): void {
  execFileSync('openssl', ['genrsa', '-out', at('account.key'), '2048'], { stdio: 'ignore' });
  execFileSync('openssl', ['rsa', '-in', at('account.key'), '-pubout', '-out', at('account.pub')], { stdio: 'ignore' });
  writeFileSync(at('tokens.csv'), `${adminToken},admin,admin,system:masters\n`);
  writeFileSync(
    at('kubeconfig'),
    `apiVersion: v1
kind: Config
current-context: test
clusters: [{name: test, cluster: {server: 'https://127.0.0.1:6443', insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: ${adminToken}}}]
contexts: [{name: test, context: {cluster: test, user: admin}}]
`,
  );
  writePodNetwork(at);
  writeFileSync(
    at('containerd.toml'),
    `version = 2
root = "${at('containerd/root')}"
state = "${at('containerd/state')}"
[grpc]
  address = "${at('c.sock')}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "${cniFolder()}"
  conf_dir = "${at('cni/net.d')}"
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "native"
`,
  );
  writeFileSync(
    at('kubelet.yaml'),
    `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix://${at('c.sock')}
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
cgroupDriver: cgroupfs
cgroupRoot: /${given('KUBERNETES_TEST_CGROUP')}
cgroupsPerQOS: false
enforceNodeAllocatable: []
failSwapOn: false
failCgroupV1: false
makeIPTablesUtilChains: false
resolvConf: ""
podLogsDir: ${at('log/pods')}
evictionHard: {memory.available: 50Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%}
`,
  );
}

function writePodNetwork(at: Place): void {
  mkdirSync(at('cni/net.d'), { recursive: true });
  writeFileSync(
    at('cni/net.d/10-bridge.conf'),
    JSON.stringify({
      ...{ cniVersion: '0.4.0', name: 'pods', type: 'bridge', bridge: 'cni0', isGateway: true },
      ipam: {
        type: 'host-local',
        dataDir: at('cni/addresses'),
        ranges: [[{ subnet: '10.66.0.0/24', rangeStart: '10.66.0.10', rangeEnd: '10.66.0.200', gateway: nodeAddress }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    }),
  );
}

/** Debian has the plugins there; unpacked into a cache they are beside the programs. */
function cniFolder(): string {
  const beside = (process.env.PATH ?? '').split(':').map((folder) => join(dirname(folder), 'lib', 'cni'));
  return ['/usr/lib/cni', ...beside].find((folder) => existsSync(join(folder, 'bridge'))) ?? '/usr/lib/cni';
}

function start(at: Place, name: string, args: readonly string[]): void {
  const log = openSync(at(`log/${name}.log`), 'a');
  const child = spawn(name, args, { stdio: ['ignore', log, log], cwd: at('log') });
  child.once('exit', (code, signal) => {
    process.stderr.write(`${name} ended with ${code ?? signal}:\n${tail(at(`log/${name}.log`))}\n`);
  });
  child.unref();
}

const tail = (file: string): string => readFileSync(file, 'utf8').split('\n').slice(-15).join('\n');

function importImages(at: Place): void {
  for (const name of ['pause', 'webhook-stress'])
    execFileSync('ctr', [
      '-a',
      at('c.sock'),
      '-n',
      'k8s.io',
      'images',
      'import',
      '--snapshotter',
      'native',
      at(`${name}.tar`),
    ]);
}

async function until(what: string, isThere: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await isThere().catch(() => false))) {
    if (performance.now() > endMs) throw new Error(`${what} was not there after ${withinMs / 1000} s`);
    await sleep(300);
  }
}

async function ask(path: string): Promise<unknown> {
  const asking = request({
    host: '127.0.0.1',
    port: 6443,
    path,
    rejectUnauthorized: false,
    headers: { Authorization: `Bearer ${adminToken}` },
  });
  asking.end();
  const [answer] = await once(asking, 'response');
  let text = '';
  for await (const chunk of answer) text += chunk;
  if (answer.statusCode !== 200) return null;
  return path === '/readyz' ? text : JSON.parse(text);
}
