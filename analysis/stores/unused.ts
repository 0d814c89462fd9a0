import type { PostgresLookLine, RedisLookLine } from '../../contract/journal/journal.ts';

/**
 * Whether nobody but the monitor was connected to the store at any look, nor came and went between two of them. Then it is hardly the
 * server's.
 */
export function isUnused(looks: readonly (RedisLookLine | PostgresLookLine)[]): boolean {
  const [first, last] = [looks[0], looks.at(-1)];
  if (looks.length < 3 || first === undefined || last === undefined) return false;
  return looks.every(isAlone) && cameAndWent(first, last) === 0;
}

function isAlone(look: RedisLookLine | PostgresLookLine): boolean {
  return look.store === 'redis' ? look.clients === 1 : look.ofDatabase === 0;
}

/** Null, so not 0, where this version does not count them. */
function cameAndWent(first: RedisLookLine | PostgresLookLine, last: RedisLookLine | PostgresLookLine): number | null {
  if (first.store === 'redis' && last.store === 'redis')
    return difference(first.connectionsTaken, last.connectionsTaken);
  return first.store === 'postgres' && last.store === 'postgres' ? difference(first.sessions, last.sessions) : null;
}

const difference = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : b - a);
