import { idPlaceholders } from './placeholders.ts';
import type { TargetProfile } from './profile.ts';

export type ByQuery = Extract<TargetProfile['readback'], { kind: 'query' }>;

/** Commands of Redis that read a whole key, each with the command that counts it. */
export const redisReads: Readonly<Record<string, string>> = {
  LRANGE: 'LLEN',
  SMEMBERS: 'SCARD',
  HGETALL: 'HLEN',
  HKEYS: 'HLEN',
  HVALS: 'HLEN',
  XRANGE: 'XLEN',
  XREVRANGE: 'XLEN',
  ZRANGE: 'ZCARD',
  ZREVRANGE: 'ZCARD',
};

/** The variable that holds the URL of the store. */
export const urlVariable = ({ store }: Pick<ByQuery, 'store'>): 'READBACK_POSTGRES_URL' | 'READBACK_REDIS_URL' =>
  store === 'postgresql' ? 'READBACK_POSTGRES_URL' : 'READBACK_REDIS_URL';

/** Why a query cannot be asked, one sentence each. That it changes nothing, the store itself sees to as well. */
export function queryProblems({ store, query }: Pick<ByQuery, 'store' | 'query'>): string[] {
  if (store === 'postgresql') {
    if (typeof query !== 'string') return ['readback.query: must be a text, one SELECT, if store is "postgresql"'];
    return /^\s*(select|with|table|values)\b/i.test(query) && !/;\s*\S/.test(query)
      ? []
      : ['readback.query: must be one SELECT: it only reads'];
  }
  const known = Object.keys(redisReads);
  if (typeof query === 'string') {
    return ['readback.query: must be a list of words, such as ["LRANGE", "processed", "0", "-1"], if store is "redis"'];
  }
  return known.includes((query[0] ?? '').toUpperCase())
    ? []
    : [`readback.query: is the command "${query[0]}"; it must be one that only reads: ${known.join(', ')}`];
}

/** How a query writes the run tag. */
export const tagInQuery = /\$1\b/;
export const tagInWord = '{runTag}';

/**
 * Why a query that asks for the ids of a run would find none: only an id written as {id} begins with the run tag. What such a query does not find would
 * count as lost.
 * @param words the placeholders of a signal's request.
 */
export function runTagProblems({ store, query }: Pick<ByQuery, 'store' | 'query'>, words: readonly string[]): string[] {
  const parts = [query].flat();
  const asks =
    store === 'postgresql'
      ? parts.some((part) => tagInQuery.test(part))
      : parts.some((part) => part.includes(tagInWord));
  const other = idPlaceholders.find((word) => words.includes(word));
  if (!asks || other === undefined || other === 'id') return [];
  const tag = store === 'postgresql' ? '$1' : tagInWord;
  const instead =
    store === 'postgresql'
      ? `leave ${tag} out, with a condition on the time of the row if the table is long`
      : `leave ${tag} out`;
  return [
    `readback.query: holds ${tag}, the run tag, and the request writes {${other}}, which does not begin with it, so that no row would be found: ${instead} (ids of other runs are passed over), or write {id}`,
  ];
}
