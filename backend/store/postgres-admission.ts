import type pg from 'pg';
import type { AdmissionRules } from './admission-rules.ts';
import { createLimiter } from './limiters/quota-limits.ts';
import { appendQuery, appendValues, type PostgresRecords } from './postgres-records.ts';
import type { Decision, ReceivedSignal } from './store.ts';

/**
 * How far back a limiter is made up from what was processed, in windows (or times that a bucket takes to fill). One is exact for
 * sliding and fixed windows; the others forget their beginning, and after this long it makes no difference that shows.
 */
const replayedWindows = 10;

/** Locks the webhook's row. $2 prolongs, by that many ms from now, the time in which nothing is stored that Redis alone admitted. */
const lockQuery = `
update webhook_stress.webhooks
set decided_here_until = greatest(decided_here_until, clock_timestamp() + $2::double precision * interval '1 ms')
where token = $1`;

const keyQuery = `
select id from webhook_stress.signals
where webhook = $1 and key = $2 and processed_at > clock_timestamp() - $3::double precision * interval '1 ms'
order by processed_at desc limit 1`;

/** What took a place, oldest first, then the present time under a null id. */
const takenQuery = `
(select id, (extract(epoch from processed_at) * 1000)::double precision as "atMs" from webhook_stress.signals
  where webhook = $1 and processed_at > clock_timestamp() - $2::double precision * interval '1 ms' order by sequence)
union all select null, (extract(epoch from clock_timestamp()) * 1000)::double precision`;

/** Decides from what PostgreSQL holds, for when Redis cannot. */
export class PostgresAdmission {
  readonly #records: PostgresRecords;
  readonly #rules: AdmissionRules;

  constructor(records: PostgresRecords, rules: AdmissionRules) {
    this.#records = records;
    this.#rules = rules;
  }

  /**
   * Decides about the signal and, if it is accepted, stores it: one transaction under the lock of the webhook's row. So it sees
   * all that was stored before, and what Redis admitted and is not stored yet will not be stored without being decided here.
   * @param redisKnows whether Redis has admitted this signal and has seen all others of a window and TTL; if not, claims are decided
   * here until it has.
   * Throws StoreUnavailable.
   */
  process(signal: ReceivedSignal, id: string, redisKnows: boolean): Promise<Decision> {
    const { limiterMemoryMs, ttlMs, limiterFirst } = this.#rules;
    return this.#records.transaction(async (client) => {
      await client.query(lockQuery, [signal.webhook, redisKnows ? null : Math.max(limiterMemoryMs, ttlMs)]);

      const keys = await client.query<{ id: string }>(keyQuery, [signal.webhook, signal.key, ttlMs]);
      const first = keys.rows[0];
      if (first !== undefined && !limiterFirst) return { status: 'duplicate', id: first.id };

      const retryAfterMs = await this.#waitMs(client, signal.webhook);
      if (retryAfterMs !== null) return { status: 'limited', retryAfterMs };
      if (first !== undefined) return { status: 'duplicate', id: first.id };
      await client.query(appendQuery, appendValues(signal, id, true, null));
      return { status: 'accepted', id };
    });
  }

  /** Null where the limiter has room. It is made up anew from what was processed, so it is of the same kind as Redis's. */
  async #waitMs(client: pg.PoolClient, webhook: string): Promise<number | null> {
    const spanMs = replayedWindows * this.#rules.limiterMemoryMs;
    const { rows } = await client.query<{ id: string | null; atMs: number }>(takenQuery, [webhook, spanMs]);
    const limiter = createLimiter(this.#rules);
    let nowMs = 0;
    for (const { id, atMs } of rows) {
      if (id === null) nowMs = atMs;
      else limiter.add(id, atMs);
    }
    return limiter.check(nowMs);
  }
}
