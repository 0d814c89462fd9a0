import type { StoreLine } from '../../contract/journal/journal.ts';

/** A look tells of this long. */
const validUs = 3_000_000;

/** How many connections a store had, by its last look before a moment; null where there was none. Moments must not go back. */
export function connectionsAt(lines: readonly StoreLine[]): (atUs: number) => number | null {
  let next = 0;
  let last: StoreLine | null = null;
  return (atUs) => {
    for (let line = lines[next]; line !== undefined && line.atUs <= atUs; line = lines[next]) {
      last = line;
      next += 1;
    }
    if (last === null || 'failure' in last || atUs - last.atUs > validUs) return null;
    return last.store === 'redis' ? last.clients : last.connections;
  };
}
