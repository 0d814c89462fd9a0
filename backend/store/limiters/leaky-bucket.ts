import type { Limiter, LimiterLua, LimiterSize, QuotaLeft } from './limiter.ts';

/**
 * A bucket that holds `burst` requests and leaks `limit` per `windowMs`; what would overflow is refused, nothing waits. Kept
 * as the time at which it will be empty (the generic cell rate algorithm, ITU-T I.371).
 */
export class LeakyBucket implements Limiter {
  readonly #cellMs: number;
  readonly #roomMs: number;
  #emptyAtMs = Number.NEGATIVE_INFINITY;

  constructor({ limit, windowMs, burst }: LimiterSize) {
    this.#cellMs = windowMs / limit;
    this.#roomMs = (burst - 1) * this.#cellMs;
  }

  check(nowMs: number): number | null {
    const waitMs = this.#emptyAtMs - this.#roomMs - nowMs;
    return waitMs <= 0 ? null : waitMs;
  }

  left(nowMs: number): QuotaLeft {
    const fullMs = Math.max(0, this.#emptyAtMs - nowMs);
    const remaining = Math.max(0, Math.floor((this.#roomMs - fullMs) / this.#cellMs) + 1);
    return { remaining, resetMs: remaining > 0 ? fullMs : fullMs - this.#roomMs };
  }

  add(_id: string, nowMs: number): void {
    this.#emptyAtMs = Math.max(nowMs, this.#emptyAtMs) + this.#cellMs;
  }

  withdraw(_id: string, held: boolean): void {
    if (held) this.#emptyAtMs -= this.#cellMs;
  }
}

/** One number: the time in µs at which the bucket will be empty. */
export const leakyBucketLua: LimiterLua = `
local cellUs = windowUs / limit
local emptyAtUs = tonumber(redis.call('GET', quotaKey) or '-inf')
local function checkLimiter()
  local waitUs = emptyAtUs - (burst - 1) * cellUs - nowUs
  if waitUs <= 0 then return false end
  return waitUs
end
local function leave(atUs)
  local expiryMs = math.max(1, math.ceil((atUs - nowUs) / 1000) + 1000)
  redis.call('SET', quotaKey, string.format('%.17g', atUs), 'PX', string.format('%.0f', expiryMs))
end
local function addToLimiter() leave(math.max(nowUs, emptyAtUs) + cellUs) end
local function withdrawFromLimiter(held) if held then leave(emptyAtUs - cellUs) end end
`;
