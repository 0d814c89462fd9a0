import { Redis } from 'ioredis';
import { type ByQuery, redisReads, tagInWord } from '../../contract/profile/read-only-query.ts';
import type { Row, RowsRead } from './effect-lines.ts';
import { refusalWords } from './store-refusals.ts';

/** Asks Redis one command that only reads, after it has told that the key is not too long. */
export async function redisRows(
  url: string,
  { query, id, timeoutMs, maxRows }: Pick<ByQuery, 'query' | 'id' | 'timeoutMs' | 'maxRows'>,
  runTag: string,
): Promise<RowsRead> {
  const [command = '', key = '', ...rest] = [...query].map((word) => word.replaceAll(tagInWord, runTag));
  const name = command.toUpperCase();
  const count = redisReads[name];
  if (count === undefined) return { failed: `${name} is not a command that only reads` };
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectionName: 'webhook-stress-read-back',
  });
  // A connection that fails says so here, and to whoever waits for it only that it is closed.
  let refusal: unknown = null;
  redis.on('error', (error: unknown) => {
    refusal = error;
  });
  try {
    await redis.connect();
    const length = Number(await redis.call(count, key));
    if (length > maxRows) return { failed: `${key} has ${length} elements, more than readback.maxRows` };
    const words = name === 'LRANGE' && rest.length === 0 ? ['0', '-1'] : rest;
    return { rows: rowsOf(name, await redis.call(name, key, ...words), rest, id) };
  } catch (error) {
    return { failed: reasonOf(refusal ?? error) };
  } finally {
    redis.disconnect();
  }
}

/** What an answer of Redis says, as rows. */
export function rowsOf(command: string, answer: unknown, words: readonly string[], id: string): readonly Row[] {
  if (!Array.isArray(answer)) return [];
  const items: readonly unknown[] = answer;
  if (command.startsWith('X')) return items.map((entry) => ofEntry(entry));
  if (command === 'HGETALL') return pairs(items).map(([field, value]) => ({ [id]: field, ...ofText(value, 'value') }));
  if (words.some((word) => word.toUpperCase() === 'WITHSCORES')) {
    // By the protocol's version in pairs, or flat.
    return pairs(items.flat()).map(([member, score]) => ({ score, ...ofText(member, id) }));
  }
  return items.map((item) => ofText(item, id));
}

function pairs(items: readonly unknown[]): (readonly [string, string])[] {
  return Array.from({ length: items.length >> 1 }, (_, n) => [String(items[2 * n]), String(items[2 * n + 1])]);
}

/** The fields of a text that is a JSON object; of another the text itself, under a name. */
function ofText(value: unknown, name: string): Row {
  const text = String(value);
  try {
    const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : null;
    return typeof parsed === 'object' && parsed !== null
      ? Object.fromEntries(Object.entries(parsed))
      : { [name]: text };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { [name]: text };
  }
}

/** An entry of a stream: its own id, which begins with milliseconds, as `entry`, and its fields. */
function ofEntry(entry: unknown): Row {
  if (!Array.isArray(entry)) return {};
  const [entryId, fields]: readonly unknown[] = entry;
  const [ms = ''] = String(entryId).split('-');
  return { entry: ms, ...Object.fromEntries(pairs(Array.isArray(fields) ? fields : [])) };
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  // Of what Redis says of a command nothing is secret; of a connection only the code is told.
  if (/^(?:WRONGTYPE|ERR|NOPERM) /.test(text)) return `Redis says: ${text}`;
  return `Redis could not be asked (${refusalWords(error)}): see READBACK_REDIS_URL`;
}
