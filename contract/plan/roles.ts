/**
 * What a phase is for. `code` stands in the ids of its signals, and is given once: see signal-id.ts. `second` is the code of
 * further signals of the same phase. `sends` says what it sends: N is the limit, W its window. Codes are one letter each, a to z and A to E, because a target with numeric ids has five bits for them.
 */
export const roles = {
  'hft.rapid': { name: 'part_a', code: 'a', sends: 'signals on one webhook as fast as possible, buy and sell in turn' },
  'hft.paced': { name: 'part_b', code: 'b', sends: 'signals at 80% of the limit each over other webhooks' },
  'burst.identical': {
    name: 'burst',
    code: 'i',
    sends: 'identical signals at one instant, each over an open connection of its own',
  },
  'load.sustained': {
    name: 'sustained',
    code: 's',
    sends: 'a constant arrival rate, each webhook at 80% of its limit',
  },
  'load.paced': {
    name: 'paced',
    code: 'j',
    sends: 'more signals within the limit, if the other phases have too few that must be admitted',
  },
  'leak.cycle': { name: 'cycle', code: 'm', sends: 'one load/rest cycle; `cycle_0`, `cycle_1`, …' },
  'soak.cycle': { name: 'soak', code: 'E', sends: 'one load/rest cycle of soak; `soak_0`, `soak_1`, …' },
  'limiter.initial-burst': {
    name: 'initial_burst',
    code: 't',
    sends: 'twice what the limiter takes at once: half are throttled',
  },
  'limiter.recovery': {
    name: 'probe_recovery',
    code: 'r',
    second: 'p',
    sends: '3 N at one instant, then one every W/20 until one is admitted, for at most 3 W; repeated',
  },
  'limiter.boundary': {
    name: 'probe_boundary',
    code: 'e',
    sends:
      'N just before and N just after an instant, at many offsets of the window; a priming request opens the window',
  },
  'limiter.double': { name: 'probe_double', code: 'd', sends: '2 N per W, steadily' },
  'limiter.legitimate': {
    name: 'probe_legitimate',
    code: 'l',
    sends: '0.9 N per W, steadily: nothing may be throttled, until a further limit is full',
  },
  'limiter.noisy': { name: 'probe_noisy', code: 'n', sends: '3 N per W on one webhook' },
  'limiter.quiet': { name: 'probe_quiet', code: 'q', sends: '0.8 N per W on another webhook at the same time' },
  'limiter.bursts': {
    name: 'probe_bursts',
    code: 'v',
    sends: '3 N at one instant, many times: a race of check and add shows in some of them',
  },
  'limiter.forwarded': {
    name: 'probe_forwarded',
    code: 'f',
    sends: '3 N at one instant, up to three times, each with another X-Forwarded-For',
  },
  'concurrency.shared': { name: 'concurrency', code: 'c', sends: 'distinct signals at one instant on shared webhooks' },
  'concurrency.apart': { name: 'concurrency_apart', code: 'w', sends: 'the same with a webhook for each VU' },
  'idempotency.gap': {
    name: 'gap',
    code: 'g',
    sends:
      'a signal, and the same again after a gap of 0, 0.5, 0.95, 1.05, 1.5 or 2 TTL, half of them over a new connection; `gap_0`, `gap_0_5`, …',
  },
  'idempotency.together': {
    name: 'together',
    code: 'h',
    sends: 'copies of each signal at one instant, each over its own connection',
  },
  'idempotency.refresh': {
    name: 'refresh',
    code: 'x',
    sends: 'repeats at 0.7 and 1.3 TTL: the second is recognized only if the first prolonged the TTL',
  },
  'idempotency.quota': {
    name: 'quota',
    code: 'k',
    second: 'z',
    sends: 'a signal, 2 N repeats at once, N − 1 distinct signals, all within one window: do repeats use up quota?',
  },
  'idempotency.changed-payload': {
    name: 'changed_payload',
    code: 'y',
    sends: 'the same id with another price: is a changed payload noticed?',
  },
  'idempotency.distinct-ticker': {
    name: 'distinct_ticker',
    code: 'u',
    sends: 'signals that differ in one identifying field alone: none is a duplicate',
  },
  'idempotency.other-webhook': {
    name: 'other_webhook',
    code: 'C',
    sends: 'the same signal to one webhook, and at once to another: are they two, or one if webhooks share their keys?',
  },
  'idempotency.other-tenant': {
    name: 'other_tenant',
    code: 'D',
    sends:
      'the same signal to a webhook of one tenant, and at once to one of another: are they two, or one if all share their keys?',
  },
  'authentication.forged': {
    name: 'authentication',
    code: 'A',
    sends:
      'signals with a wrong, missing, stale or replayed signature or secret, and some with a right one: is each refused, without effect?',
  },
  'idempotency.odds': {
    name: 'odds',
    code: 'o',
    sends: 'very many signals, each sent twice at once, to bound the odds of a duplicate',
  },
  'redelivery.cut': {
    name: 'redelivery',
    code: 'B',
    sends:
      'signals whose connection is cut 0, 2, 5, 20, 50 or 100 ms after they were written, or not at all; then the same again, at once or after growing pauses, until one is answered as accepted or duplicate',
  },
} as const satisfies Record<
  string,
  { readonly name: string; readonly code: string; readonly second?: string; readonly sends: string }
>;

export type BuiltInRole = keyof typeof roles;

/** What the phases of own scenarios are for. Their names are the user's, and their signals have no code, see own/own-plan.ts. */
export const ownRoles = {
  'own.constant-rate': 'a constant arrival rate',
  'own.ramping-rate': 'an arrival rate that rises or falls from stage to stage',
  'own.burst': 'distinct signals at one instant, each over an open connection of its own',
  'own.identical': 'identical signals at one instant, each over an open connection of its own',
  'own.replay': 'recorded signals, in their own time or faster',
  'own.retries': 'signals, most of them cut off, and each again as its sender would send it, until it is answered',
} as const;

export type OwnRole = keyof typeof ownRoles;
export type Role = BuiltInRole | OwnRole;

export const roleNames = [...Object.keys(roles), ...Object.keys(ownRoles)] as [Role, ...Role[]];

/** Equal cycles of load and rest, by which memory is judged. */
export const isCycle = (role: Role | null): boolean => role === 'leak.cycle' || role === 'soak.cycle';

/** Signals that are sent again as senders do, until one attempt is answered. */
export const isRedelivery = (role: Role | null): boolean => role === 'redelivery.cut' || role === 'own.retries';

/** Identical signals at one instant: one effect. */
export const isIdenticalBurst = (role: Role | null): boolean => role === 'burst.identical' || role === 'own.identical';

/** Names of phases in journals of version 1 that are others today. */
export const oldPhaseNames: ReadonlyMap<string, string> = new Map([
  ['fast_20', roles['limiter.initial-burst'].name],
  ['probe_straddle', roles['limiter.boundary'].name],
  ['unlike', roles['idempotency.distinct-ticker'].name],
]);
