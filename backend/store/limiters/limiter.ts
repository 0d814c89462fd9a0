/** Decides about the requests of one quota, in one thread, on a clock that never goes back. */
export interface Limiter {
  /** Null where there is room at `nowMs`, else the milliseconds until there is. Takes no place. */
  check(nowMs: number): number | null;
  /** Takes a place, whether there is room or not. */
  add(id: string, nowMs: number): void;
  /** Gives a place back. @param held whether the id is known to have taken one; kinds that keep ids know it by themselves. */
  withdraw(id: string, held: boolean): void;
  /** What a client is told of its quota. Kinds without it tell nothing. */
  left?(nowMs: number): QuotaLeft;
}

export interface QuotaLeft {
  /** Requests that are admitted from now on if no time passes. */
  readonly remaining: number;
  /** Until there are more. */
  readonly resetMs: number;
}

/** `limit` places per `windowMs`; `burst` is the size of a bucket. */
export interface LimiterSize {
  readonly limit: number;
  readonly windowMs: number;
  readonly burst: number;
}

/** One of several limits of a quota. */
export interface NamedLimit extends LimiterSize {
  readonly limiter: LimiterName;
}

/** All limits of a quota, and how long everything is refused after a request beyond one of them; 0 for no such time. */
export interface QuotaLimits {
  readonly limits: readonly NamedLimit[];
  readonly penaltyMs: number;
  readonly penaltyProlonged: boolean;
}

/**
 * The same for Redis: the text of three Lua functions, checkLimiter() (false or the µs to wait), addToLimiter() and
 * withdrawFromLimiter(held). They find nowUs, limit, windowUs, burst, id and quotaKey, and format numbers by `%.0f` or
 * `%.17g`: Lua itself would round them to 14 digits.
 */
export type LimiterLua = string;

export const limiterNames = [
  'sliding',
  'fixed',
  'fixed-from-first-hit',
  'weighted',
  'token-bucket',
  'leaky-bucket',
  'stepped-bucket',
  'none',
] as const;
export type LimiterName = (typeof limiterNames)[number];
