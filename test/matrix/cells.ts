import type { CriterionId } from '../../analysis/rules/registry.ts';
import { defaultScenarios, type ScenarioName } from '../../contract/plan/scenarios.ts';
import type { Status } from '../../contract/report/criteria.ts';
import type { Cell } from './cell.ts';

const fail: readonly Status[] = ['fail'];
const warn: readonly Status[] = ['warn'];
/** What follows from the fault by the way, on some machines and not on others. */
const any: readonly Status[] = ['pass', 'warn', 'fail', 'inconclusive', 'not-run'];

/** For the quick form: a window of half a second and a TTL of one, so that what waits for them is short. */
export const quickSizes = {
  LIMIT_WINDOW_MS: '500',
  IDEMPOTENCY_TTL_MS: '1000',
  READBACK_SETTLE_MS: '3000',
  REQUEST_TIMEOUT_MS: '3000',
  SUSTAINED_SECONDS: '6',
  LEAK_REQUESTS: '800',
  LEAK_SETTLE_SECONDS: '2',
  RATE_LIMIT_PROBE_SECONDS: '3',
  RATE_LIMIT_OFFSETS: '10',
  RATE_LIMIT_BURSTS: '25',
  IDEMPOTENCY_KEYS: '15',
  CONCURRENCY_ROUNDS: '4',
} as const;

type Expects = Readonly<Partial<Record<CriterionId, readonly Status[]>>>;

function broken(
  faults: string | readonly string[],
  scenarios: readonly ScenarioName[],
  expects: Expects,
  changes: Partial<Cell> = {},
): Cell {
  const list = typeof faults === 'string' ? [faults] : faults;
  const { store = 'memory', workers = 2 } = changes;
  return {
    name: `${list.join(' and ')}; ${store}, ${workers} workers`,
    faults: list,
    store,
    workers,
    limiter: 'sliding',
    scenarios,
    signature: null,
    sizes: {},
    event: null,
    expects,
    quick: store === 'memory',
    ...changes,
  };
}

const signedAs = (what: string, signature: string): Partial<Cell> => ({
  name: `${what}; memory, 2 workers; signed as ${signature}`,
  signature,
});

/** The embedded backend takes it for a second tenant's. */
const secondLogin = { SECOND_LOGIN_EMAIL: 'second@example.com', SECOND_LOGIN_PASSWORD: 'second-password' } as const;

const wrongLimit: Expects = { 'rate-limiter': fail, 'limited-share': any, 'success-rate': any };
const wrongOnce: Expects = { 'exactly-once': fail };

const limiterFaults: readonly Cell[] = [
  broken('limiter-race', ['rate-limit'], wrongLimit),
  broken('limiter-race', ['rate-limit'], wrongLimit, { store: 'redis', workers: 4 }),
  broken('limiter-plus-one', ['rate-limit'], wrongLimit),
  broken('limiter-plus-one', ['rate-limit'], wrongLimit, { store: 'redis' }),
  broken('limiter-per-worker', ['rate-limit'], wrongLimit),
  broken('limiter-per-worker', ['rate-limit'], wrongLimit, { workers: 4, quick: false }),
  broken('limiter-absent', ['rate-limit'], { 'rate-limiter': fail, 'limited-share': fail, 'success-rate': any }),
  broken('limiter-fixed', ['rate-limit'], wrongLimit),
  broken('limiter-blocks-some', ['hft', 'rate-limit'], wrongLimit),
  broken('limiter-counts-refusals', ['rate-limit'], wrongLimit),
  broken('limiter-global', ['rate-limit'], wrongLimit),
  broken('limiter-penalty-long', ['rate-limit'], wrongLimit, { sizes: { LIMIT_PENALTY_MS: '1000' } }),
  broken('limiter-forgets-retry-after', ['rate-limit'], { 'rate-limiter': warn }),
  // The quick form has one header that is wrong; test/e2e/stress-limit-headers.test.ts has others.
  ...['limiter-wrong-retry-after', 'limiter-epoch-retry-after', 'limiter-wrong-remaining'].map((fault) =>
    broken(fault, ['rate-limit'], { 'rate-limiter': warn }, { quick: false }),
  ),
  broken('limiter-trusts-forwarded', ['rate-limit'], { 'rate-limiter': warn }),
  broken('duplicates-use-quota', ['hft', 'idempotency'], {
    'rate-limiter': fail,
    'success-rate': any,
    'exactly-once': any,
  }),
];

// A tenth of the quick TTL is 100 ms: on a full machine, answers take longer, and only larger faults of a TTL show.
const onceFaults: readonly Cell[] = [
  broken('idempotency-race', ['burst', 'idempotency'], { ...wrongOnce, 'rate-limiter': any, 'success-rate': any }),
  broken(
    'idempotency-race',
    ['burst', 'idempotency'],
    { ...wrongOnce, 'rate-limiter': any, 'success-rate': any },
    {
      store: 'redis',
      workers: 4,
    },
  ),
  broken('idempotency-per-worker', ['idempotency'], { ...wrongOnce, 'success-rate': any }),
  broken('processed-twice', ['sustained', 'idempotency'], wrongOnce),
  broken('duplicate-twice', ['burst'], wrongOnce),
  broken('ttl-short', ['idempotency'], wrongOnce, { quick: false }),
  broken('ttl-short=60', ['idempotency'], wrongOnce),
  // These three are in test/e2e/stress-idempotency.test.ts, too, with the words that they bring.
  broken('keys-swept', ['idempotency'], { ...wrongOnce, 'success-rate': any }, { quick: false }),
  broken(['marks-replays', 'tells-changed'], ['idempotency'], {}, { quick: false }),
  // The profile of the embedded backend does not say what becomes of another price.
  broken('changed-processed', ['idempotency'], {}, { quick: false }),
  broken('ttl-long', ['idempotency'], { ...wrongOnce, 'success-rate': any }, { quick: false }),
  broken('ttl-long=60', ['idempotency'], { ...wrongOnce, 'success-rate': any }),
  broken('ttl-refreshed', ['idempotency'], { ...wrongOnce, 'success-rate': any }),
  broken('key-ignores-id', ['concurrency', 'idempotency'], { ...wrongOnce, 'success-rate': any, 'rate-limiter': any }),
  broken('key-ignores-ticker', ['idempotency'], { ...wrongOnce, 'success-rate': any }),
  broken('key-ignores-webhook', ['idempotency'], { ...wrongOnce, 'success-rate': any }, { quick: false }),
  broken('key-holds-webhook', ['idempotency'], wrongOnce, { sizes: { IDEMPOTENCY_SCOPE: 'all' }, quick: false }),
  broken('tenant-shared-keys', ['idempotency'], wrongOnce, {
    sizes: { IDEMPOTENCY_SCOPE: 'client', ...secondLogin },
    quick: false,
  }),
  broken('lost-after-accept', ['sustained', 'concurrency'], wrongOnce),
  broken('counter-lost', ['concurrency'], wrongOnce),
  broken('error-500', ['burst', 'concurrency', 'idempotency'], {
    ...wrongOnce,
    // A false signal, too, may be answered with a server error.
    authentication: ['pass', 'warn'],
    'error-rate': any,
    'success-rate': any,
  }),
  broken('lock-short', ['burst', 'idempotency'], {
    ...wrongOnce,
    'success-rate': any,
    'average-response-time': any,
    'any-response': any,
  }),
  broken('lock-kept', ['burst', 'idempotency'], {
    ...wrongOnce,
    'worker-crashes': fail,
    'success-rate': any,
    'error-rate': any,
  }),
  broken('worker-dies-holding-lock', ['burst', 'idempotency'], {
    'worker-crashes': fail,
    'success-rate': any,
    'error-rate': any,
    'exactly-once': any,
  }),
  ...['abort-before-key', 'key-after-effect', 'key-kept-after-abort'].map((fault) =>
    broken(fault, ['redelivery'], wrongOnce),
  ),
  broken('error-after-effect', ['redelivery'], { ...wrongOnce, 'error-rate': any, 'success-rate': any }),
  broken('abort-before-effect', ['redelivery'], {}),
  broken('answers-pending', ['redelivery'], {}),
  broken(
    'pending-kept',
    ['redelivery'],
    { ...wrongOnce, 'success-rate': any },
    { sizes: { IDEMPOTENCY_TTL_MS: '60000' } },
  ),
  broken('processed-later', ['burst'], {}),
  broken('error-500=20', ['redelivery'], { 'error-rate': any, 'success-rate': any }),
  broken('abort-before-key', ['redelivery'], wrongOnce, { store: 'redis' }),
  broken('abort-before-effect', ['redelivery'], {}, { store: 'redis' }),
  broken('processed-twice=1', ['idempotency'], wrongOnce, {
    sizes: { SIZE: 'thorough' },
    quick: false,
  }),
];

/** Where an answer takes as long as the window, hardly any request surely had to be admitted. */
const longWindow = (windowMs: number) => ({
  sizes: { LIMIT_WINDOW_MS: String(windowMs), SUSTAINED_SECONDS: '10' },
});
const slowness: Expects = { 'average-response-time': fail, 'any-response': fail };

const otherFaults: readonly Cell[] = [
  broken('worker-sigkill=1', ['hft'], {
    'worker-crashes': fail,
    'success-rate': any,
    'error-rate': any,
    'exactly-once': any,
  }),
  broken('leak=250000', ['sustained'], { 'memory-growth': fail }),
  broken('leak=262144', ['memory-leak'], { 'memory-leak': fail }),
  // A heap that is collected when it likes hides small leaks: no accusation, but at times no verdict either.
  broken('lazy-collector', ['memory-leak'], { 'memory-leak': ['pass', 'inconclusive'] }),
  broken('descriptor-leak', ['sustained'], { descriptors: warn }),
  broken('descriptor-leak=10', ['memory-leak'], { descriptors: warn }, { quick: false }),
  broken(
    'freeze=6000',
    ['sustained'],
    {
      ...{ responsiveness: ['warn', 'fail'], 'any-response': fail },
      ...{ 'average-response-time': any, 'p95-response-time': any, 'success-rate': any, 'error-rate': any },
      ...{ 'exactly-once': any, 'rate-limiter': any },
    },
    { sizes: { SUSTAINED_SECONDS: '15', REQUEST_TIMEOUT_MS: '10000' }, quick: false },
  ),
  broken('spin', ['sustained'], { cpu: warn }, { sizes: { SUSTAINED_SECONDS: '20' }, quick: false }),
  broken(
    'slow=1200',
    ['sustained'],
    { ...slowness, 'p95-response-time': fail, 'memory-growth': any },
    longWindow(5000),
  ),
  broken(
    'slow-growing=2500',
    ['sustained'],
    // Signals that wait for an answer leave the capacity open: few are certain to be entitled to admission.
    { 'any-response': fail, 'average-response-time': any, 'p95-response-time': any, 'success-rate': any },
    longWindow(1000),
  ),
  broken('hang', ['hft'], {
    'any-response': fail,
    // A burst with an answer missing proves nothing.
    'rate-limiter': any,
    'average-response-time': any,
    'success-rate': any,
    'error-rate': any,
    'exactly-once': any,
  }),
  broken('broken-connections', ['burst', 'concurrency', 'idempotency'], {
    ...wrongOnce,
    authentication: ['pass', 'warn', 'inconclusive'],
    'error-rate': any,
    'success-rate': any,
  }),
  broken('broken-connections=15', ['sustained'], { 'success-rate': fail, 'error-rate': any, 'exactly-once': any }),
];

/** Not in the quick form: test/e2e/authentication.test.ts has them with smaller sizes. */
const authenticationFaults: readonly Cell[] = [
  ...['accepts-any-signature', 'accepts-missing-signature', 'processes-refused', 'key-before-check'].flatMap(
    (fault) => [
      broken(fault, ['idempotency'], { authentication: fail }, { quick: false }),
      broken(
        fault,
        ['idempotency'],
        { authentication: fail },
        { ...signedAs(fault, 'standard-webhooks'), quick: false },
      ),
    ],
  ),
  broken(
    'accepts-malformed-signature',
    ['idempotency'],
    { authentication: fail },
    { ...signedAs('accepts-malformed-signature', 'github'), quick: false },
  ),
  broken(
    'fails-on-malformed-signature',
    ['idempotency'],
    { authentication: warn },
    { ...signedAs('fails-on-malformed-signature', 'stripe'), quick: false },
  ),
  broken(
    'signs-reserialized-body',
    ['idempotency'],
    { authentication: warn },
    { ...signedAs('signs-reserialized-body', 'github'), quick: false },
  ),
  broken(
    'accepts-stale',
    ['idempotency'],
    { authentication: fail },
    { ...signedAs('accepts-stale', 'stripe'), quick: false },
  ),
];

const storeLoss: readonly Cell[] = [
  broken(
    [],
    ['rate-limit'],
    { 'database-and-redis': fail },
    {
      name: 'healthy, Redis dies: the limit is kept from PostgreSQL; 2 workers',
      store: 'redis and postgres',
      event: { what: 'crash redis', scenario: 'rate-limit', afterSignals: 200 },
      quick: true,
    },
  ),
  ...['redis-loss-open', 'redis-loss-closed', 'redis-loss-forgets'].map((fault) =>
    broken(
      fault,
      ['rate-limit'],
      { ...wrongLimit, 'database-and-redis': fail },
      {
        store: 'redis and postgres',
        workers: fault === 'redis-loss-forgets' ? 4 : 2,
        event: { what: 'crash redis', scenario: 'rate-limit', afterSignals: 200 },
        quick: fault !== 'redis-loss-closed',
      },
    ),
  ),
  broken(
    [],
    ['sustained'],
    { 'database-and-redis': fail, 'success-rate': fail, 'error-rate': any, 'exactly-once': any },
    {
      name: 'PostgreSQL crashes; 2 workers',
      store: 'postgres',
      event: { what: 'crash postgres', scenario: 'sustained', afterSignals: 200 },
      quick: true,
    },
  ),
];

const slowAndFailing: Expects = {
  ...{ 'success-rate': any, 'error-rate': any, 'average-response-time': any, 'p95-response-time': any },
  ...{ 'any-response': any, 'exactly-once': any },
};

const storeFaults: readonly Cell[] = ['pool-leak', 'deadlocks'].map((fault) =>
  broken(fault, ['sustained'], { ...slowAndFailing, 'database-and-redis': fail }, { store: 'postgres' }),
);

function healthy(changes: Partial<Cell> & Pick<Cell, 'scenarios'>): Cell {
  const { store = 'memory', workers = 2, limiter = 'sliding', event = null } = changes;
  const stall = event === null ? '' : ', generator stalls for 2 s';
  return {
    name: `healthy ${limiter}; ${store}, ${workers} workers; ${changes.scenarios.join(', ')}${stall}`,
    faults: [],
    store,
    workers,
    limiter,
    signature: null,
    sizes: {},
    event,
    expects: {},
    quick: false,
    ...changes,
  };
}

const kinds = ['sliding', 'fixed', 'fixed-from-first-hit', 'token-bucket', 'leaky-bucket'] as const;
const correctness: readonly ScenarioName[] = ['hft', 'burst', 'rate-limit', 'concurrency', 'idempotency'];

const healthyTwins: readonly Cell[] = [
  ...kinds.flatMap((limiter) => [
    healthy({ limiter, scenarios: correctness }),
    healthy({ limiter, scenarios: correctness, store: 'redis', workers: 4 }),
  ]),
  healthy({
    name: 'healthy sliding; keys of all webhooks',
    scenarios: ['idempotency'],
    sizes: { IDEMPOTENCY_SCOPE: 'all' },
    quick: false,
  }),
  healthy({
    name: 'healthy sliding; keys of a log-in, two tenants',
    scenarios: ['idempotency'],
    sizes: { IDEMPOTENCY_SCOPE: 'client', ...secondLogin },
    quick: false,
  }),
  healthy({ scenarios: correctness, workers: 1 }),
  healthy({ scenarios: correctness, workers: 4 }),
  healthy({ scenarios: correctness, store: 'postgres' }),
  healthy({ scenarios: correctness, store: 'redis and postgres' }),
  ...['github', 'stripe', 'slack', 'twilio', 'standard-webhooks'].map((name) =>
    healthy({ scenarios: ['idempotency'], ...signedAs('healthy sliding', name) }),
  ),
  healthy({ scenarios: ['sustained', 'memory-leak'] }),
  healthy({ scenarios: ['memory-leak'], store: 'redis and postgres' }),
  ...defaultScenarios
    .filter((name) => name !== 'memory-leak')
    .map((name) =>
      healthy({
        scenarios: [name],
        event: { what: 'stall generator', scenario: name, afterSignals: name === 'burst' ? 0 : 30 },
        quick: name === 'idempotency' || name === 'rate-limit',
        // The stall takes a sixth of a steady probe: if more than a quarter of its requests is missing, it is inconclusive.
        sizes: { RATE_LIMIT_PROBE_SECONDS: '12' },
        // What the stall holds back beyond the TTL is rightly processed again, and nobody knows when the first was.
        expects: name === 'redelivery' ? { 'exactly-once': ['pass', 'inconclusive'] } : {},
      }),
    ),
];

export const cells: readonly Cell[] = [
  ...limiterFaults,
  ...onceFaults,
  ...otherFaults,
  ...authenticationFaults,
  ...storeLoss,
  ...storeFaults,
  ...healthyTwins,
];
