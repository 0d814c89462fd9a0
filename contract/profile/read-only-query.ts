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
