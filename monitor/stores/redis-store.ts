import { Redis } from 'ioredis';
import type { RedisLookLine } from '../../contract/journal/journal.ts';
import { latencyOf } from './answer-time.ts';
import { redisFigures, unseenOfOthers } from './redis-info.ts';
import { newSlowCommands, type SlowCommands } from './redis-slowlog.ts';
import {
  Abandoned,
  askKept,
  codeOf,
  FailedLook,
  failureOfSystem,
  lookLimitMs,
  lookWithin,
  type Store,
  type Told,
} from './store.ts';

/** Entries of SLOWLOG that one look reads; its count is exact beyond that. */
const slowlogEntries = 32;

/** Asks Redis PING, INFO and SLOWLOG GET, and nothing else. */
export class RedisStore implements Store {
  readonly name = 'redis';
  readonly #url: string;
  #redis: Redis | null = null;
  /** What the connection said last when it failed. */
  #lastError: unknown = null;
  #slow: SlowCommands | null = null;
  #instance: string | null = null;
  #slowlogDenied = false;
  /** Which look is waited for. */
  #current = 0;

  constructor(url: string) {
    this.#url = url;
  }

  look(): Promise<Told> {
    this.#current += 1;
    return lookWithin(
      this.name,
      () => this.#look(this.#current),
      (error) => {
        this.#current += 1;
        const failed = failureOfRedis(error, this.#lastError);
        this.close();
        return failed;
      },
    );
  }

  close(): void {
    const redis = this.#redis;
    this.#redis = null;
    if (redis === null) return;
    redis.disconnect();
    // One that does not answer would not close, either.
    redis.stream?.destroy();
  }

  async #look(id: number): Promise<Omit<RedisLookLine, 'atUs'>> {
    const latencyMs = await this.#ping(id);
    const redis = await this.#connected(id);
    const info = await redis.info().catch(permitted);
    const figures = redisFigures(info);
    const unseen: string[] = [...unseenOfOthers(info)];
    if (info === null) unseen.push('INFO: let the user of MONITOR_REDIS_URL call it (+info)');
    else if (figures.fullErrors === null) unseen.push('refused commands: Redis counts them from version 6.2 on');
    const isOther = figures.instance !== this.#instance;
    const slow = await this.#slowCommands(redis, this.#instance !== null && isOther);
    if (slow === null) unseen.push('SLOWLOG: let the user of MONITOR_REDIS_URL call it (+slowlog)');
    this.#instance = figures.instance;
    return {
      ...{ store: 'redis', latencyMs, unseen },
      ...figures,
      slowCommands: slow?.count ?? null,
      slowestMs: slow?.slowestMs ?? null,
      slowestCommand: slow?.slowest ?? null,
    };
  }

  /** A connection that Redis, or what lies between, has closed while it was idle is made again: that is no failure. */
  async #ping(id: number): Promise<number> {
    const isOld = this.#redis?.status === 'ready';
    const ask = async (): Promise<number> => {
      const redis = await this.#connected(id);
      return latencyOf(() => redis.ping());
    };
    return askKept(isOld, ask, (error) => {
      if (id !== this.#current || failureOfRedis(error, this.#lastError).failure !== 'broken') return false;
      this.close();
      return true;
    });
  }

  async #connected(id: number): Promise<Redis> {
    if (id !== this.#current) throw new Abandoned();
    if (this.#redis?.status === 'ready') return this.#redis;
    this.close();
    this.#lastError = null;
    const redis = new Redis(this.#url, {
      ...{ lazyConnect: true, connectTimeout: lookLimitMs, retryStrategy: () => null, maxRetriesPerRequest: 0 },
      ...{ enableReadyCheck: false, enableOfflineQueue: false, autoResubscribe: false },
      // No HELLO and no CLIENT: old versions, proxies and narrow permissions know neither.
      ...{ protocol: 2, disableClientInfo: true },
    });
    redis.on('error', (error: unknown) => {
      this.#lastError = error;
    });
    this.#redis = redis;
    await redis.connect();
    return redis;
  }

  async #slowCommands(redis: Redis, isNewProcess: boolean) {
    if (this.#slowlogDenied) return null;
    const answer: unknown = await redis.slowlog('GET', slowlogEntries).catch(permitted);
    this.#slowlogDenied = answer === null;
    if (!Array.isArray(answer)) return null;
    const { found, next } = newSlowCommands(answer, isNewProcess ? { lastId: -1 } : this.#slow);
    this.#slow = next;
    return found;
  }
}

/** Null for a command that this user may not call, or this server does not know; all else is thrown on. */
function permitted(error: unknown): null {
  if (error instanceof Error && /^(?:NOPERM|ERR unknown)/.test(error.message)) return null;
  throw error;
}

const replies: readonly (readonly [RegExp, FailedLook['failure']])[] = [
  [/max number of clients/, 'full'],
  [/^LOADING/, 'loading'],
  [/^BUSY /, 'busy'],
  [/^MISCONF/, 'unsaved'],
  [/^(?:NOAUTH|WRONGPASS|NOPERM|ERR invalid password|ERR AUTH|ERR Client sent AUTH)/, 'denied'],
];

/** @param last what the connection said before: the command that fails says only that it is closed. */
function failureOfRedis(error: unknown, last: unknown): FailedLook {
  if (error instanceof FailedLook) return error;
  for (const each of [error, last]) {
    if (!(each instanceof Error)) continue;
    const reply = replies.find(([pattern]) => pattern.test(each.message));
    if (reply !== undefined) return new FailedLook(reply[1], /^[A-Z]{3,16}(?= )/.exec(each.message)?.[0] ?? null);
    const system = failureOfSystem(codeOf(each));
    if (system !== null) return system;
    if (/connect ETIMEDOUT/.test(each.message)) return new FailedLook('timeout', 'ETIMEDOUT');
  }
  const text = error instanceof Error ? error.message : '';
  if (/Connection is closed|Stream isn't writeable/.test(text)) return new FailedLook('broken', null);
  return new FailedLook('other', /^[A-Z]{3,16}(?= )/.exec(text)?.[0] ?? null);
}
