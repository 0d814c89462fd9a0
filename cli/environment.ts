import { readFileSync } from 'node:fs';
import { listed } from '../contract/profile/given-webhooks.ts';

// The one place on the Node side that reads the environment.

/** Secrets that may come from a file instead, which <NAME>_FILE names; of several values one a line. */
const fromFiles = ['WEBHOOK_TOKEN', 'WEBHOOK_SECRET', 'LOGIN_PASSWORD', 'MONITORING_TOKEN'] as const;

const problems: string[] = [];

/** The environment with what the files hold in place of their names, for this process and those that it starts. */
function withFiles(given: NodeJS.ProcessEnv): Readonly<Record<string, string | undefined>> {
  const env: Record<string, string | undefined> = { ...given };
  for (const name of fromFiles) {
    const path = env[`${name}_FILE`] || null;
    delete env[`${name}_FILE`];
    if (path === null) continue;
    if (env[name]) {
      problems.push(`${name} and ${name}_FILE are both set; give one`);
      continue;
    }
    try {
      const text = readFileSync(path, 'utf8').trim();
      if (text === '') problems.push(`${name}_FILE names ${path}, which is empty`);
      // A value a line, also where there is one: so that a comma in it is part of it.
      else env[name] = name.startsWith('WEBHOOK') ? `${text}\n` : text;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      problems.push(`${name}_FILE names ${path}, which cannot be read (${code})`);
    }
  }
  return env;
}

const env = withFiles(process.env);

/** Unset and empty are the same: not given. */
function given(name: string): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}

/** Without the keys that are undefined, as optional properties want it. */
function present<Key extends string>(fields: Record<Key, string | undefined>): { readonly [K in Key]?: string } {
  const kept: { [K in Key]?: string } = {};
  for (const key in fields) {
    const value = fields[key];
    if (value !== undefined) kept[key] = value;
  }
  return kept;
}

export const environment = {
  /** All of it: scenarios read sizes and profile by name, and k6 is given it as it is. */
  all: env,
  /** What is wrong with the files of secrets, one sentence each; whatever needs a secret tells it before it begins. */
  problems: problems as readonly string[],
  baseUrl: given('BASE_URL') ?? null,
  allowHosts: listed(env.ALLOW_HOST),
  /** A ready profile's name or a file. */
  targetProfile: given('STRESS_PROFILE') ?? null,
  k6Binary: given('K6_BIN') ?? null,
  searchPath: env.PATH ?? '',
  webhooks: { tokens: listed(env.WEBHOOK_TOKEN), secrets: listed(env.WEBHOOK_SECRET) },
  /** What must never reach a file or a terminal. */
  secrets: [
    ...listed(env.WEBHOOK_TOKEN),
    ...listed(env.WEBHOOK_SECRET),
    ...['LOGIN_PASSWORD', 'MONITORING_TOKEN', 'BACKEND_REDIS_URL', 'BACKEND_POSTGRES_URL'].flatMap(
      (name) => given(name) ?? [],
    ),
  ],
  backend: present({
    redisUrl: given('BACKEND_REDIS_URL'),
    postgresUrl: given('BACKEND_POSTGRES_URL'),
    email: given('LOGIN_EMAIL'),
    password: given('LOGIN_PASSWORD'),
  }),
  monitor: present({ monitoringToken: given('MONITORING_TOKEN') }),
} as const;
