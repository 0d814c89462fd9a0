import pg from 'pg';
import { type ByQuery, tagInQuery } from '../../contract/profile/read-only-query.ts';
import type { RowsRead } from './effect-lines.ts';
import { refusalWords } from './store-refusals.ts';

/** Errors of a connection name user, host and database: of them only the code is told. Those of a query are about the query. */
const aboutQuery = /^(?:22|42|57014|25)/;

/**
 * Asks PostgreSQL in a read-only transaction with a time limit. The query stands inside another: it can be no more than one
 * SELECT, and its rows are bounded.
 */
export async function postgresRows(
  url: string,
  { query, timeoutMs, maxRows }: Pick<ByQuery, 'query' | 'timeoutMs' | 'maxRows'>,
  runTag: string,
): Promise<RowsRead> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs + 1000,
    application_name: 'webhook-stress read-back',
  });
  // A connection that breaks later says so here, too.
  client.on('error', () => {});
  const text = String(query).replace(/;\s*$/, '');
  try {
    await client.connect();
    await client.query(`SET default_transaction_read_only = on; SET statement_timeout = ${timeoutMs}`);
    await client.query('BEGIN READ ONLY');
    const { rows } = await client.query<Record<string, unknown>>(
      `SELECT * FROM (${text}\n) AS effects LIMIT ${maxRows + 1}`,
      tagInQuery.test(text) ? [runTag] : [],
    );
    if (rows.length > maxRows) return { failed: `it has more than ${maxRows} rows: see readback.maxRows` };
    return { rows };
  } catch (error) {
    return { failed: reasonOf(error) };
  } finally {
    await client.end().catch(() => {});
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (aboutQuery.test(code) && error instanceof Error) return `PostgreSQL says: ${error.message}`;
  return `PostgreSQL could not be asked (${refusalWords(error)}): see READBACK_POSTGRES_URL`;
}
