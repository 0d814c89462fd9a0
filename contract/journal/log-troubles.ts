import type { LogTroubleKind, StoreName } from './journal.ts';

/** What lines of a server's log tell: of which store, and in words. */
export const logTroubleTable: Readonly<Record<LogTroubleKind, { readonly store: StoreName; readonly words: string }>> =
  {
    'pool-timeout': { store: 'postgres', words: 'the pool of connections to the database was exhausted' },
    'unnamed-pool-timeout': {
      store: 'postgres',
      words: 'a pool of connections was exhausted (the line does not say which: to the database, to Redis)',
    },
    'no-connection': { store: 'postgres', words: 'no connection to the database, or it broke' },
    'too-many-connections': { store: 'postgres', words: 'the database refused a connection: too many' },
    'database-starting': { store: 'postgres', words: 'the database was starting, stopping or recovering' },
    deadlock: { store: 'postgres', words: 'a deadlock in the database' },
    'lock-timeout': { store: 'postgres', words: 'a statement was canceled after its time limit' },
    'database-locked': { store: 'postgres', words: 'the database was locked: a statement was given up' },
    'read-only': { store: 'postgres', words: 'the database took no writes: read-only' },
    'disk-full': { store: 'postgres', words: 'the disk of the database was full' },
    'redis-pool-timeout': { store: 'redis', words: 'the pool of connections to Redis was exhausted' },
    'redis-no-connection': { store: 'redis', words: 'no connection to Redis, or it broke' },
    'redis-too-many-clients': { store: 'redis', words: 'Redis refused a connection: too many clients' },
    'redis-full': { store: 'redis', words: 'Redis refused a write: out of memory' },
    'redis-loading': { store: 'redis', words: 'Redis was loading its data' },
    'redis-unsaved': { store: 'redis', words: 'Redis refused a write: it cannot save' },
    'redis-read-only': { store: 'redis', words: 'Redis refused a write: read-only replica' },
    'redis-cluster-down': { store: 'redis', words: 'Redis refused a command: a master, replica or slot was missing' },
  };
