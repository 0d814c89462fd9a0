import type { LogTroubleKind, StoreFailureLine, StoreName } from '../../contract/journal/journal.ts';
import type { TroubleKind } from '../../contract/journal/store-troubles.ts';

/** What is wrong with a store. */
export type StoreFault =
  | 'down'
  | 'silent'
  | 'no connection'
  | 'starting'
  | 'pool'
  | 'no slot'
  | 'sessions left open'
  | 'deadlock'
  | 'lock'
  | 'locked file'
  | 'slow'
  | 'slow command'
  | 'memory full'
  | 'evicts'
  | 'cannot save'
  | 'disk full'
  | 'read-only'
  | 'cluster'
  | 'statistics'
  | 'errors';

export const faultOfTrouble: Readonly<Record<TroubleKind, StoreFault>> = {
  'redis-restarted': 'down',
  'redis-connections-refused': 'no slot',
  'redis-writes-refused': 'memory full',
  'redis-unsaved-writes': 'cannot save',
  'redis-read-only-writes': 'read-only',
  'redis-loading-errors': 'starting',
  'redis-cluster-errors': 'cluster',
  'redis-busy-errors': 'slow command',
  'redis-evicted': 'evicts',
  'redis-over-memory': 'memory full',
  'redis-no-slot': 'no slot',
  'redis-unsaved': 'cannot save',
  'redis-slow-command': 'slow command',
  'redis-slow': 'slow',
  'postgres-restarted': 'down',
  'postgres-deadlocks': 'deadlock',
  'postgres-lock-wait': 'lock',
  'postgres-no-slot': 'no slot',
  'postgres-near-exhaustion': 'no slot',
  'postgres-idle-sessions': 'sessions left open',
  'postgres-slow': 'slow',
};

export const faultOfLine: Readonly<Record<LogTroubleKind, StoreFault>> = {
  'pool-timeout': 'pool',
  'unnamed-pool-timeout': 'pool',
  'no-connection': 'no connection',
  'too-many-connections': 'no slot',
  'database-starting': 'starting',
  deadlock: 'deadlock',
  'lock-timeout': 'lock',
  'database-locked': 'locked file',
  'read-only': 'read-only',
  'disk-full': 'disk full',
  'redis-pool-timeout': 'pool',
  'redis-no-connection': 'no connection',
  'redis-too-many-clients': 'no slot',
  'redis-full': 'memory full',
  'redis-loading': 'starting',
  'redis-unsaved': 'cannot save',
  'redis-read-only': 'read-only',
  'redis-cluster-down': 'cluster',
};

export const faultOfFailure: Readonly<Record<StoreFailureLine['failure'], StoreFault>> = {
  ...{
    refused: 'down',
    broken: 'down',
    crashed: 'down',
    unresolved: 'down',
    denied: 'down',
    tls: 'down',
    other: 'down',
  },
  ...{ timeout: 'silent', full: 'no slot', loading: 'starting', busy: 'slow command', unsaved: 'cannot save' },
};

export interface FaultOfStore {
  readonly store: StoreName;
  readonly fault: StoreFault;
}

/** Who was down was not to be connected to, and started again. */
const explains: readonly (readonly [StoreFault, readonly StoreFault[]])[] = [
  ['down', ['no connection', 'starting', 'statistics']],
  ['starting', ['no connection']],
];

/** What another fault of the same store explains is left out. */
export function withoutExplained(faults: readonly FaultOfStore[]): readonly FaultOfStore[] {
  const has = (store: StoreName, fault: StoreFault): boolean =>
    faults.some((each) => each.store === store && each.fault === fault);
  return faults.filter(
    ({ store, fault }) => !explains.some(([cause, follows]) => has(store, cause) && follows.includes(fault)),
  );
}
