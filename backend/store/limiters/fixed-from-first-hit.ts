import type { Limiter, LimiterLua, LimiterSize, QuotaLeft } from './limiter.ts';

/** A window with `limit` places begins with the first request after the last one ended. */
export class FirstHitWindow implements Limiter {
  readonly #size: LimiterSize;
  #startMs = Number.NEGATIVE_INFINITY;
  readonly #ids = new Set<string>();

  constructor(size: LimiterSize) {
    this.#size = size;
  }

  check(nowMs: number): number | null {
    const { limit, windowMs } = this.#size;
    const endMs = this.#startMs + windowMs;
    return nowMs >= endMs || this.#ids.size < limit ? null : endMs - nowMs;
  }

  left(nowMs: number): QuotaLeft {
    const { limit, windowMs } = this.#size;
    const endMs = this.#startMs + windowMs;
    if (nowMs >= endMs) return { remaining: limit, resetMs: 0 };
    return { remaining: Math.max(0, limit - this.#ids.size), resetMs: endMs - nowMs };
  }

  add(id: string, nowMs: number): void {
    if (nowMs - this.#startMs >= this.#size.windowMs) {
      this.#startMs = nowMs;
      this.#ids.clear();
    }
    this.#ids.add(id);
  }

  withdraw(id: string): void {
    this.#ids.delete(id);
  }
}

/** A set of ids that expires with its window. A start is kept beside: an expiry in ms would cut the window short. */
export const firstHitLua: LimiterLua = `
local startKey = quotaKey .. ':start'
local startUs = tonumber(redis.call('GET', startKey) or '-inf')
local function checkLimiter()
  if nowUs - startUs >= windowUs or redis.call('SCARD', quotaKey) < limit then return false end
  return startUs + windowUs - nowUs
end
local function addToLimiter()
  if nowUs - startUs >= windowUs then
    redis.call('DEL', quotaKey)
    redis.call('SET', startKey, string.format('%.0f', nowUs))
  end
  redis.call('SADD', quotaKey, id)
  local expiryMs = string.format('%.0f', math.ceil(windowUs / 1000) + 1000)
  redis.call('PEXPIRE', quotaKey, expiryMs)
  redis.call('PEXPIRE', startKey, expiryMs)
end
local function withdrawFromLimiter() redis.call('SREM', quotaKey, id) end
`;
