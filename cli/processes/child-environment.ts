import { secondTenantVariables } from '../../contract/profile/second-tenant.ts';
import { namesIn, secretNames, variableGroups } from '../environment-variables.ts';
import { tlsFileNames } from '../tls-files.ts';
import type { Reader } from '../variable.ts';

/**
 * What each child process gets of the environment. A child gets what is listed here and what the runner sets for it, nothing
 * else: so no variable of the user changes what is sent, recorded or guarded, and a secret goes only where it is needed.
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** What a process of ours needs of the system. */
const ofSystem = (reader: Reader): readonly string[] =>
  variableGroups.system.variables.filter(({ readBy }) => readBy.includes(reader)).map(({ name }) => name);

/** Where programs and certificates are, and how texts and times are written. */
const common = [...ofSystem('backend'), 'SSL_CERT_FILE'];

function pick(env: Environment, names: readonly string[]): Environment {
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

const readbackTokens = ['READBACK_TOKEN', 'SECOND_READBACK_TOKEN'];

/** What a program gets that needs nothing of a run, such as a compiler. */
export const toolEnvironment = (env: Environment): Environment => pick(env, common);

/** GOMAXPROCS and GOMEMLIMIT keep a generator within what a container may use; they change nothing of what it sends. */
export function generatorEnvironment(env: Environment, folderWithoutConfig: string): Environment {
  return {
    ...pick(env, [
      ...ofSystem('generator'),
      'SSL_CERT_FILE',
      'WEBHOOK_TOKEN',
      'WEBHOOK_SECRET',
      'LOGIN_EMAIL',
      'LOGIN_PASSWORD',
      ...secondTenantVariables,
      ...readbackTokens,
      ...tlsFileNames,
    ]),
    // A k6 without our Go module has no other setting for it. Go still reads the authorities in the system's folders.
    ...(env.TLS_CA_FILE ? { SSL_CERT_FILE: env.TLS_CA_FILE } : {}),
    // k6 takes options (rps, blacklistIPs) from a file k6/config.json in the user's folder of settings: there is none here.
    HOME: folderWithoutConfig,
    XDG_CONFIG_HOME: folderWithoutConfig,
    K6_NO_USAGE_REPORT: 'true',
    // A stock k6 would fetch another build from the network.
    K6_AUTO_EXTENSION_RESOLUTION: 'false',
  };
}

export function monitorEnvironment(env: Environment): Environment {
  // Tokens and secrets of webhooks and read-back are hidden in the lines that it keeps of the server's log.
  const hidden = [
    ...['WEBHOOK_TOKEN', 'WEBHOOK_SECRET', 'SECOND_WEBHOOK_TOKEN', 'SECOND_WEBHOOK_SECRET'],
    ...readbackTokens,
  ];
  const asked = ['MONITORING_TOKEN', 'MONITOR_REDIS_URL', 'MONITOR_POSTGRES_URL'];
  // Our build of k6 asks the kernel how processes end, wherever it lies.
  return pick(env, [...ofSystem('monitor'), 'SSL_CERT_FILE', ...asked, ...hidden, ...tlsFileNames, 'K6_BIN']);
}

/** docker, podman and nerdctl, which are asked for the id of a container: what the monitor has of the system. */
export const containerEnvironment = (env: Environment): Environment => pick(env, ofSystem('monitor'));

export function backendEnvironment(env: Environment): Environment {
  const logIns = ['LOGIN_EMAIL', 'LOGIN_PASSWORD', 'SECOND_LOGIN_EMAIL', 'SECOND_LOGIN_PASSWORD'];
  return pick(env, [...common, 'BACKEND_REDIS_URL', 'BACKEND_POSTGRES_URL', ...logIns]);
}

/**
 * The read-back command is the user's own program, as are the server of --exec, what makes it collect, and the program of a kubeconfig:
 * it gets the user's environment, but of our secrets only those that its words name, as in `sh -c 'psql "$BACKEND_POSTGRES_URL" …'`.
 */
export function readbackEnvironment(env: Environment, command: readonly string[]): Environment {
  const kept = secretNames.filter((name) => command.some((word) => word.includes(name)));
  const withheld = new Set(secretNames.filter((name) => !kept.includes(name)));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !withheld.has(name)));
}

const proxyNames = /^(?:https?|all|no)_proxy$/i;
/** They would change how the runner's Go and Node children speak HTTP. */
const runtimeNames = ['GODEBUG', 'NODE_OPTIONS', 'NODE_USE_ENV_PROXY', 'NODE_TLS_REJECT_UNAUTHORIZED'];
/** The runner sets these itself, or leaves them at their defaults. */
const ownNames = namesIn(variableGroups.internal, variableGroups.alone);

/** Names of the variables that are set and that no child of a run gets, to be named once. */
export function ignoredNames(env: Environment): readonly string[] {
  return Object.keys(env)
    .filter(
      (name) =>
        (name.startsWith('K6_') && name !== 'K6_BIN') ||
        proxyNames.test(name) ||
        runtimeNames.includes(name) ||
        ownNames.includes(name),
    )
    .toSorted();
}
