import { faultItems } from '../../backend/fault-table.ts';
import { limiterNames } from '../../backend/store/limiters/limiter.ts';
import { defaultLogin } from '../../contract/profile/default-login.ts';
import { foreverWord } from '../../contract/profile/key-life.ts';
import { exitCodes } from '../../contract/report/criteria.ts';
import { usageCode } from './exit-codes.ts';
import type { CommandTable } from './option.ts';
import { workerCount } from './worker-count.ts';

const hourInMs = 3_600_000;
const yearInMs = 31_536_000_000;

const options = {
  port: {
    kind: 'number',
    value: 'N',
    default: 8000,
    min: 0,
    max: 65_535,
    meaning: 'port to listen on; 0 takes a free one',
  },
  host: {
    kind: 'text',
    value: 'ADDRESS',
    default: '127.0.0.1',
    meaning: 'address to listen on; outside loopback LOGIN_PASSWORD must be set',
  },
  workers: { ...workerCount, meaning: 'worker processes' },
  limiter: {
    kind: 'choice',
    value: 'KIND',
    choices: limiterNames,
    default: 'sliding',
    meaning: 'kind of rate limiter',
  },
  limit: {
    kind: 'number',
    value: 'N',
    default: 10,
    min: 1,
    max: 1_000_000,
    meaning: 'signals admitted per webhook and window; what a bucket gains in this time',
  },
  'window-ms': { kind: 'number', value: 'MS', default: 1000, min: 1, max: hourInMs, meaning: 'window of the limiter' },
  burst: {
    kind: 'number',
    value: 'N',
    min: 1,
    max: 1_000_000,
    meaning: 'size of a bucket; the default is the value of --limit',
  },
  further: {
    kind: 'list',
    value: 'KIND:N:MS[:BURST]',
    meaning: 'a limit that holds at the same time, such as sliding:100:60000',
  },
  'penalty-ms': {
    kind: 'number',
    value: 'MS',
    default: 0,
    min: 0,
    max: hourInMs,
    meaning: 'how long everything is refused after a request beyond a limit',
  },
  'penalty-prolonged': { kind: 'flag', meaning: 'each refusal begins the penalty time anew' },
  'ttl-ms': {
    kind: 'number',
    value: 'MS',
    default: 1000,
    min: 0,
    max: yearInMs,
    words: { [foreverWord]: yearInMs },
    meaning: `how long a repeat is recognized; 0 recognizes none, ${foreverWord} keeps keys for ever`,
  },
  'idempotency-order': {
    kind: 'choice',
    value: 'ORDER',
    choices: ['before-limiter', 'after-limiter'],
    default: 'before-limiter',
    meaning: 'whether a repeat is recognized before the limiter counts it',
  },
  'keys-of': {
    kind: 'choice',
    value: 'SCOPE',
    choices: ['webhook', 'client', 'all'],
    default: 'webhook',
    meaning:
      'where a repeated key counts as the same signal. webhook: within one webhook; client: within all webhooks of one log-in; all: everywhere',
  },
  signature: {
    kind: 'text',
    value: 'NAME',
    meaning:
      'accept only signals that are signed as this ready profile declares (github, stripe, …), or as a secret section in JSON',
  },
  redis: {
    kind: 'text',
    value: 'URL',
    meaning: 'keep idempotency and limiter in this Redis. Set BACKEND_REDIS_URL instead if the URL holds a password',
    variable: 'BACKEND_REDIS_URL',
  },
  postgres: {
    kind: 'text',
    value: 'URL',
    meaning:
      'keep webhooks and signals in this PostgreSQL, in a schema that each start makes anew. With Redis too, PostgreSQL decides while Redis is lost',
    variable: 'BACKEND_POSTGRES_URL',
  },
  'keep-data': { kind: 'flag', meaning: 'keep what an earlier start left in PostgreSQL' },
  email: {
    kind: 'text',
    value: 'ADDRESS',
    meaning: `who may log in (default ${defaultLogin.email}). The password is LOGIN_PASSWORD, else ${defaultLogin.password}`,
    variable: 'LOGIN_EMAIL',
  },
  fault: { kind: 'list', value: 'NAME[=VALUE]', meaning: 'break it on purpose' },
  'stop-with-stdin': { kind: 'flag', meaning: 'also stop when stdin closes' },
} as const;

export const backendTable = {
  name: 'backend',
  summary: 'Run the embedded webhook backend until SIGTERM or SIGINT.',
  operands: '',
  maxOperands: 0,
  description: [
    'SIGHUP replaces the workers one by one without losing a request. When it is ready it prints one line of JSON to stdout: {"ready":true,"port":8000,"pid":1,"workers":[2,3]}. The log goes to stderr.',
  ],
  options,
  lists: [{ title: 'Faults', items: faultItems() }],
  examples: [
    ['webhook-stress backend --port 8000 --workers 4', 'four workers on port 8000'],
    ['webhook-stress backend --fault limiter-absent', 'a backend whose limiter does nothing'],
  ],
  exitCodes: [[exitCodes.passed, 'it was stopped'], usageCode],
} as const satisfies CommandTable<typeof options>;
