// The one place on the Node side that reads the environment.

const env = process.env;

function list(name: string): readonly string[] {
  return (env[name] ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
}

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
  all: env as Readonly<Record<string, string | undefined>>,
  baseUrl: given('BASE_URL') ?? null,
  allowHosts: list('ALLOW_HOST'),
  k6Binary: given('K6_BIN') ?? null,
  searchPath: env.PATH ?? '',
  /** How many webhooks are given. */
  webhooks: { tokens: list('WEBHOOK_TOKEN').length, secrets: list('WEBHOOK_SECRET').length },
  /** What must never reach a file or a terminal. */
  secrets: [
    ...list('WEBHOOK_TOKEN'),
    ...list('WEBHOOK_SECRET'),
    ...['LOGIN_PASSWORD', 'MONITORING_TOKEN', 'TARGET_REDIS_URL', 'TARGET_POSTGRES_URL'].flatMap(
      (name) => given(name) ?? [],
    ),
  ],
  target: present({
    redisUrl: given('TARGET_REDIS_URL'),
    postgresUrl: given('TARGET_POSTGRES_URL'),
    email: given('LOGIN_EMAIL'),
    password: given('LOGIN_PASSWORD'),
  }),
  monitor: present({ monitoringToken: given('MONITORING_TOKEN') }),
} as const;
