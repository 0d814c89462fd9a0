import { readFileSync } from 'node:fs';
import { listed } from '../../contract/profile/given-webhooks.ts';
import { variables } from '../environment-variables.ts';
import { tlsFileNames } from '../tls-files.ts';

type Env = Readonly<Record<string, string | undefined>>;

const lists: readonly string[] = ['WEBHOOK_TOKEN', 'WEBHOOK_SECRET'];
const secretsOfGenerator = variables.filter(({ readBy, secret }) => secret && readBy.includes('generator'));
const plainOfPod = ['LOGIN_EMAIL', 'SECOND_LOGIN_EMAIL'];

/** What generators elsewhere need of the runner's environment. */
export interface PodSecrets {
  /** Name of a variable, and what its file holds. */
  readonly data: Readonly<Record<string, string>>;
  /** Those of `data` whose variable names the file itself. */
  readonly files: readonly string[];
  readonly plain: Readonly<Record<string, string>>;
}

/** @param env with what the files of secrets hold, as Environment.all has it. */
export function podSecrets(env: Env, token: string): PodSecrets {
  const hidden = secretsOfGenerator.flatMap(({ name }) => {
    const value = env[name];
    if (value === undefined || value === '') return [];
    // Of several values a file holds one a line.
    return [[name, lists.includes(name) ? listed(value).join('\n') : value] as const];
  });
  const files = tlsFileNames.flatMap((name) => {
    const path = env[name];
    return path === undefined || path === '' ? [] : [[name, readFileSync(path, 'utf8')] as const];
  });
  return {
    data: { ...Object.fromEntries([...hidden, ...files]), GENERATOR_TOKEN: token },
    files: files.map(([name]) => name),
    plain: Object.fromEntries(plainOfPod.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
  };
}
