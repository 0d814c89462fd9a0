import type { Limiter, LimiterLua, LimiterSize } from './limiter.ts';

const momentMs = 0.001;

/** Counts of two windows side by side: room while the one before, by the share of it that the last `windowMs` cover, leaves some. */
export class WeightedWindows implements Limiter {
  readonly #size: LimiterSize;
  #window = Number.NEGATIVE_INFINITY;
  #previous = 0;
  readonly #ids = new Set<string>();

  constructor(size: LimiterSize) {
    this.#size = size;
  }

  check(nowMs: number): number | null {
    this.#turn(nowMs);
    const { limit, windowMs } = this.#size;
    const leftMs = (this.#window + 1) * windowMs - nowMs;
    if (Math.floor((this.#previous * leftMs) / windowMs) + this.#ids.size < limit) return null;
    const free = limit - this.#ids.size;
    // A moment after the share of the window before, or of the present one, has become less than a whole.
    return (free > 0 ? leftMs - (windowMs * free) / this.#previous : leftMs) + momentMs;
  }

  add(id: string, nowMs: number): void {
    this.#turn(nowMs);
    this.#ids.add(id);
  }

  withdraw(id: string): void {
    this.#ids.delete(id);
  }

  #turn(nowMs: number): void {
    const window = Math.floor(nowMs / this.#size.windowMs);
    if (window === this.#window) return;
    this.#previous = window === this.#window + 1 ? this.#ids.size : 0;
    this.#window = window;
    this.#ids.clear();
  }
}

/** A sorted set of ids by time in µs, of which those before the last two windows are dropped. */
export const weightedLua: LimiterLua = `
local startUs = math.floor(nowUs / windowUs) * windowUs
local function checkLimiter()
  redis.call('ZREMRANGEBYSCORE', quotaKey, '-inf', '(' .. string.format('%.0f', startUs - windowUs))
  local current = redis.call('ZCOUNT', quotaKey, string.format('%.0f', startUs), '+inf')
  local previous = redis.call('ZCARD', quotaKey) - current
  local leftUs = startUs + windowUs - nowUs
  if math.floor(previous * leftUs / windowUs) + current < limit then return false end
  local free = limit - current
  return (free > 0 and leftUs - windowUs * free / previous or leftUs) + 1
end
local function addToLimiter()
  redis.call('ZADD', quotaKey, string.format('%.0f', nowUs), id)
  redis.call('PEXPIRE', quotaKey, string.format('%.0f', math.ceil(2 * windowUs / 1000) + 1000))
end
local function withdrawFromLimiter() redis.call('ZREM', quotaKey, id) end
`;
