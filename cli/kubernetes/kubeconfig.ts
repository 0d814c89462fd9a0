import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import * as z from 'zod';
import { isSystemError, refusalOf } from '../../contract/journal/unwritable-file.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';

// Which cluster, as kubectl has it: --kubeconfig, else KUBECONFIG, else ~/.kube/config; in a pod its service account.

const cluster = z.object({
  server: z.string(),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': z.string().optional(),
  'proxy-url': z.string().optional(),
});

const exec = z.object({
  apiVersion: z.string(),
  command: z.string(),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  provideClusterInfo: z.boolean().optional(),
});

const user = z.object({
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.string().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.string().optional(),
  exec: exec.optional(),
  'auth-provider': z.object({ name: z.string() }).optional(),
});

const context = z.object({ cluster: z.string(), user: z.string().optional(), namespace: z.string().optional() });

const kubeconfig = z.object({
  'current-context': z.string().optional(),
  clusters: z.array(z.object({ name: z.string(), cluster })).nullish(),
  contexts: z.array(z.object({ name: z.string(), context })).nullish(),
  users: z.array(z.object({ name: z.string(), user: user.nullish() })).nullish(),
});

type Kubeconfig = z.infer<typeof kubeconfig>;
export type ExecPlugin = Readonly<z.infer<typeof exec>>;

/** How to reach a cluster, and as whom. It holds secrets. */
export interface ClusterAccess {
  readonly server: string;
  /** How errors call it. */
  readonly context: string;
  readonly namespace: string;
  readonly ca: string | null;
  readonly serverName: string | null;
  readonly verifies: boolean;
  readonly certificate: string | null;
  readonly key: string | null;
  readonly token: string | null;
  /** Read anew for each request: the kubelet renews it. */
  readonly tokenFile: string | null;
  /** A program that gives credentials; null: those above. */
  readonly exec: ExecPlugin | null;
}

export interface AskedCluster {
  readonly file: string | null;
  readonly context: string | null;
  readonly namespace: string | null;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Throws an ExpectedError that names the file, and what is wrong with it. */
export function clusterAccess(asked: AskedCluster, env: Env): ClusterAccess {
  const files = filesOf(asked.file, env);
  const read = files.flatMap((file) => readConfig(file, asked.file !== null || env.KUBECONFIG !== undefined));
  if (read.length === 0) {
    const inside = asked.context === null ? fromPod(asked.namespace, env) : null;
    if (inside !== null) return inside;
    throw new ExpectedError(`--on kubernetes: ${files.join(', ')} does not exist: name a kubeconfig by --kubeconfig`);
  }
  return accessIn(read, asked);
}

function filesOf(given: string | null, env: Env): readonly string[] {
  if (given !== null) return [resolve(given)];
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  return listed.length > 0 ? listed.map((file) => resolve(file)) : [join(env.HOME ?? homedir(), '.kube', 'config')];
}

interface ReadConfig {
  readonly file: string;
  readonly config: Kubeconfig;
}

function readConfig(file: string, isNamed: boolean): readonly ReadConfig[] {
  try {
    const parsed = kubeconfig.safeParse(parse(readFileSync(file, 'utf8')) ?? {});
    if (parsed.success) return [{ file, config: parsed.data }];
    const [issue] = parsed.error.issues;
    throw new ExpectedError(
      `${file} is not a kubeconfig: ${issue?.path.join('.')}: ${issue?.message}; name another by --kubeconfig or KUBECONFIG`,
    );
  } catch (error) {
    // What it holds is in no message: it has secrets.
    if (error instanceof YAMLParseError)
      throw new ExpectedError(`${file} is not YAML (line ${error.linePos?.[0].line})`);
    if (!isSystemError(error)) throw error;
    if (!isNamed) return [];
    throw new ExpectedError(`the kubeconfig ${file} cannot be read (${refusalOf(error)})`);
  }
}

/** Of several files the first that names a thing decides, as for kubectl. */
function accessIn(read: readonly ReadConfig[], asked: AskedCluster): ClusterAccess {
  const current = asked.context ?? read.map(({ config }) => config['current-context']).find((name) => !!name);
  const files = read.map(({ file }) => file).join(', ');
  const contexts = read.flatMap(({ config }) => config.contexts ?? []);
  const chosen = contexts.find(({ name }) => name === current)?.context;
  if (current === undefined || chosen === undefined) {
    const names = contexts.map(({ name }) => name).join(', ');
    const which = current === undefined ? 'has no current context' : `has no context ${current}`;
    throw new ExpectedError(`${files} ${which}: choose one by --context (${names === '' ? 'it has none' : names})`);
  }
  const [place] = read.flatMap(({ file, config }) =>
    (config.clusters ?? []).filter(({ name }) => name === chosen.cluster).map((found) => ({ file, ...found.cluster })),
  );
  const [who] = read.flatMap(({ file, config }) =>
    (config.users ?? []).filter(({ name }) => name === chosen.user).map((found) => ({ file, ...found.user })),
  );
  if (place === undefined)
    throw new ExpectedError(`${files}: context ${current} names cluster ${chosen.cluster}, which is not there`);
  if (place['proxy-url'] !== undefined)
    throw new ExpectedError(
      `${files}: cluster ${chosen.cluster} has a proxy-url, which is not supported: use a tunnel`,
    );
  if (who?.['auth-provider'] !== undefined)
    throw new ExpectedError(
      `${files}: user ${chosen.user} has an auth-provider, which Kubernetes dropped: use an exec plugin`,
    );
  return {
    ...{ server: place.server.replace(/\/+$/, ''), context: current },
    namespace: asked.namespace ?? chosen.namespace ?? 'default',
    ca: pemOf(place.file, place['certificate-authority-data'], place['certificate-authority']),
    serverName: place['tls-server-name'] ?? null,
    verifies: place['insecure-skip-tls-verify'] !== true,
    ...credentialsOf(who),
  };
}

type User = (z.infer<typeof user> & { readonly file: string }) | undefined;

function credentialsOf(who: User) {
  if (who === undefined) return { certificate: null, key: null, token: null, tokenFile: null, exec: null };
  return {
    certificate: pemOf(who.file, who['client-certificate-data'], who['client-certificate']),
    key: pemOf(who.file, who['client-key-data'], who['client-key']),
    token: who.token ?? null,
    tokenFile: who.tokenFile === undefined ? null : resolve(dirname(who.file), who.tokenFile),
    exec: who.exec ?? null,
  };
}

/** Paths are relative to the file that names them. */
function pemOf(file: string, data: string | undefined, path: string | undefined): string | null {
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  if (path === undefined) return null;
  const whole = resolve(dirname(file), path);
  try {
    return readFileSync(whole, 'utf8');
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new ExpectedError(`${file} names ${whole}, which cannot be read (${refusalOf(error)})`);
  }
}

const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The service account of the pod that this runs in; null outside of one. */
function fromPod(namespace: string | null, env: Env): ClusterAccess | null {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (host === undefined || port === undefined) return null;
  const text = (name: string): string => readFileSync(join(accountFolder, name), 'utf8');
  try {
    return {
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      ...{ context: 'this pod', namespace: namespace ?? text('namespace').trim(), ca: text('ca.crt') },
      ...{ serverName: null, verifies: true, certificate: null, key: null, token: null, exec: null },
      tokenFile: join(accountFolder, 'token'),
    };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new ExpectedError(
      `--on kubernetes: this pod has no service account (${refusalOf(error)}): name a kubeconfig by --kubeconfig`,
    );
  }
}
