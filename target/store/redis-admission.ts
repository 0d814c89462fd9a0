import { Redis } from 'ioredis';
import { ExpectedError } from '../../contract/expected-error.ts';
import type { Faults } from '../faults.ts';
import { messageOf } from '../log.ts';
import type { WorkerSettings } from '../settings.ts';
import { type Admission, type Claim, type Decision, StoreUnavailable } from './store.ts';

const mostConnectMs = 2000;
const mostCommandMs = 2000;
const noLimit = 2 ** 31;

/**
 * One script, so atomic, on the clock of Redis. KEYS: idempotency key, window. ARGV: id, limit, window in µs, TTL in ms.
 * The window is a sorted set of admitted ids by time in µs. Numbers are formatted by hand: Lua would round them to 14 digits.
 */
const claimScript = `
local time = redis.call('TIME')
local nowUs = tonumber(time[1]) * 1000000 + tonumber(time[2])
local limit, windowUs, ttlMs = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local first = redis.call('GET', KEYS[1])
if first then return {'duplicate', first} end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', nowUs - windowUs))
if redis.call('ZCARD', KEYS[2]) >= limit then
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  return {'limited', string.format('%.0f', tonumber(oldest[2]) + windowUs - nowUs)}
end
redis.call('ZADD', KEYS[2], string.format('%.0f', nowUs), ARGV[1])
redis.call('PEXPIRE', KEYS[2], string.format('%.0f', math.ceil(windowUs / 1000) + 1000))
if ttlMs > 0 then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[4]) end
return {'accepted', ARGV[1]}
`;

const releaseScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
redis.call('ZREM', KEYS[2], ARGV[1])
`;

/** Shared by all workers through Redis. Every failure is told to `onError` and thrown as StoreUnavailable. */
export class RedisAdmission implements Admission {
  readonly #redis: Redis;
  readonly #settings: WorkerSettings;
  readonly #faults: Faults;
  readonly #onError: (message: string) => void;

  private constructor(redis: Redis, settings: WorkerSettings, faults: Faults, onError: (message: string) => void) {
    this.#redis = redis;
    this.#settings = settings;
    this.#faults = faults;
    this.#onError = onError;
  }

  /** Opens even where Redis does not answer: it connects as soon as Redis is back, and until then every claim fails. */
  static async open(
    url: string,
    settings: WorkerSettings,
    faults: Faults,
    onError: (message: string) => void,
  ): Promise<RedisAdmission> {
    const redis = connection(url, (times) => Math.min(times * 100, 1000));
    redis.on('error', (error) => onError(`Redis: ${messageOf(error)}`));
    await redis.connect().catch((error: unknown) => onError(`Redis: ${messageOf(error)}`));
    return new RedisAdmission(redis, settings, faults, onError);
  }

  async claim(claim: Claim): Promise<Decision> {
    const limit = this.#faults.has('limiter-absent') ? noLimit : this.#settings.limit;
    const { windowMs, ttlMs } = this.#settings;
    const reply = await this.#guard(
      this.#redis.eval(claimScript, 2, ...this.#keys(claim), claim.id, limit, windowMs * 1000, ttlMs),
    );
    const [status, detail] = Array.isArray(reply) ? reply.map(String) : [];
    if ((status === 'accepted' || status === 'duplicate') && detail !== undefined) return { status, id: detail };
    if (status === 'limited') return { status, retryAfterMs: Number(detail) / 1000 };
    throw new Error('the claim script gave an unknown reply');
  }

  async release(claim: Claim): Promise<void> {
    await this.#guard(this.#redis.eval(releaseScript, 2, ...this.#keys(claim), claim.id));
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

  #keys({ webhook, key }: Claim): [string, string] {
    const prefix = `${this.#settings.redisPrefix}:{${webhook}}`;
    return [`${prefix}:key:${key}`, `${prefix}:window`];
  }

  async #guard<T>(reply: Promise<T>): Promise<T> {
    try {
      return await reply;
    } catch (error) {
      const message = `Redis: ${messageOf(error)}`;
      this.#onError(message);
      throw new StoreUnavailable(message);
    }
  }
}

/** Throws an ExpectedError where no Redis answers at the URL. */
export async function checkRedis(url: string): Promise<void> {
  const redis = connection(url, () => null);
  let lastProblem = 'it does not answer';
  redis.on('error', (error) => {
    lastProblem = messageOf(error);
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    throw new ExpectedError(
      `Redis cannot be used (${messageOf(error)}; ${lastProblem}): start it, or change --redis or TARGET_REDIS_URL`,
    );
  } finally {
    redis.disconnect();
  }
}

/** A command fails at once while there is no connection, and is never sent twice. */
function connection(url: string, retryStrategy: (times: number) => number | null): Redis {
  return new Redis(url, {
    lazyConnect: true,
    connectTimeout: mostConnectMs,
    commandTimeout: mostCommandMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy,
  });
}
