import type { Limiter, LimiterLua, LimiterSize, QuotaLeft } from './limiter.ts';

/** Fixed windows side by side, each with `limit` places: across an edge twice that many may follow each other closely. */
export class FixedWindow implements Limiter {
  readonly #size: LimiterSize;
  #startMs = Number.NEGATIVE_INFINITY;
  readonly #ids = new Set<string>();

  constructor(size: LimiterSize) {
    this.#size = size;
  }

  check(nowMs: number): number | null {
    this.#turn(nowMs);
    const { limit, windowMs } = this.#size;
    return this.#ids.size < limit ? null : this.#startMs + windowMs - nowMs;
  }

  left(nowMs: number): QuotaLeft {
    this.#turn(nowMs);
    const { limit, windowMs } = this.#size;
    return { remaining: Math.max(0, limit - this.#ids.size), resetMs: this.#startMs + windowMs - nowMs };
  }

  add(id: string, nowMs: number): void {
    this.#turn(nowMs);
    this.#ids.add(id);
  }

  withdraw(id: string): void {
    this.#ids.delete(id);
  }

  #turn(nowMs: number): void {
    const startMs = Math.floor(nowMs / this.#size.windowMs) * this.#size.windowMs;
    if (startMs === this.#startMs) return;
    this.#startMs = startMs;
    this.#ids.clear();
  }
}

/** A sorted set of ids by time in µs, of which those before the window's start are dropped. */
export const fixedLua: LimiterLua = `
local startUs = math.floor(nowUs / windowUs) * windowUs
local function checkLimiter()
  redis.call('ZREMRANGEBYSCORE', quotaKey, '-inf', '(' .. string.format('%.0f', startUs))
  if redis.call('ZCARD', quotaKey) < limit then return false end
  return startUs + windowUs - nowUs
end
local function addToLimiter()
  redis.call('ZADD', quotaKey, string.format('%.0f', nowUs), id)
  redis.call('PEXPIRE', quotaKey, string.format('%.0f', math.ceil(windowUs / 1000) + 1000))
end
local function withdrawFromLimiter() redis.call('ZREM', quotaKey, id) end
`;
