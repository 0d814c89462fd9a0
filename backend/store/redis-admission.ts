import { Redis } from 'ioredis';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { messageOf } from '../log.ts';
import type { WorkerSettings } from '../settings.ts';
import { type AdmissionRules, limiterMemoryMs } from './admission-rules.ts';
import { inTime, LateReply } from './in-time.ts';
import { limiterLua } from './limiters/quota-limits.ts';
import { type Admission, type Claim, type Decision, StoreUnavailable, wholeClaim } from './store.ts';

const maxConnectMs = 2000;
/** For what nobody waits for. */
const maxReplyMs = 10_000;

/** After how long a command has failed, and how long after a failure claims are not even tried. */
interface Timeouts {
  readonly maxCommandMs: number;
  readonly restMs: number;
}

export const timeouts = {
  alone: { maxCommandMs: 2000, restMs: 0 },
  withFallback: { maxCommandMs: 300, restMs: 500 },
};

/** A marker of when Redis began to see claims lives that much longer than anything that it must see. */
const markerSpareMs = 24 * 3_600_000;

/**
 * What scripts begin with, on the clock of Redis. KEYS: idempotency key, quota, marker. ARGV: id.
 * Numbers are formatted by hand: Lua would round them to 14 digits.
 */
const scriptHead = `
local time = redis.call('TIME')
local nowUs = tonumber(time[1]) * 1000000 + tonumber(time[2])
local id = ARGV[1]
local quotaKey = KEYS[2]
`;

/**
 * One script, so atomic. ARGV from 2 on: what the limiter remembers in ms, TTL in ms, then 1 or 0 for: look, check, commit, limiter first, repeats refresh, refusals
 * count. What is admitted is provisional while Redis has not seen claims for a whole window and TTL.
 */
const claimScript = `
local ttlMs = tonumber(ARGV[3])
local look, check, commit = ARGV[4] == '1', ARGV[5] == '1', ARGV[6] == '1'
local limiterFirst, repeatRefreshes, refusalsCount = ARGV[7] == '1', ARGV[8] == '1', ARGV[9] == '1'

local memoryUs = math.max(tonumber(ARGV[2]), ttlMs) * 1000
local markerMs = string.format('%.0f', memoryUs / 1000 + ${markerSpareMs})
local sinceUs = redis.call('GETEX', KEYS[3], 'PX', markerMs)
if not sinceUs then
  sinceUs = string.format('%.0f', nowUs)
  redis.call('SET', KEYS[3], sinceUs, 'PX', markerMs)
end
local provisional = nowUs - tonumber(sinceUs) < memoryUs and '1' or '0'

local first = look and redis.call('GET', KEYS[1])
local function repeated()
  if repeatRefreshes then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
  return {'duplicate', first}
end
if first and not limiterFirst then return repeated() end
local waitUs = check and checkLimiter()
if waitUs then
  if refusalsCount then addToLimiter() end
  return {'limited', string.format('%.0f', waitUs)}
end
if commit then addToLimiter() end
if first then return repeated() end
if commit and ttlMs > 0 then redis.call('SET', KEYS[1], id, 'PX', ARGV[3]) end
return {'accepted', id, provisional}
`;

const releaseScript = `
local held = redis.call('GET', KEYS[1]) == id
if held then redis.call('DEL', KEYS[1]) end
withdrawFromLimiter(held)
`;

/** From now on Redis sees claims; what it saw before it may have forgotten. */
const beginScript = `
local time = redis.call('TIME')
redis.call('SET', KEYS[1], string.format('%.0f', tonumber(time[1]) * 1000000 + tonumber(time[2])), 'PX', ARGV[1])
`;

export interface RedisAdmissionParts {
  readonly settings: WorkerSettings;
  readonly rules: AdmissionRules;
  readonly timeouts: Timeouts;
  readonly onError: (message: string) => void;
}

/** Shared by all workers through Redis. Every failure is told to `onError` and thrown as StoreUnavailable. */
export class RedisAdmission implements Admission {
  readonly #redis: Redis;
  readonly #settings: WorkerSettings;
  readonly #rules: AdmissionRules;
  readonly #scripts: { readonly claim: string; readonly release: string };
  readonly #timeouts: Timeouts;
  readonly #onError: (message: string) => void;
  #restsUntilMs = 0;

  private constructor(redis: Redis, { settings, rules, timeouts, onError }: RedisAdmissionParts) {
    this.#redis = redis;
    this.#settings = settings;
    this.#rules = rules;
    const head = scriptHead + limiterLua(rules);
    this.#scripts = { claim: head + claimScript, release: head + releaseScript };
    this.#timeouts = timeouts;
    this.#onError = onError;
  }

  /** Opens even if Redis does not answer: it connects as soon as Redis is back, and until then every claim fails. */
  static async open(url: string, parts: RedisAdmissionParts): Promise<RedisAdmission> {
    const { settings, onError } = parts;
    const redis = connection(url, (times) => Math.min(times * 100, 1000));
    redis.on('error', (error) => onError(`Redis: ${messageOf(error)}`));
    await redis.connect().catch((error: unknown) => onError(`Redis: ${messageOf(error)}`));
    let lost = redis.status !== 'ready';
    redis.on('close', () => {
      lost = true;
    });
    redis.on('ready', () => {
      // The first command of the new connection, so it comes before any claim of this worker.
      if (lost) begin(redis, settings).catch((error: unknown) => onError(`Redis: ${messageOf(error)}`));
      lost = false;
    });
    return new RedisAdmission(redis, parts);
  }

  async claim(claim: Claim): Promise<Decision> {
    if (performance.now() < this.#restsUntilMs) throw new StoreUnavailable('Redis did not answer a moment ago');
    const { ttlMs, limiterMemoryMs, limiterFirst, repeatRefreshes, refusalsCount } = this.#rules;
    const { look, check, commit } = claim.only ?? wholeClaim;
    const flags = [look, check, commit, limiterFirst, repeatRefreshes, refusalsCount].map(Number);
    const reply = await this.#guard(
      this.#redis.eval(this.#scripts.claim, 3, ...this.#keys(claim), claim.id, limiterMemoryMs, ttlMs, ...flags),
    );
    const [status, detail, provisional] = Array.isArray(reply) ? reply.map(String) : [];
    if (status === 'accepted' && detail !== undefined) {
      return { status, id: detail, ...(provisional === '1' ? { provisional: true } : {}) };
    }
    if (status === 'duplicate' && detail !== undefined) return { status, id: detail };
    if (status === 'limited') return { status, retryAfterMs: Number(detail) / 1000 };
    throw new Error('the claim script gave an unknown reply');
  }

  async release(claim: Claim): Promise<void> {
    await this.#guard(this.#redis.eval(this.#scripts.release, 3, ...this.#keys(claim), claim.id));
  }

  async stats(): Promise<{ connectedClients: number; usedMemoryBytes: number; pingMs: number }> {
    const startedMs = performance.now();
    await this.#guard(this.#redis.ping());
    const pingMs = performance.now() - startedMs;
    const info = (await this.#guard(this.#redis.info('clients'))) + (await this.#guard(this.#redis.info('memory')));
    const number = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? Number.NaN);
    return { connectedClients: number('connected_clients'), usedMemoryBytes: number('used_memory'), pingMs };
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
  }

  #keys({ keyScope, key, quota }: Claim): [string, string, string] {
    const prefix = this.#settings.redisPrefix;
    return [`${prefix}:{${keyScope}}:key:${key}`, `${prefix}:{${keyScope}}:quota:${quota}`, markerOf(this.#settings)];
  }

  async #guard<T>(reply: Promise<T>): Promise<T> {
    try {
      return await inTime(reply, this.#timeouts.maxCommandMs);
    } catch (error) {
      const message = `Redis: ${messageOf(error)}`;
      this.#onError(message);
      this.#restsUntilMs = performance.now() + this.#timeouts.restMs;
      throw new StoreUnavailable(message, { isLate: error instanceof LateReply });
    }
  }
}

function markerOf({ redisPrefix }: WorkerSettings): string {
  return `${redisPrefix}:since`;
}

async function begin(redis: Redis, settings: WorkerSettings): Promise<void> {
  await redis.eval(
    beginScript,
    1,
    markerOf(settings),
    Math.max(limiterMemoryMs(settings), settings.ttlMs) + markerSpareMs,
  );
}

/**
 * Prepares Redis for a start. If nothing was processed before it, there is nothing that Redis could have missed.
 * Throws an ExpectedError if no Redis answers at the URL.
 */
export async function prepareRedis(url: string, settings: WorkerSettings): Promise<void> {
  const redis = connection(url, () => null);
  let lastProblem = 'it does not answer';
  redis.on('error', (error) => {
    lastProblem = messageOf(error);
  });
  try {
    await redis.connect();
    await inTime(redis.ping(), timeouts.alone.maxCommandMs);
    if (!settings.keepData) await redis.set(markerOf(settings), '0', 'PX', markerSpareMs);
  } catch (error) {
    throw new ExpectedError(
      `Redis cannot be used (${messageOf(error)}; ${lastProblem}): start it, or change --redis or BACKEND_REDIS_URL`,
    );
  } finally {
    redis.disconnect();
  }
}

/** A command fails at once while there is no connection, and is never sent twice. */
function connection(url: string, retryStrategy: (times: number) => number | null): Redis {
  return new Redis(url, {
    lazyConnect: true,
    connectTimeout: maxConnectMs,
    commandTimeout: maxReplyMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy,
  });
}
