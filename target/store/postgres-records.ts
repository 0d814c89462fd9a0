import pg from 'pg';
import { ExpectedError } from '../../contract/expected-error.ts';
import { messageOf } from '../log.ts';
import type { PoolState } from '../messages.ts';
import {
  type ProcessedSignal,
  type ReceivedSignal,
  type Records,
  type SignalPage,
  StoreUnavailable,
  type Webhook,
} from './store.ts';

const mostConnectMs = 2000;
const mostQueryMs = 2000;
/** Below `mostQueryMs`, so that the server has given a statement up before the worker does. */
const mostStatementMs = 1500;
const poolSize = 10;

const schema = `
drop schema if exists webhook_stress cascade;
create schema webhook_stress;
create table webhook_stress.webhooks (
  token text primary key,
  secret_hash text not null,
  name text not null,
  processed integer not null default 0
);
create table webhook_stress.signals (
  webhook text not null references webhook_stress.webhooks,
  sequence integer not null,
  signal_id text,
  action text not null,
  ticker text not null,
  quantity double precision not null,
  price double precision not null,
  processed_at timestamptz not null,
  primary key (webhook, sequence)
);
`;

/** The webhook's row is locked while its sequence moves on, so sequences have no gaps and follow the order of processing. */
const appendQuery = `
with numbered as (
  update webhook_stress.webhooks set processed = processed + 1 where token = $1 returning processed
)
insert into webhook_stress.signals
select $1, processed, $2, $3, $4, $5, $6, clock_timestamp() from numbered`;

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
      connectionTimeoutMillis: mostConnectMs,
      query_timeout: mostQueryMs,
      statement_timeout: mostStatementMs,
    });
    this.#pool.on('error', (error) => onError(`PostgreSQL: ${messageOf(error)}`));
  }

  async createWebhook({ token, secretHash, name }: Webhook): Promise<void> {
    await this.#query('insert into webhook_stress.webhooks (token, secret_hash, name) values ($1, $2, $3)', [
      token,
      secretHash,
      name,
    ]);
  }

  async findWebhook(token: string): Promise<Webhook | null> {
    const rows = await this.#query<Webhook>(
      'select token, secret_hash as "secretHash", name from webhook_stress.webhooks where token = $1',
      [token],
    );
    return rows[0] ?? null;
  }

  async append({ webhook, signalId, action, ticker, quantity, price }: ReceivedSignal): Promise<void> {
    await this.#query(appendQuery, [webhook, signalId, action, ticker, quantity, price]);
  }

  async readSignals(webhook: string, after: number, limit: number): Promise<SignalPage> {
    const signals = await this.#query<ProcessedSignal>(readQuery, [webhook, after, limit]);
    const totals = await this.#query<{ processed: number }>(
      'select processed from webhook_stress.webhooks where token = $1',
      [webhook],
    );
    const total = totals[0]?.processed ?? 0;
    const last = signals.at(-1);
    return { signals, next: last !== undefined && last.sequence < total ? last.sequence : null, total };
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

  async #query<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> {
    try {
      return (await this.#pool.query<Row>(text, [...values])).rows;
    } catch (error) {
      const message = `PostgreSQL: ${messageOf(error)}`;
      this.#onError(message);
      throw new StoreUnavailable(message);
    }
  }
}

/** Makes the backend's own schema anew, without what an earlier start left. Throws an ExpectedError where it cannot. */
export async function createSchema(url: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: mostConnectMs,
    query_timeout: mostQueryMs,
  });
  client.on('error', () => {
    // The query below fails with the same error.
  });
  try {
    await client.connect();
    await client.query(schema);
  } catch (error) {
    throw new ExpectedError(
      `PostgreSQL cannot be used (${messageOf(error)}): start it, or change --postgres or TARGET_POSTGRES_URL`,
    );
  } finally {
    await client.end();
  }
}
