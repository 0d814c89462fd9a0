import * as z from 'zod';

// Lines of monitors/<id>.ndjson that tell what Redis and PostgreSQL said when the monitor asked them itself, and what the server's
// log said of them. Null is not known: too old, or not permitted (`unseen`).

export const stores = ['redis', 'postgres'] as const;

/**
 * Why a look failed. `refused`: nobody listens. `timeout`: no answer within the limit. `broken`: the connection ended. `full`: no
 * further connection is taken. `loading`: it starts up, loads or recovers. `busy`: a script holds it. `unsaved`: it takes no writes
 * because it cannot save. `crashed`: it ended all connections because one of its processes crashed. `denied`: password, user, database or
 * permission. `unresolved`: no such host. `tls`: no secure connection. `other`: see `code`.
 */
export const lookFailures = [
  ...(['refused', 'timeout', 'broken', 'full', 'loading', 'busy', 'unsaved', 'crashed'] as const),
  ...(['denied', 'unresolved', 'tls', 'other'] as const),
] as const;

const figure = z.number().nullable();

const look = {
  atUs: z.number(),
  /** Of PING or SELECT 1 on a connection that stood. */
  latencyMs: z.number(),
  /** What could not be seen, and what would let it be seen. */
  unseen: z.array(z.string()),
};

export const redisLook = z.object({
  store: z.literal('redis'),
  ...look,
  /** The beginning of its run id: another one is another process. */
  instance: z.string().nullable(),
  clients: figure,
  maxClients: figure,
  blockedClients: figure,
  /** Connections taken and refused since its start. */
  connectionsTaken: figure,
  connectionsRefused: figure,
  /** Of all clients since its start. */
  commands: figure,
  usedBytes: figure,
  /** 0: no limit. */
  maxBytes: figure,
  /** maxmemory-policy. */
  policy: z.string().nullable(),
  evictedKeys: figure,
  /** Commands answered with an error since its start: writes beyond maxmemory (OOM), unsaved (MISCONF), of a replica (READONLY), … */
  fullErrors: figure,
  unsavedErrors: figure,
  readOnlyErrors: figure,
  loadingErrors: figure,
  /** CLUSTERDOWN, MASTERDOWN, NOREPLICAS and TRYAGAIN. */
  clusterErrors: figure,
  busyErrors: figure,
  savesOk: z.boolean().nullable(),
  /** Entries of SLOWLOG since the look before, and the slowest of them: its name alone, never its arguments. */
  slowCommands: figure,
  slowestMs: figure,
  slowestCommand: z.string().nullable(),
});

export const postgresLook = z.object({
  store: z.literal('postgres'),
  ...look,
  /** When its main process started, in seconds since the epoch. */
  startedAt: figure,
  /** Connections of clients to all databases, and how many there can be for ordinary users. */
  connections: figure,
  maxConnections: figure,
  /** Those to the database that was asked about, without the monitor's own, and how many it lets in. */
  ofDatabase: figure,
  maxOfDatabase: figure,
  active: figure,
  idle: figure,
  idleInTransaction: figure,
  /** Of the active ones, those that wait for a lock, for storage, for an internal latch. */
  waitForLock: figure,
  waitForIo: figure,
  waitForLatch: figure,
  oldestTransactionMs: figure,
  longestIdleInTransactionMs: figure,
  /** Longest wait for a lock of a row, table or transaction; advisory locks are counted apart, for some are waited for on purpose. */
  longestLockWaitMs: figure,
  waitForAdvisoryLock: figure,
  /** In this database since its statistics began. */
  deadlocks: figure,
  sessions: figure,
  transactions: figure,
  inRecovery: z.boolean().nullable(),
});

export const storeFailure = z.object({
  store: z.enum(stores),
  atUs: z.number(),
  failure: z.enum(lookFailures),
  /** Of the system, of PostgreSQL (SQLSTATE) or of Redis; never a text of theirs, which may name host, user and database. */
  code: z.string().nullable(),
  tookMs: z.number(),
});

/** What lines of a server's log tell of its stores (contract/journal/log-troubles.ts). */
export const logTroubleKinds = [
  ...(['pool-timeout', 'unnamed-pool-timeout'] as const),
  ...(['no-connection', 'too-many-connections', 'deadlock', 'lock-timeout', 'database-locked', 'read-only'] as const),
  ...(['redis-pool-timeout', 'redis-no-connection', 'redis-too-many-clients', 'redis-full', 'redis-loading'] as const),
  ...(['redis-unsaved', 'redis-read-only', 'redis-cluster-down', 'database-starting', 'disk-full'] as const),
] as const;

export const logTrouble = z.object({ atUs: z.number(), trouble: z.enum(logTroubleKinds), lines: z.number() });
