/**
 * What a phase is for. `code` stands in the ids of its signals, and is given once: see signal-id.ts. `second` is the code of
 * further signals of the same phase. Codes are one letter each, because a target with numeric ids has five bits for them.
 */
export const roles = {
  /** Signals on one webhook as fast as possible. */
  'hft.rapid': { name: 'part_a', code: 'a' },
  /** Signals at 80 % of the limit over other webhooks. */
  'hft.paced': { name: 'part_b', code: 'b' },
  'burst.identical': { name: 'burst', code: 'i' },
  'load.sustained': { name: 'sustained', code: 's' },
  /** More signals within the limit, if the other phases of the scenario have too few that must be admitted. */
  'load.paced': { name: 'paced', code: 'j' },
  'leak.cycle': { name: 'cycle', code: 'm' },
  /** Twice what the limiter takes at once: half are blocked. */
  'limiter.initial-burst': { name: 'initial_burst', code: 't' },
  /** A burst of three times the limit, then polling until the next admission. */
  'limiter.recovery': { name: 'probe_recovery', code: 'r', second: 'p' },
  /** The limit just before and the limit just after an instant, at many offsets of the window. */
  'limiter.boundary': { name: 'probe_boundary', code: 'e' },
  /** Twice the limit, steadily. */
  'limiter.double': { name: 'probe_double', code: 'd' },
  /** 90 % of the limit, steadily: nothing may be refused. */
  'limiter.legitimate': { name: 'probe_legitimate', code: 'l' },
  /** One webhook far beyond its limit, another within it at the same time. */
  'limiter.noisy': { name: 'probe_noisy', code: 'n' },
  'limiter.quiet': { name: 'probe_quiet', code: 'q' },
  /** Bursts at one instant, again and again: a race of check and add shows in some of them. */
  'limiter.bursts': { name: 'probe_bursts', code: 'v' },
  /** Beyond the limit with another X-Forwarded-For each time. */
  'limiter.forwarded': { name: 'probe_forwarded', code: 'f' },
  /** Distinct signals at one instant on shared webhooks. */
  'concurrency.shared': { name: 'concurrency', code: 'c' },
  /** The same with a webhook for each. */
  'concurrency.apart': { name: 'concurrency_apart', code: 'w' },
  /** The same signal again after one gap, in TTLs. */
  'idempotency.gap': { name: 'gap', code: 'g' },
  /** The same signal at one instant over many connections, for many signals. */
  'idempotency.together': { name: 'together', code: 'h' },
  /** Repeats at 0.7 and 1.3 TTL: only if the first repeat prolonged it is the second one recognized. */
  'idempotency.refresh': { name: 'refresh', code: 'x' },
  /** Repeats of one signal beyond the limit, then distinct ones within it: do repeats use up quota? */
  'idempotency.quota': { name: 'quota', code: 'k', second: 'z' },
  /** The same id with another price: is a changed payload noticed? */
  'idempotency.changed-payload': { name: 'changed_payload', code: 'y' },
  /** Signals that differ in one identifying field alone: none of them is a duplicate. */
  'idempotency.distinct-ticker': { name: 'distinct_ticker', code: 'u' },
  /** Very many signals, each sent twice at once: for the odds. */
  'idempotency.odds': { name: 'odds', code: 'o' },
} as const satisfies Record<string, { readonly name: string; readonly code: string; readonly second?: string }>;

export type Role = keyof typeof roles;

export const roleNames = Object.keys(roles) as [Role, ...Role[]];

/** Names of phases in journals of version 1 that are others today. */
export const oldPhaseNames: ReadonlyMap<string, string> = new Map([
  ['fast_20', roles['limiter.initial-burst'].name],
  ['probe_straddle', roles['limiter.boundary'].name],
  ['unlike', roles['idempotency.distinct-ticker'].name],
]);
