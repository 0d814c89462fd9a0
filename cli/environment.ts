import { readFileSync } from 'node:fs';
import { isSystemError } from '../contract/journal/unwritable-file.ts';
import { listed } from '../contract/profile/given-webhooks.ts';
import type { TlsTrust } from '../monitor/probes/pinned-agent.ts';
import type { StoreUrls } from '../monitor/stores/watch-stores.ts';
import { secretNames } from './environment-variables.ts';
import { partsOfStoreUrls, storeUrlProblems } from './store-urls.ts';
import { readTlsFiles } from './tls-files.ts';

// The one place on the Node side that reads the environment; all else is given it.

export type Env = Readonly<Record<string, string | undefined>>;

/** That of this process. It holds secrets. */
export let ownEnvironment: Env = process.env;

/**
 * Takes the secrets out of what children of this process inherit, and keeps them for itself. A library that starts a program gives it all
 * that the process has, as pidusage does with `ps`.
 */
export function withholdSecrets(): void {
  ownEnvironment = { ...process.env };
  for (const name of secretNames) delete process.env[name];
}

/** What the environment gives a command. It holds secrets. */
export interface Environment {
  /** All of it, with what the files of secrets hold in place of their names. */
  readonly all: Env;
  /** What is wrong with the files of secrets, one sentence each. A command that needs a secret reports it first. */
  readonly problems: readonly string[];
  readonly baseUrl: string | null;
  readonly allowHosts: readonly string[];
  /** A built-in profile's name or a file. */
  readonly targetProfile: string | null;
  readonly k6Binary: string | null;
  readonly searchPath: string;
  readonly webhooks: { readonly tokens: readonly string[]; readonly secrets: readonly string[] };
  /** What a read-back by URL asks with; empty if it is not set. */
  readonly readbackToken: string;
  readonly secondReadbackToken: string;
  /** Secrets whose file could not be read, which is among the problems. */
  readonly unread: readonly string[];
  /** What must never reach a file or a terminal. */
  readonly secrets: readonly string[];
  readonly backend: {
    readonly redisUrl?: string;
    readonly postgresUrl?: string;
    readonly email?: string;
    readonly password?: string;
    readonly secondEmail?: string;
    readonly secondPassword?: string;
  };
  readonly monitor: {
    readonly token: string | null;
    readonly stores: StoreUrls;
    /** What a monitor shows its clock and its file for. */
    readonly serviceToken: string | null;
  };
  /** What the agent of a generator elsewhere demands of the runner. */
  readonly generatorToken: string | null;
  /** What the files of TLS_CA_FILE, TLS_CERT_FILE and TLS_KEY_FILE hold; null without them. */
  readonly trust: TlsTrust | null;
}

/** Of several values one a line. */
const lists: readonly string[] = ['WEBHOOK_TOKEN', 'WEBHOOK_SECRET'];

/** A secret's value from the file that NAME_FILE names, or what is wrong with it. */
function fromFile(name: string, path: string): { readonly value: string } | { readonly problem: string } {
  try {
    const text = readFileSync(path, 'utf8').trim();
    if (text === '') return { problem: `${name}_FILE names ${path}, which is empty` };
    // One value a line, also if there is only one: a comma is then part of it.
    return { value: lists.includes(name) ? `${text}\n` : text };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const code = 'code' in error ? String(error.code) : error.message;
    return { problem: `${name}_FILE names ${path}, which cannot be read (${code})` };
  }
}

function withFiles(given: Env): {
  readonly env: Env;
  readonly problems: readonly string[];
  readonly unread: readonly string[];
} {
  const env: Record<string, string | undefined> = { ...given };
  const problems: string[] = [];
  const unread: string[] = [];
  for (const name of secretNames) {
    const path = env[`${name}_FILE`] || null;
    delete env[`${name}_FILE`];
    if (path === null) continue;
    if (env[name]) {
      problems.push(`${name} and ${name}_FILE are both set; give one`);
      continue;
    }
    const read = fromFile(name, path);
    if ('problem' in read) {
      problems.push(read.problem);
      unread.push(name);
    } else env[name] = read.value;
  }
  return { env, problems, unread };
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

/** Reads the environment, and the files of secrets that it names. */
export function readEnvironment(given: Env = ownEnvironment): Environment {
  const { env, problems, unread } = withFiles(given);
  const tls = readTlsFiles(env);
  const value = (name: string): string | undefined => env[name] || undefined;
  return {
    all: { ...env, ...tls.paths },
    problems: [...problems, ...tls.problems, ...storeUrlProblems(env)],
    baseUrl: value('BASE_URL') ?? null,
    allowHosts: listed(env.ALLOW_HOST),
    targetProfile: value('STRESS_PROFILE') ?? null,
    k6Binary: value('K6_BIN') ?? null,
    searchPath: env.PATH ?? '',
    webhooks: { tokens: listed(env.WEBHOOK_TOKEN), secrets: listed(env.WEBHOOK_SECRET) },
    readbackToken: value('READBACK_TOKEN')?.trim() ?? '',
    secondReadbackToken: value('SECOND_READBACK_TOKEN')?.trim() ?? '',
    unread,
    secrets: [
      ...secretNames.flatMap((name) => (lists.includes(name) ? listed(env[name]) : (value(name)?.trim() ?? []))),
      ...partsOfStoreUrls(env),
    ],
    backend: present({
      redisUrl: value('BACKEND_REDIS_URL'),
      postgresUrl: value('BACKEND_POSTGRES_URL'),
      email: value('LOGIN_EMAIL'),
      password: value('LOGIN_PASSWORD'),
      secondEmail: value('SECOND_LOGIN_EMAIL'),
      secondPassword: value('SECOND_LOGIN_PASSWORD'),
    }),
    monitor: {
      token: value('MONITORING_TOKEN') ?? null,
      serviceToken: value('MONITOR_TOKEN') ?? null,
      stores: { redis: value('MONITOR_REDIS_URL') ?? null, postgres: value('MONITOR_POSTGRES_URL') ?? null },
    },
    generatorToken: value('GENERATOR_TOKEN') ?? null,
    trust: tls.trust,
  };
}

/** What a pipeline adds to a command. */
export interface Pipeline {
  /** Further arguments, as a text. */
  readonly args: string;
  /** Where a step of GitHub leaves its outputs and its summary; null elsewhere. */
  readonly github: { readonly outputFile: string | null; readonly summaryFile: string | null } | null;
}

export function readPipeline(given: Env = ownEnvironment): Pipeline {
  const file = (name: string): string | null => given[name] || null;
  return {
    args: given.STRESS_ARGS ?? '',
    github:
      given.GITHUB_ACTIONS === 'true'
        ? { outputFile: file('GITHUB_OUTPUT'), summaryFile: file('GITHUB_STEP_SUMMARY') }
        : null,
  };
}
