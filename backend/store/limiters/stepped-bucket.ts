import type { Limiter, LimiterLua, LimiterSize } from './limiter.ts';

/** A bucket of `burst` tokens, full at first, that gains `limit` at once at the end of every `windowMs`. */
export class SteppedBucket implements Limiter {
  readonly #size: LimiterSize;
  #tokens: number;
  #step = Number.POSITIVE_INFINITY;

  constructor(size: LimiterSize) {
    this.#size = size;
    this.#tokens = size.burst;
  }

  check(nowMs: number): number | null {
    this.#gain(nowMs);
    const { windowMs, limit } = this.#size;
    if (this.#tokens >= 1) return null;
    return (this.#step + Math.ceil((1 - this.#tokens) / limit)) * windowMs - nowMs;
  }

  add(_id: string, nowMs: number): void {
    this.#gain(nowMs);
    this.#tokens -= 1;
  }

  withdraw(_id: string, held: boolean): void {
    if (held) this.#tokens = Math.min(this.#size.burst, this.#tokens + 1);
  }

  #gain(nowMs: number): void {
    const { windowMs, limit, burst } = this.#size;
    const step = Math.floor(nowMs / windowMs);
    this.#tokens = Math.min(burst, this.#tokens + Math.max(0, step - this.#step) * limit);
    this.#step = step;
  }
}

/** A hash of the tokens left and of the step at which they were. */
export const steppedBucketLua: LimiterLua = `
local step = math.floor(nowUs / windowUs)
local bucket = redis.call('HMGET', quotaKey, 'tokens', 'step')
local tokens = burst
if bucket[1] then
  tokens = math.min(burst, tonumber(bucket[1]) + math.max(0, step - tonumber(bucket[2])) * limit)
end
local function checkLimiter()
  if tokens >= 1 then return false end
  return (step + math.ceil((1 - tokens) / limit)) * windowUs - nowUs
end
local function leave(left)
  redis.call('HSET', quotaKey, 'tokens', string.format('%.17g', left), 'step', string.format('%.0f', step))
  redis.call('PEXPIRE', quotaKey, string.format('%.0f', math.ceil((burst - left) / limit + 1) * windowUs / 1000 + 1000))
end
local function addToLimiter() leave(tokens - 1) end
local function withdrawFromLimiter(held) if held then leave(math.min(burst, tokens + 1)) end end
`;
