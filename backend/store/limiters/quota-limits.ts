import { limiterKind } from './kinds.ts';
import type { Limiter, LimiterLua, NamedLimit, QuotaLimits } from './limiter.ts';

/** Several limits at once: there is room where all of them have it. */
class SeveralLimits implements Limiter {
  readonly #limiters: readonly Limiter[];
  readonly #penaltyMs: number;
  readonly #penaltyProlonged: boolean;
  #blockedUntilMs = Number.NEGATIVE_INFINITY;

  constructor({ limits, penaltyMs, penaltyProlonged }: QuotaLimits) {
    this.#limiters = limits.map((limit) => limiterKind[limit.limiter].create(limit));
    this.#penaltyMs = penaltyMs;
    this.#penaltyProlonged = penaltyProlonged;
  }

  check(nowMs: number): number | null {
    if (nowMs < this.#blockedUntilMs) {
      if (this.#penaltyProlonged) this.#blockedUntilMs = nowMs + this.#penaltyMs;
      return this.#blockedUntilMs - nowMs;
    }
    const waits = this.#limiters.map((limiter) => limiter.check(nowMs)).filter((ms) => ms !== null);
    if (waits.length === 0) return null;
    this.#blockedUntilMs = nowMs + this.#penaltyMs;
    return waits.reduce((longest, ms) => Math.max(longest, ms), this.#penaltyMs);
  }

  add(id: string, nowMs: number): void {
    for (const limiter of this.#limiters) limiter.add(id, nowMs);
  }

  withdraw(id: string, held: boolean): void {
    for (const limiter of this.#limiters) limiter.withdraw(id, held);
  }
}

export function createLimiter(quota: QuotaLimits): Limiter {
  const [first, ...more] = quota.limits;
  const isAlone = first !== undefined && more.length === 0 && quota.penaltyMs === 0;
  return isAlone ? limiterKind[first.limiter].create(first) : new SeveralLimits(quota);
}

const penaltyLua = ({ penaltyMs, penaltyProlonged }: QuotaLimits): string => `
local penaltyKey = quotaKey .. ':penalty'
local function block() redis.call('SET', penaltyKey, '1', 'PX', '${Math.ceil(penaltyMs)}') end
local function blockedUs()
  local leftMs = redis.call('PTTL', penaltyKey)
  if leftMs <= 0 then return false end
  ${penaltyProlonged ? `block() return ${penaltyMs * 1000}` : 'return leftMs * 1000'}
end
`;

/** The text of all limits, each with its own size and key in a block of its own. They find nowUs, id and quotaKey. */
export function limiterLua(quota: QuotaLimits): LimiterLua {
  const blocks = quota.limits.map(blockLua);
  const hasPenalty = quota.penaltyMs > 0;
  return `
local limits = {}
${blocks.join('')}
${hasPenalty ? penaltyLua(quota) : 'local function blockedUs() return false end\nlocal function block() end'}
local function checkLimiter()
  local waitUs = blockedUs()
  if waitUs then return waitUs end
  for _, one in ipairs(limits) do
    local us = one.check()
    if us then waitUs = math.max(waitUs or ${quota.penaltyMs * 1000}, us) end
  end
  if waitUs then block() end
  return waitUs
end
local function addToLimiter() for _, one in ipairs(limits) do one.add() end end
local function withdrawFromLimiter(held) for _, one in ipairs(limits) do one.withdraw(held) end end
`;
}

function blockLua({ limiter, limit, windowMs, burst }: NamedLimit, n: number): string {
  return `
do
  local limit, windowUs, burst = ${limit}, ${windowMs * 1000}, ${burst}
  local quotaKey = quotaKey${n === 0 ? '' : ` .. ':${n}'`}
  ${limiterKind[limiter].lua}
  limits[#limits + 1] = { check = checkLimiter, add = addToLimiter, withdraw = withdrawFromLimiter }
end
`;
}
