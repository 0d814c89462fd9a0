import { idsByTimeLua } from './ids-by-time.ts';
import type { Limiter, LimiterLua, LimiterSize, QuotaLeft } from './limiter.ts';

/** Exact sliding window: room while fewer than `limit` took a place in the last `windowMs`. */
export class SlidingWindow implements Limiter {
  readonly #size: LimiterSize;
  /** Oldest first. */
  readonly #taken: { readonly atMs: number; readonly id: string }[] = [];

  constructor(size: LimiterSize) {
    this.#size = size;
  }

  check(nowMs: number): number | null {
    const { limit, windowMs } = this.#size;
    let oldest = this.#taken[0];
    while (oldest !== undefined && nowMs - oldest.atMs >= windowMs) {
      this.#taken.shift();
      oldest = this.#taken[0];
    }
    // The one whose leaving makes room.
    const blocking = this.#taken[this.#taken.length - limit];
    return blocking === undefined ? null : blocking.atMs + windowMs - nowMs;
  }

  left(nowMs: number): QuotaLeft {
    const { limit, windowMs } = this.#size;
    const waitMs = this.check(nowMs);
    if (waitMs !== null) return { remaining: 0, resetMs: waitMs };
    const [oldest] = this.#taken;
    return {
      remaining: limit - this.#taken.length,
      resetMs: oldest === undefined ? 0 : oldest.atMs + windowMs - nowMs,
    };
  }

  add(id: string, nowMs: number): void {
    this.#taken.push({ atMs: nowMs, id });
  }

  withdraw(id: string): void {
    const index = this.#taken.findIndex((taken) => taken.id === id);
    if (index >= 0) this.#taken.splice(index, 1);
  }
}

/** Of a sorted set of ids by time in µs, those that a window passed are dropped. */
export const slidingLua: LimiterLua = `
local function checkLimiter()
  redis.call('ZREMRANGEBYSCORE', quotaKey, '-inf', string.format('%.0f', nowUs - windowUs))
  local taken = redis.call('ZCARD', quotaKey)
  if taken < limit then return false end
  local blocking = redis.call('ZRANGE', quotaKey, taken - limit, taken - limit, 'WITHSCORES')
  return tonumber(blocking[2]) + windowUs - nowUs
end
${idsByTimeLua}`;
