import type { Limiter, LimiterLua, LimiterSize, QuotaLeft } from './limiter.ts';

/** A bucket of `burst` tokens, full at first, that gains `limit` per `windowMs`; a request takes one. */
export class TokenBucket implements Limiter {
  readonly #size: LimiterSize;
  #tokens: number;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(size: LimiterSize) {
    this.#size = size;
    this.#tokens = size.burst;
  }

  check(nowMs: number): number | null {
    const { limit, windowMs } = this.#size;
    const tokens = this.#tokensAt(nowMs);
    return tokens >= 1 ? null : ((1 - tokens) * windowMs) / limit;
  }

  left(nowMs: number): QuotaLeft {
    const { limit, windowMs, burst } = this.#size;
    const tokens = this.#tokensAt(nowMs);
    const remaining = Math.max(0, Math.floor(tokens));
    return { remaining, resetMs: remaining >= burst ? 0 : ((remaining + 1 - tokens) * windowMs) / limit };
  }

  add(_id: string, nowMs: number): void {
    this.#tokens = this.#tokensAt(nowMs) - 1;
    this.#atMs = nowMs;
  }

  withdraw(_id: string, held: boolean): void {
    if (held) this.#tokens += 1;
  }

  #tokensAt(nowMs: number): number {
    const { limit, windowMs, burst } = this.#size;
    return Math.min(burst, this.#tokens + ((nowMs - this.#atMs) * limit) / windowMs);
  }
}

/** A hash of the tokens left and of the time in µs at which they were. */
export const tokenBucketLua: LimiterLua = `
local bucket = redis.call('HMGET', quotaKey, 'tokens', 'atUs')
local tokens = burst
if bucket[1] then
  tokens = math.min(burst, tonumber(bucket[1]) + (nowUs - tonumber(bucket[2])) * limit / windowUs)
end
local function checkLimiter()
  if tokens >= 1 then return false end
  return (1 - tokens) * windowUs / limit
end
local function leave(left)
  redis.call('HSET', quotaKey, 'tokens', string.format('%.17g', left), 'atUs', string.format('%.0f', nowUs))
  redis.call('PEXPIRE', quotaKey, string.format('%.0f', math.ceil((burst - left) * windowUs / limit / 1000) + 1000))
end
local function addToLimiter() leave(tokens - 1) end
local function withdrawFromLimiter(held) if held then leave(math.min(burst, tokens + 1)) end end
`;
