import type { BackendOutcome, CountedPurpose, Counts } from './counts.ts';
import type { WorkerSettings } from './settings.ts';
import type { Claim, Decision, ReceivedSignal, SignalPage, Stored, Webhook } from './store/store.ts';

/** What a worker asks its supervisor: what it gives and what it gets. */
export interface Questions {
  settings: { gives: null; gets: WorkerSettings };
  process: { gives: ReceivedSignal; gets: Decision };
  claim: { gives: Claim; gets: Decision };
  release: { gives: Claim; gets: null };
  append: { gives: { signal: ReceivedSignal; stored: Stored }; gets: boolean };
  readTotal: { gives: string; gets: number };
  lock: { gives: { key: string; id: string; waits: boolean }; gets: string };
  unlock: { gives: { key: string; id: string }; gets: null };
  mayDie: { gives: string; gets: boolean };
  createWebhook: { gives: Webhook; gets: null };
  findWebhook: { gives: string; gets: Webhook | null };
  readSignals: { gives: { webhook: string; after: number; limit: number }; gets: SignalPage };
  counts: { gives: null; gets: Counts };
  health: { gives: null; gets: Health };
  storeErrors: { gives: StoreName; gets: number };
  pool: { gives: PoolState; gets: PoolState };
}

export interface Health {
  readonly workers: number;
  readonly uptimeSeconds: number;
}

export type StoreName = 'redis' | 'postgres';

export interface PoolState {
  readonly size: number;
  readonly inUse: number;
  readonly idle: number;
  readonly waiting: number;
}

export type QuestionName = keyof Questions;

export type Asked<Q extends QuestionName = QuestionName> = {
  [N in Q]: { readonly question: N; readonly number: number; readonly gives: Questions[N]['gives'] };
}[Q];

/** What a worker tells without waiting. */
export type Note =
  | { readonly note: 'listening'; readonly port: number }
  | { readonly note: 'cannot-start'; readonly reason: string; readonly portInUse: boolean }
  | { readonly note: 'request'; readonly purpose: CountedPurpose; readonly outcome: BackendOutcome }
  | { readonly note: 'first-signal' }
  /** Collect garbage: the supervisor's memory is measured, too. */
  | { readonly note: 'collect' }
  | { readonly note: 'store-error'; readonly store: StoreName }
  | { readonly note: 'pool'; readonly pool: PoolState };

export type FromWorker = Asked | Note;

export type FromSupervisor =
  | { readonly answer: number; readonly gets: unknown }
  | { readonly answer: number; readonly error: string }
  /** Drain and end. `gently` first lets keep-alive connections move to other workers. */
  | { readonly leave: true; readonly gently: boolean };
