interface FaultDescription {
  readonly breaks: string;
  /** What may follow the name after `=`; null means the fault takes none. */
  readonly value: { readonly unit: FaultUnit; readonly default: number } | null;
  /** The option without which nothing is broken. */
  readonly needs?: FaultNeed;
}

export type FaultNeed =
  | '--signature, such as github'
  | '--signature with a tolerance, such as stripe'
  | '--keys-of client'
  | '--keys-of client or all'
  | '--penalty-ms'
  | '--redis';

type FaultUnit = 'SECONDS' | 'BYTES' | 'MS' | 'N' | 'MS_PER_1000_REQUESTS' | FaultShareUnit;
/** A share of the occasions, drawn at random for each. */
export type FaultShareUnit = 'PERCENT' | 'PER_TEN_THOUSAND';

const percent = (byDefault: number) => ({ unit: 'PERCENT', default: byDefault }) as const;

/** Every fault that can be injected into the backend. Each is a few lines beside the healthy path that it breaks: search for its name. */
export const faultTable = {
  'limiter-absent': { breaks: 'no request is ever limited', value: null },
  'limiter-race': {
    breaks: 'the limiter checks, and takes the place in a second round-trip to the store',
    value: null,
  },
  'limiter-plus-one': { breaks: 'the limiter admits one more than its limit', value: null },
  'limiter-per-worker': { breaks: 'each worker counts for itself', value: null },
  'limiter-fixed': { breaks: 'the limiter counts in fixed windows, whatever kind is asked for', value: null },
  'limiter-blocks-some': { breaks: 'that share of signals is refused although there is room', value: percent(5) },
  'limiter-counts-refusals': { breaks: 'a refused request takes a place, too', value: null },
  'limiter-penalty-long': {
    breaks: 'the penalty time lasts that much too long, and Retry-After tells so',
    value: percent(50),
    needs: '--penalty-ms',
  },
  'limiter-forgets-retry-after': { breaks: 'a refusal has no Retry-After', value: null },
  'limiter-wrong-retry-after': { breaks: 'Retry-After is 0 s and 3600 s in turn', value: null },
  'limiter-epoch-retry-after': { breaks: 'Retry-After is a time in seconds since the epoch', value: null },
  'limiter-wrong-remaining': { breaks: 'RateLimit says that all of the limit remains', value: null },
  'limiter-trusts-forwarded': {
    breaks: 'each value of X-Forwarded-For that a client gives has a count of its own',
    value: null,
  },
  'limiter-global': { breaks: 'all webhooks share one count', value: null },

  'idempotency-race': {
    breaks: 'the key is looked up, and remembered in a second round-trip to the store',
    value: null,
  },
  'idempotency-per-worker': { breaks: 'each worker remembers keys for itself', value: null },
  'processed-twice': {
    breaks: 'that share of accepted signals is processed twice',
    value: { unit: 'PER_TEN_THOUSAND', default: 100 },
  },
  'duplicate-twice': {
    breaks: 'every n-th recognized duplicate is processed again although it is answered as a duplicate',
    value: { unit: 'N', default: 1 },
  },
  'ttl-short': { breaks: 'keys are forgotten that much too early', value: percent(10) },
  'ttl-long': { breaks: 'keys are remembered that much too long', value: percent(10) },
  'ttl-refreshed': { breaks: 'each duplicate prolongs the time in which its key is remembered', value: null },
  'keys-swept': {
    breaks: 'keys that have expired are forgotten at the next sweep, once in that time; without Redis',
    value: { unit: 'MS', default: 400 },
  },
  'key-ignores-ticker': { breaks: 'signals that differ in the ticker alone are taken for the same', value: null },
  'key-ignores-id': {
    breaks: 'signals of one action on a webhook are taken for one, and answered with the answer to the first',
    value: null,
  },
  'key-ignores-webhook': {
    breaks: 'signals of distinct webhooks that have the same id are taken for one',
    value: null,
  },
  'key-holds-webhook': {
    breaks: 'webhooks have keys of their own although they are to share them',
    value: null,
    needs: '--keys-of client or all',
  },
  'tenant-shared-keys': {
    breaks: 'two tenants share their keys: of the same signal from both, one is taken for a duplicate',
    value: null,
    needs: '--keys-of client',
  },
  'duplicates-use-quota': { breaks: 'the limiter counts a repeat before it is recognized', value: null },

  'lost-after-accept': { breaks: 'that share of signals is answered as accepted and never stored', value: percent(2) },
  'counter-lost': {
    breaks: "a webhook's total is read, and written in a second round-trip to the store; stored signals stay right",
    value: null,
  },
  'lock-short': {
    breaks: 'a signal is processed under a lock whose lease is shorter than the 20 ms that this takes',
    value: { unit: 'MS', default: 5 },
  },
  'lock-kept': {
    breaks:
      'a worker dies by SIGKILL once, while another request wants its lock, which is never released: repeats are answered as duplicates',
    value: null,
  },
  'worker-dies-holding-lock': {
    breaks: 'a worker dies in the same way; its lock is released with it, so that a repeat is processed once',
    value: null,
  },
  'abort-before-key': {
    breaks: 'a handler stops when its client has gone, and by then it has stored the signal and not its key',
    value: null,
  },
  'key-after-effect': {
    breaks: 'the signal is stored, and its key 20 ms later: a repeat that comes between the two is processed again',
    value: null,
  },
  'key-kept-after-abort': {
    breaks: 'a handler stops when its client has gone, and by then it has remembered the key and not stored the signal',
    value: null,
  },
  'abort-before-effect': {
    breaks: 'a handler stops in the same way with neither stored, so that a repeat is processed once',
    value: null,
  },
  'answers-pending': {
    breaks:
      'a repeat is answered 409 while its first is worked on, for 20 ms; no fault if the profile has a rule for pending',
    value: null,
  },
  'pending-kept': {
    breaks: 'the same, and a handler whose client has gone stops with its key in progress for ever',
    value: null,
  },
  'marks-replays': {
    breaks:
      'a repeat gets the first answer again, with Idempotent-Replayed: true; no fault if the profile has a rule for it',
    value: null,
  },
  'tells-changed': {
    breaks: 'a repeat with another payload is answered 422; no fault if the profile has a rule for changed',
    value: null,
  },
  'changed-processed': { breaks: 'a repeat with another price is processed as a new signal', value: null },
  'processed-later': {
    breaks: 'signals are stored that long after they were answered',
    value: { unit: 'MS', default: 500 },
  },
  'error-after-effect': {
    breaks: 'that share of signals is stored and answered with 500, and the key is forgotten',
    value: percent(20),
  },
  'redis-loss-open': { breaks: 'without Redis every signal is admitted', value: null, needs: '--redis' },
  'redis-loss-closed': { breaks: 'without Redis every signal is limited', value: null, needs: '--redis' },
  'redis-loss-forgets': {
    breaks: 'without Redis each worker counts anew, in its own memory',
    value: null,
    needs: '--redis',
  },

  'pool-leak': {
    breaks: 'that share of signals keeps a connection of the pool to PostgreSQL for ever',
    value: percent(5),
  },
  deadlocks: {
    breaks: 'that share of signals meets another in a deadlock of PostgreSQL, and is answered with an error',
    value: percent(2),
  },

  'accepts-any-signature': { breaks: 'a wrong secret or signature is taken for a right one', value: null },
  'accepts-missing-signature': { breaks: 'a signal without secret or signature is accepted', value: null },
  'accepts-malformed-signature': {
    breaks: 'a signature that is cut off or cannot be decoded is taken for a right one',
    value: null,
    needs: '--signature, such as github',
  },
  'fails-on-malformed-signature': {
    breaks: 'such a signature is answered with 500 instead of a refusal',
    value: null,
    needs: '--signature, such as github',
  },
  'accepts-stale': {
    breaks: 'the age of a signed timestamp is not checked',
    value: null,
    needs: '--signature with a tolerance, such as stripe',
  },
  'signs-reserialized-body': {
    breaks: 'the signature is computed over the body as it was parsed and written again',
    value: null,
    needs: '--signature, such as github',
  },
  'processes-refused': { breaks: 'a signal with a wrong secret or signature is refused, and processed', value: null },
  'key-before-check': {
    breaks: 'the key of a signal with a wrong secret or signature is remembered, and the signal refused',
    value: null,
  },

  'error-500': { breaks: 'that share of signals is answered with 500 before anything is done', value: percent(3) },
  slow: { breaks: 'signals are answered that late', value: { unit: 'MS', default: 1200 } },
  'slow-growing': {
    breaks: 'each signal is answered later than the one before it',
    value: { unit: 'MS_PER_1000_REQUESTS', default: 1000 },
  },
  hang: { breaks: 'that share of signals is processed and never answered', value: percent(2) },
  'broken-connections': {
    breaks: 'the connection is closed on that share of signals after they were read, before anything is done',
    value: percent(2),
  },
  'worker-sigkill': {
    breaks: 'a worker is killed by SIGKILL that long after the first signal',
    value: { unit: 'SECONDS', default: 5 },
  },
  leak: {
    breaks: 'each accepted signal keeps that many touched bytes in its worker for ever',
    value: { unit: 'BYTES', default: 65_536 },
  },
  'lazy-collector': {
    breaks:
      'each accepted signal leaves that many bytes of garbage, and workers have room for hundreds of megabytes before they collect it: no fault',
    value: { unit: 'BYTES', default: 65_536 },
  },
  'descriptor-leak': {
    breaks: 'that share of accepted signals leaves a file open in its worker for ever',
    value: percent(20),
  },
  freeze: {
    breaks: 'each worker stands still for that long, once, 3 s after its first signal; it uses no CPU meanwhile',
    value: { unit: 'MS', default: 6000 },
  },
  spin: { breaks: 'one worker uses all of a core from its first signal on, and still answers', value: null },
} as const satisfies Record<string, FaultDescription>;

export type FaultName = keyof typeof faultTable;
type FaultValue<F extends FaultName> = (typeof faultTable)[F]['value'];
export type ValuedFault = { [F in FaultName]: FaultValue<F> extends null ? never : F }[FaultName];
export type SharedFault = {
  [F in FaultName]: FaultValue<F> extends { unit: FaultShareUnit } ? F : never;
}[FaultName];

export const faultNames = Object.keys(faultTable) as readonly FaultName[];

/** The option that a fault needs; null if it needs none. */
export function faultNeed(name: FaultName): FaultNeed | null {
  const { needs }: FaultDescription = faultTable[name];
  return needs ?? null;
}

/** What a fault breaks, and the option that it needs. */
function meaningOf(name: FaultName): string {
  const need = faultNeed(name);
  return need === null ? faultTable[name].breaks : `${faultTable[name].breaks}; needs ${need}`;
}

/** Name and meaning of each fault, for help. */
export function faultItems(): readonly (readonly [usage: string, breaks: string])[] {
  return faultNames.map((name) => {
    const { value } = faultTable[name];
    const meaning = meaningOf(name);
    return value === null ? [name, meaning] : [`${name}[=${value.unit}]`, `${meaning} (default ${value.default})`];
  });
}

/** docs/faults.md. */
export function faultsPage(): string {
  const rows = faultNames.map((name) => {
    const { value } = faultTable[name];
    return `| \`${name}\` | ${value === null ? '' : `${value.unit}, ${value.default}`} | ${meaningOf(name)} |`;
  });
  return `# Faults of the embedded backend

\`webhook-stress backend --fault NAME[=VALUE]\` breaks the embedded backend on purpose, and \`webhook-stress run --fault …\` loads it so; several
may be given. Rules never see a fault's name. Races are real: what another request does between two round-trips to the store goes unseen.
This page is generated from \`backend/fault-table.ts\` by \`node --import tsx test/write-golden.ts\`.

| fault | value, default | what it breaks |
| --- | --- | --- |
${rows.join('\n')}
`;
}
