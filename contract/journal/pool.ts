/** Names under which servers report their pool: ours, SQLAlchemy's and usual ones. */
const sizeNames = ['pool_size', 'pool.size', 'size', 'max_connections', 'pool.max'] as const;
const inUseNames = [
  'in_use',
  'checked_out',
  'pool.in_use',
  'pool.checked_out',
  'active_connections',
  'active',
] as const;

function first(numbers: Readonly<Record<string, number>>, names: readonly string[]): number | null {
  for (const name of names) {
    const value = numbers[name];
    if (value !== undefined) return value;
  }
  return null;
}

/** How full the database's connection pool is; null where the statistics do not tell. */
export function poolUse(
  numbers: Readonly<Record<string, number>>,
): { readonly inUse: number; readonly size: number; readonly share: number } | null {
  const size = first(numbers, sizeNames);
  const inUse = first(numbers, inUseNames);
  return size === null || inUse === null || size <= 0 ? null : { inUse, size, share: inUse / size };
}

/** Connections that the server says it holds to a store. */
export function connectionsIn(numbers: Readonly<Record<string, number>>): number | null {
  return first(numbers, ['connected_clients', 'connections', 'total_connections', ...inUseNames]);
}
