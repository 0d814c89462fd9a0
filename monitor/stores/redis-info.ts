import type { RedisLookLine } from '../../contract/journal/journal.ts';

type Figures = Omit<
  RedisLookLine,
  'store' | 'atUs' | 'latencyMs' | 'unseen' | 'slowCommands' | 'slowestMs' | 'slowestCommand'
>;

/** What INFO says, in our names; null for what this version does not tell, or all of it where INFO was not permitted. */
export function redisFigures(info: string | null): Figures {
  const fields = new Map<string, string>();
  for (const line of info?.split(/\r?\n/) ?? []) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  const number = (name: string): number | null => {
    const text = fields.get(name);
    const value = text === undefined || text === '' ? Number.NaN : Number(text);
    return Number.isFinite(value) ? value : null;
  };
  const tellsErrors = info !== null && /^# Errorstats/m.test(info);
  const errors = (...names: readonly string[]): number | null => {
    if (!tellsErrors) return null;
    return names.reduce(
      (sum, name) => sum + Number(/count=(\d+)/.exec(fields.get(`errorstat_${name}`) ?? '')?.[1] ?? 0),
      0,
    );
  };
  const used = number('used_memory');
  const states = ['rdb_last_bgsave_status', 'aof_last_write_status', 'aof_last_bgrewrite_status'].flatMap(
    (name) => fields.get(name) ?? [],
  );
  return {
    instance: /^[0-9a-f]{8}/.exec(fields.get('run_id') ?? '')?.[0] ?? null,
    clients: number('connected_clients'),
    maxClients: number('maxclients'),
    blockedClients: number('blocked_clients'),
    connectionsTaken: number('total_connections_received'),
    connectionsRefused: number('rejected_connections'),
    commands: number('total_commands_processed'),
    // What maxmemory is compared with.
    usedBytes: used === null ? null : used - (number('mem_not_counted_for_evict') ?? 0),
    maxBytes: number('maxmemory'),
    policy: /^[a-z-]{3,24}$/.exec(fields.get('maxmemory_policy') ?? '')?.[0] ?? null,
    evictedKeys: number('evicted_keys'),
    fullErrors: errors('OOM'),
    unsavedErrors: errors('MISCONF'),
    readOnlyErrors: errors('READONLY'),
    loadingErrors: errors('LOADING'),
    clusterErrors: errors('CLUSTERDOWN', 'MASTERDOWN', 'NOREPLICAS'),
    busyErrors: errors('BUSY'),
    savesOk: states.length === 0 ? null : states.every((state) => state.trim() === 'ok'),
  };
}

/** What one node does not tell of the rest. */
export function unseenOfOthers(info: string | null): readonly string[] {
  if (info === null) return [];
  return [
    ...(/^role:slave/m.test(info) ? ['what its master does: this is a replica'] : []),
    ...(/^cluster_enabled:1/m.test(info) ? ['the other nodes of its cluster'] : []),
  ];
}
