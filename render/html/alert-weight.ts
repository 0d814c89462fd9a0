import type { AlertKind } from '../../contract/journal/journal.ts';

/** How grave an alert is for who looks at the plots. It decides no verdict: the criteria do. */
export type AlertWeight = 'grave' | 'notable' | 'plain';

export const alertWeights: Readonly<Record<AlertKind, AlertWeight>> = {
  'process-started': 'plain',
  'process-ended': 'grave',
  'process-recycled': 'plain',
  'end-in-log': 'notable',
  'unseen-end': 'notable',
  'server-lost': 'grave',
  'memory-high': 'notable',
  'cpu-high': 'notable',
  'health-failed': 'grave',
  'health-slow': 'notable',
  'redis-failed': 'grave',
  'database-failed': 'grave',
  'pool-near-exhaustion': 'notable',
  'redis-trouble': 'grave',
  'database-trouble': 'grave',
  'store-log': 'grave',
  'oom-kill': 'grave',
  'log-unread': 'notable',
};

export const alertSymbols: Readonly<Record<AlertWeight, string>> = { grave: '✗', notable: '▲', plain: '●' };
