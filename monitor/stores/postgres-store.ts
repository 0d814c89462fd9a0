import pg, { type Client } from 'pg';
import type { PostgresLookLine } from '../../contract/journal/journal.ts';
import { latencyOf } from './answer-time.ts';
import { postgresFigures, statistics } from './postgres-statistics.ts';
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
  withinLimit,
} from './store.ts';

/** crash_shutdown. */
const crashCode = '57P02';
const statementLimitMs = 2000;

/** Settings of the connection; a pooler in between may refuse them. */
const startupOptions = `-c default_transaction_read_only=on -c statement_timeout=${statementLimitMs} -c lock_timeout=500`;

/** Asks PostgreSQL SELECT 1 and its statistics, each in a transaction that only reads. */
export class PostgresStore implements Store {
  readonly name = 'postgres';
  readonly #url: string;
  #client: Client | null = null;
  /** What ended the connection while it was idle. */
  #brokenBy: unknown = null;
  #version = 0;
  #poolerRefusesOptions = false;
  #statisticsDenied: string | null = null;
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
        const failed = failureOfPostgres(error);
        this.close();
        return failed;
      },
    );
  }

  close(): void {
    const client = this.#client;
    this.#client = null;
    this.#brokenBy = null;
    // One that does not answer would not close, either; an end that fails has ended, too.
    if (client !== null) withinLimit(client.end(), 500).catch(() => client.connection.stream.destroy());
  }

  async #look(id: number): Promise<Omit<PostgresLookLine, 'atUs'>> {
    const latencyMs = await this.#select(id);
    const client = await this.#connected(id);
    const row = this.#statisticsDenied === null ? await this.#statistics(client) : null;
    const figures = postgresFigures(row, this.#version);
    const unseen =
      this.#statisticsDenied === null
        ? figures.unseen
        : [`its statistics (${this.#statisticsDenied}): are they those of PostgreSQL 10 or later?`];
    return { store: 'postgres', latencyMs, ...figures, unseen };
  }

  /** A connection that was ended while it was idle is made again: that is no failure, unless the whole server had crashed. */
  async #select(id: number): Promise<number> {
    const broken = this.#brokenBy;
    if (broken !== null) {
      this.close();
      if (codeOf(broken) === crashCode) throw new FailedLook('crashed', crashCode);
    }
    const isOld = this.#client !== null;
    const ask = async (): Promise<number> => {
      const client = await this.#connected(id);
      return latencyOf(() => client.query('SELECT 1'));
    };
    return askKept(isOld, ask, (error) => {
      if (id !== this.#current || failureOfPostgres(error).failure !== 'broken') return false;
      this.close();
      return true;
    });
  }

  async #connected(id: number): Promise<Client> {
    if (id !== this.#current) throw new Abandoned();
    if (this.#client !== null) return this.#client;
    try {
      return await this.#connect(id);
    } catch (error) {
      if (this.#poolerRefusesOptions || codeOf(error) !== '08P01') throw error;
      this.#poolerRefusesOptions = true;
      return this.#connect(id);
    }
  }

  async #connect(id: number): Promise<Client> {
    const client = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: lookLimitMs,
      query_timeout: lookLimitMs,
      application_name: 'webhook-stress monitor',
      ...(this.#poolerRefusesOptions ? {} : { options: startupOptions }),
    });
    client.on('error', (error) => {
      if (this.#client === client) this.#brokenBy ??= error;
    });
    // That another of its processes crashed is told as a warning, before the connection ends.
    client.on('notice', (notice) => {
      if (this.#client === client && codeOf(notice) === crashCode) this.#brokenBy ??= notice;
    });
    await client.connect();
    if (id !== this.#current) {
      client.connection.stream.destroy();
      throw new Abandoned();
    }
    this.#client = client;
    this.#version = 0;
    return client;
  }

  /** The one row of statistics; null where this user or this server cannot give them. */
  async #statistics(client: Client): Promise<Readonly<Record<string, unknown>> | null> {
    try {
      if (this.#version === 0) {
        const { rows } = await client.query<{ version: number }>(
          "SELECT current_setting('server_version_num')::int AS version",
        );
        this.#version = Number(rows[0]?.version ?? 0);
      }
      // A transaction of its own, and settings that end with it: a pooler may give the connection to another client afterwards.
      await client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${statementLimitMs}`);
      const { rows } = await client.query<Record<string, unknown>>(statistics(this.#version));
      await client.query('COMMIT');
      return rows[0] ?? null;
    } catch (error) {
      const code = codeOf(error);
      if (!/^(?:42|0A)/.test(code)) throw error;
      this.#statisticsDenied = code;
      await client.query('ROLLBACK');
      return null;
    }
  }
}

/** By SQLSTATE. Source: PostgreSQL, appendix A of the manual. */
const states: readonly (readonly [RegExp, FailedLook['failure']])[] = [
  [/^53300$/, 'full'],
  [/^57P03$/, 'loading'],
  [/^57P02$/, 'crashed'],
  [/^(?:57P01|57P05|08...)$/, 'broken'],
  [/^57014$/, 'timeout'],
  [/^(?:28...|3D000|42501)$/, 'denied'],
];

function failureOfPostgres(error: unknown): FailedLook {
  if (error instanceof FailedLook) return error;
  const code = codeOf(error);
  const state = states.find(([pattern]) => pattern.test(code));
  if (state !== undefined) return new FailedLook(state[1], code);
  const system = failureOfSystem(code);
  if (system !== null) return system;
  const text = error instanceof Error ? error.message : '';
  if (/timeout expired|Query read timeout/.test(text)) return new FailedLook('timeout', null);
  if (/Connection terminated|not queryable|Client was closed/.test(text)) return new FailedLook('broken', null);
  if (/SSL|TLS/.test(text)) return new FailedLook('tls', null);
  if (/SASL|password/i.test(text)) return new FailedLook('denied', null);
  return new FailedLook('other', code || null);
}
