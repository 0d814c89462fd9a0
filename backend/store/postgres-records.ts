import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { messageOf } from '../log.ts';
import type { PoolState } from '../messages.ts';
import {
  type ProcessedSignal,
  type ReceivedSignal,
  type Records,
  type SignalPage,
  type Stored,
  StoreUnavailable,
  type Webhook,
} from './store.ts';

const maxConnectMs = 2000;
const maxQueryMs = 2000;
/** Below `maxQueryMs`, so that the server has given a statement up before the worker does. */
const maxStatementMs = 1500;
const poolSize = 10;

const dropSchema = 'drop schema if exists webhook_stress cascade;';
const schema = `
create schema if not exists webhook_stress;
create table if not exists webhook_stress.webhooks (
  token text primary key,
  secret_hash text not null,
  name text not null,
  tenant text not null,
  last_sequence integer not null default 0,
  total integer not null default 0,
  decided_here_until timestamptz not null default '-infinity'
);
create table if not exists webhook_stress.signals (
  webhook text not null references webhook_stress.webhooks,
  sequence integer not null,
  id text not null,
  key text not null,
  signal_id text,
  action text not null,
  ticker text not null,
  quantity double precision not null,
  price double precision not null,
  processed_at timestamptz not null,
  primary key (webhook, sequence)
);
create index if not exists signals_by_time on webhook_stress.signals (webhook, processed_at);
create index if not exists signals_by_key on webhook_stress.signals (webhook, key, processed_at);
`;

/**
 * The webhook's row is locked while its sequence moves on, so sequences have no gaps and follow the order of processing. The
 * same lock orders it with claims that PostgreSQL decides: what Redis admitted before them and comes after is not stored ($9).
 */
export const appendQuery = `
with numbered as (
  update webhook_stress.webhooks set last_sequence = last_sequence + 1, total = coalesce($10, total + 1)
  where token = $1 and ($9 or decided_here_until <= clock_timestamp())
  returning last_sequence
)
insert into webhook_stress.signals
select $1, last_sequence, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() from numbered`;

export function appendValues(signal: ReceivedSignal, id: string, decidedHere: boolean, total: number | null) {
  const { webhook, key, signalId, action, ticker, quantity, price } = signal;
  return [webhook, id, key, signalId, action, ticker, quantity, price, decidedHere, total];
}

const readQuery = `
select sequence, signal_id, action, ticker, quantity, price,
  (extract(epoch from processed_at) * 1000000)::double precision as processed_at_us
from webhook_stress.signals where webhook = $1 and sequence > $2 order by sequence limit $3`;

/** A pool of connections for this worker. Every failure is told to `onError` and thrown as StoreUnavailable. */
export class PostgresRecords implements Records {
  readonly #pool: pg.Pool;
  readonly #onError: (message: string) => void;

  constructor(url: string, onError: (message: string) => void) {
    this.#onError = onError;
    this.#pool = new pg.Pool({
      connectionString: url,
      max: poolSize,
      connectionTimeoutMillis: maxConnectMs,
      query_timeout: maxQueryMs,
      statement_timeout: maxStatementMs,
    });
    this.#pool.on('error', (error) => onError(`PostgreSQL: ${messageOf(error)}`));
  }

  async createWebhook({ token, secretHash, name, tenant }: Webhook): Promise<void> {
    await this.#query(
      'insert into webhook_stress.webhooks (token, secret_hash, name, tenant) values ($1, $2, $3, $4)',
      [token, secretHash, name, tenant],
    );
  }

  async findWebhook(token: string): Promise<Webhook | null> {
    const { rows } = await this.#query<Webhook>(
      'select token, secret_hash as "secretHash", name, tenant from webhook_stress.webhooks where token = $1',
      [token],
    );
    return rows[0] ?? null;
  }

  async append(signal: ReceivedSignal, { id, total }: Stored): Promise<boolean> {
    return (await this.#query(appendQuery, appendValues(signal, id, false, total ?? null))).rowCount === 1;
  }

  async readTotal(webhook: string): Promise<number> {
    return (await this.#webhookCounts(webhook)).total;
  }

  async readSignals(webhook: string, after: number, limit: number): Promise<SignalPage> {
    const signals = (await this.#query<ProcessedSignal>(readQuery, [webhook, after, limit])).rows;
    const { lastSequence, total } = await this.#webhookCounts(webhook);
    const last = signals.at(-1);
    return { signals, next: last !== undefined && last.sequence < lastSequence ? last.sequence : null, total };
  }

  async #webhookCounts(webhook: string): Promise<{ lastSequence: number; total: number }> {
    const { rows } = await this.#query<{ lastSequence: number; total: number }>(
      'select last_sequence as "lastSequence", total from webhook_stress.webhooks where token = $1',
      [webhook],
    );
    return rows[0] ?? { lastSequence: 0, total: 0 };
  }

  readonly faulty = {
    keepConnection: (): void => {
      this.#pool.connect().catch((error: unknown) => this.#unavailable(error));
    },
    deadlock: (): Promise<void> => deadlock((steps) => this.transaction(steps)),
  };

  /** Runs the steps in one transaction; it is rolled back where one of them throws. */
  async transaction<T>(steps: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    try {
      const client = await this.#pool.connect();
      // A connection that breaks fails the next query, too.
      const ignore = () => {};
      client.on('error', ignore);
      try {
        await client.query('begin');
        const result = await steps(client);
        await client.query('commit');
        client.off('error', ignore);
        client.release();
        return result;
      } catch (error) {
        // Closing the connection rolls back, also where its state is unknown.
        client.release(true);
        throw error;
      }
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  /** Milliseconds of a query that does nothing, with the wait for a connection. */
  async queryMs(): Promise<number> {
    const startedMs = performance.now();
    await this.#query('select 1', []);
    return performance.now() - startedMs;
  }

  /** `size` is the most connections that the pool may open. */
  pool(): PoolState {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { size: poolSize, inUse: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #query<Row extends object>(text: string, values: readonly unknown[]): Promise<pg.QueryResult<Row>> {
    try {
      return await this.#pool.query<Row>(text, [...values]);
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  #unavailable(error: unknown): StoreUnavailable {
    const message = `PostgreSQL: ${messageOf(error)}`;
    this.#onError(message);
    return new StoreUnavailable(message);
  }
}

/** Two transactions that lock the same two things in opposite order: PostgreSQL ends one of them. */
async function deadlock(
  transaction: (steps: (client: pg.PoolClient) => Promise<void>) => Promise<void>,
): Promise<void> {
  const [one, two] = [randomInt(2 ** 31), randomInt(2 ** 31)];
  let holding = 0;
  let bothHold: () => void = () => {};
  const both = new Promise<void>((resolve) => {
    bothHold = resolve;
  });
  const lock = (first: number, second: number): Promise<void> =>
    transaction(async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [first]);
      holding += 1;
      if (holding === 2) bothHold();
      // The other may have got no connection.
      await Promise.race([both, sleep(maxStatementMs)]);
      await client.query('select pg_advisory_xact_lock($1)', [second]);
    });
  const ended = await Promise.allSettled([lock(one, two), lock(two, one)]);
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
}

/** Makes the backend's own schema, without what an earlier start left unless that is kept. Throws an ExpectedError where it cannot. */
export async function createSchema(url: string, keepData: boolean): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: maxConnectMs,
    query_timeout: maxQueryMs,
  });
  client.on('error', () => {
    // The query below fails with the same error.
  });
  try {
    await client.connect();
    await client.query(keepData ? schema : dropSchema + schema);
  } catch (error) {
    throw new ExpectedError(
      `PostgreSQL cannot be used (${messageOf(error)}): start it, or change --postgres or BACKEND_POSTGRES_URL`,
    );
  } finally {
    await client.end();
  }
}
