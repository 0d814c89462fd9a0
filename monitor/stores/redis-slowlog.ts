/** How far SLOWLOG was read. */
export interface SlowCommands {
  readonly lastId: number;
}

interface Found {
  readonly count: number;
  readonly slowestMs: number;
  /** Its name. Its arguments are keys and values of the server, and are never kept. */
  readonly slowest: string | null;
}

/**
 * What SLOWLOG GET tells beyond what was read before.
 * @param before null for the first look: what stands there then is history.
 */
export function newSlowCommands(
  answer: readonly unknown[],
  before: SlowCommands | null,
): { readonly found: Found; readonly next: SlowCommands } {
  const entries = answer.flatMap((entry) => {
    const [id, , micros, words]: readonly unknown[] = Array.isArray(entry) ? entry : [];
    const name: unknown = Array.isArray(words) ? words[0] : null;
    return typeof id === 'number' && typeof micros === 'number' ? [{ id, micros, name: nameOf(name) }] : [];
  });
  const newest = entries.reduce((max, { id }) => Math.max(max, id), -1);
  // Emptied by SLOWLOG RESET it goes on counting; a new process begins at 0, which the caller tells.
  const lastId = before?.lastId ?? newest;
  const fresh = entries.filter(({ id }) => id > lastId);
  const slowest = fresh.reduce<(typeof fresh)[number] | null>(
    (a, b) => (a === null || b.micros > a.micros ? b : a),
    null,
  );
  return {
    found: {
      count: fresh.length === 0 ? 0 : newest - lastId,
      slowestMs: (slowest?.micros ?? 0) / 1000,
      slowest: slowest?.name ?? null,
    },
    next: { lastId: Math.max(lastId, newest) },
  };
}

function nameOf(word: unknown): string | null {
  return typeof word === 'string' && /^[A-Za-z][A-Za-z.|_-]{0,31}$/.test(word) ? word.toUpperCase() : null;
}
