import cluster from 'node:cluster';
import { describeFaults, faultNames } from '../../backend/fault-table.ts';
import { parseFaults } from '../../backend/faults.ts';
import type { BackendSettings } from '../../backend/settings.ts';
import { limiterNames } from '../../backend/store/limiters/limiter.ts';
import { runSupervisor } from '../../backend/supervisor.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { parseOptions } from '../parse-options.ts';

/** What the environment may give. Secrets have no option: arguments of a process are public. */
export interface BackendEnvironment {
  readonly redisUrl?: string;
  readonly postgresUrl?: string;
  readonly email?: string;
  readonly password?: string;
}

const help = `webhook-stress backend: run the embedded webhook backend until SIGTERM or SIGINT

  --port N             port to listen on, 0 for a free one (default 8000)
  --host ADDRESS       address to listen on (default 127.0.0.1)
  --workers N          worker processes (default 2)
  --limiter KIND       ${limiterNames.join(', ')} (default sliding)
  --limit N            signals admitted per webhook and window; what a bucket gains in this time (default 10)
  --window-ms N        the limiter's window (default 1000)
  --burst N            what a bucket holds (default: --limit)
  --ttl-ms N           how long a repeat is recognized, 0 for never (default 1000)
  --idempotency-order ORDER
                       before-limiter (default) or after-limiter: then a repeat uses quota, too
  --redis URL          keep limiter and idempotency in Redis; BACKEND_REDIS_URL does the same and stays out of
                       the process list, where a URL with a password does not belong
  --postgres URL       keep webhooks and signals in PostgreSQL, in a schema webhook_stress that is made anew at
                       each start; likewise BACKEND_POSTGRES_URL. With both, PostgreSQL decides while Redis is lost
  --keep-data          keep what an earlier start left in PostgreSQL
  --email ADDRESS      who may log in (default LOGIN_EMAIL, else stress@example.com); the password is LOGIN_PASSWORD,
                       else stress-password
  --fault NAME[=VALUE] break it on purpose; may be given several times
  --stop-with-stdin    stop when stdin closes, too
  --help               this text

SIGHUP replaces the workers one by one without losing a request. When ready it prints one line of JSON to stdout:
{"ready":true,"port":8000,"pid":1,"workers":[2,3]}. Its log goes to stderr.

Faults:
${describeFaults()}
`;

const options = {
  port: { type: 'string', default: '8000' },
  host: { type: 'string', default: '127.0.0.1' },
  workers: { type: 'string', default: '2' },
  limit: { type: 'string', default: '10' },
  'window-ms': { type: 'string', default: '1000' },
  'ttl-ms': { type: 'string', default: '1000' },
  limiter: { type: 'string', default: 'sliding' },
  burst: { type: 'string' },
  'idempotency-order': { type: 'string', default: 'before-limiter' },
  'keep-data': { type: 'boolean', default: false },
  redis: { type: 'string' },
  postgres: { type: 'string' },
  email: { type: 'string' },
  fault: { type: 'string', multiple: true },
  'stop-with-stdin': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const parse = (args: readonly string[]) =>
  parseOptions('backend', { args: [...args], options, allowPositionals: false }).values;

/**
 * The command `backend`: the embedded backend's supervisor, or one of its workers where the supervisor started this process.
 * @param args what follows the verb.
 * @returns the exit code, when the backend has stopped. Throws an ExpectedError that tells all problems of the arguments.
 */
export async function backend(args: string[], env: BackendEnvironment): Promise<number> {
  // The supervisor serves no request: it starts sooner without the web server.
  if (cluster.isWorker) return (await import('../../backend/worker.ts')).runWorker();
  const values = parse(args);
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  return runSupervisor(settingsFrom(values, env), values['stop-with-stdin'], ({ port, workers }) => {
    process.stdout.write(`${JSON.stringify({ ready: true, port, pid: process.pid, workers })}\n`);
  });
}

function settingsFrom(values: ReturnType<typeof parse>, env: BackendEnvironment): BackendSettings {
  const problems: string[] = [];

  function wholeNumber(
    name: 'port' | 'workers' | 'limit' | 'window-ms' | 'burst' | 'ttl-ms',
    least: number,
    most: number,
    text = values[name] ?? '',
  ) {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least || value > most) {
      problems.push(`--${name} is "${text}"; it must be a whole number from ${least} to ${most}`);
    }
    return value;
  }

  function choice<T extends string>(name: 'limiter' | 'idempotency-order', allowed: readonly [T, ...T[]]): T {
    const found = allowed.find((value) => value === values[name]);
    if (found === undefined) problems.push(`--${name} is "${values[name]}"; it must be one of ${allowed.join(', ')}`);
    return found ?? allowed[0];
  }

  /** The URL's text never goes into a message: it may hold a password. */
  function storeUrl(text: string | undefined, names: string, protocols: readonly string[]): string | null {
    if (text === undefined || text === '') return null;
    if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol)) {
      problems.push(`${names} must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`);
    }
    return text;
  }

  const { faults, problems: faultProblems } = parseFaults(values.fault ?? []);
  const settings: BackendSettings = {
    host: values.host,
    port: wholeNumber('port', 0, 65_535),
    workers: wholeNumber('workers', 1, 64),
    limiter: choice('limiter', limiterNames),
    limit: wholeNumber('limit', 1, 1_000_000),
    windowMs: wholeNumber('window-ms', 1, 3_600_000),
    burst: wholeNumber('burst', 1, 1_000_000, values.burst ?? values.limit),
    ttlMs: wholeNumber('ttl-ms', 0, 3_600_000),
    limiterFirst: choice('idempotency-order', ['before-limiter', 'after-limiter']) === 'after-limiter',
    redisUrl: storeUrl(values.redis ?? env.redisUrl, '--redis or BACKEND_REDIS_URL', ['redis:', 'rediss:']),
    postgresUrl: storeUrl(values.postgres ?? env.postgresUrl, '--postgres or BACKEND_POSTGRES_URL', [
      'postgres:',
      'postgresql:',
    ]),
    keepData: values['keep-data'],
    email: values.email ?? env.email ?? 'stress@example.com',
    password: env.password ?? 'stress-password',
    faults,
  };
  problems.push(...faultProblems);
  const redisLoss = faultNames.find((name) => name.startsWith('redis-loss') && faults[name] !== undefined);
  if (redisLoss !== undefined && settings.redisUrl === null) problems.push(`--fault ${redisLoss} needs --redis`);
  if (problems.length > 0) throw new ExpectedError(`backend: ${problems.join('; ')}`);
  return settings;
}
