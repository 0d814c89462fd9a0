import type { Status } from '../../contract/report/criteria.ts';
import type { Measure } from '../../contract/report/report.ts';
import type { FaultOfStore } from './store-faults.ts';

/** What one source says of one store. */
export interface JudgedStore {
  readonly status: Status;
  /** What was seen, to follow the store's name. */
  readonly summary: string;
  readonly measures: readonly Measure[];
  readonly evidence: readonly string[];
  /** What is wrong with it, the worst first; none where nothing is. */
  readonly faults?: readonly FaultOfStore[];
}

export const names = { redis: 'Redis', postgres: 'database' } as const;
export const products = { redis: 'Redis', postgres: 'PostgreSQL' } as const;
/** How measures of a store begin. */
export const prefixes = { redis: 'redis', postgres: 'database' } as const;
export const urlNames = { redis: 'MONITOR_REDIS_URL', postgres: 'MONITOR_POSTGRES_URL' } as const;
