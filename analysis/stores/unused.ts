import type { PostgresLookLine, RedisLookLine } from '../../contract/journal/journal.ts';

type Look = RedisLookLine | PostgresLookLine;

/** Commands or transactions of one look of the monitor, with what a store does for itself. */
const ownOfLook = 5;

/**
 * Whether nobody but the monitor used the store: no other connection at any look, none that came and went, and hardly more work than the
 * monitor's own, for a pooler lends one connection to many. Then it is hardly the server's.
 */
export function isUnused(looks: readonly Look[]): boolean {
  const [first, last] = [looks[0], looks.at(-1)];
  if (looks.length < 3 || first === undefined || last === undefined || !looks.every(isAlone)) return false;
  const [before, after] = [countersOf(first), countersOf(last)];
  return (
    isKnown(before) && isKnown(after) && after[0] === before[0] && after[1] - before[1] <= ownOfLook * looks.length
  );
}

function isAlone(look: Look): boolean {
  return look.store === 'redis' ? look.clients === 1 : look.ofDatabase === 0;
}

/** Connections that were made, and work that was done. Null, so not known, where this version does not count them. */
function countersOf(look: Look): readonly [number | null, number | null] {
  return look.store === 'redis' ? [look.connectionsTaken, look.commands] : [look.sessions, look.transactions];
}

function isKnown(counters: readonly [number | null, number | null]): counters is readonly [number, number] {
  return counters[0] !== null && counters[1] !== null;
}
