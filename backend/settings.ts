import type { Signature } from '../contract/profile/profile.ts';
import type { FaultValues } from './faults.ts';
import type { LimiterName, NamedLimit } from './store/limiters/limiter.ts';

/** How one embedded backend is to run. It holds secrets: it travels to workers by message, never by argument. */
export interface BackendSettings {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly workers: number;
  readonly limiter: LimiterName;
  /** Signals admitted per webhook and `windowMs`; a bucket holds `burst` and gains `limit` in this time. */
  readonly limit: number;
  readonly windowMs: number;
  readonly burst: number;
  /** Limits that hold at the same time. */
  readonly further: readonly NamedLimit[];
  /** How long everything is refused after a request beyond a limit, and whether each refusal begins it anew. */
  readonly penaltyMs: number;
  readonly penaltyProlonged: boolean;
  /** How long a repeat is recognized after the first acceptance; 0 recognizes none. */
  readonly ttlMs: number;
  /** Whether the limiter counts a repeat before it is recognized. */
  readonly limiterFirst: boolean;
  /** Whether a signal's key is that of its webhook, or all webhooks of a log-in share their keys, or all. */
  readonly keysOf: 'webhook' | 'client' | 'all';
  /** Where idempotency and limiter live; null keeps them in the supervisor. */
  readonly redisUrl: string | null;
  /** Where webhooks and processed signals live; null keeps them in the supervisor. */
  readonly postgresUrl: string | null;
  /** Whether what an earlier start left in PostgreSQL stays. */
  readonly keepData: boolean;
  readonly email: string;
  readonly password: string;
  /** Of a second tenant; null: there is one log-in. */
  readonly secondLogin: { readonly email: string; readonly password: string } | null;
  /** What signals must be signed with; null: they carry the secret in their query. */
  readonly signature: Signature | null;
  readonly faults: FaultValues;
}

/** What a worker is told when it starts. */
export interface WorkerSettings extends BackendSettings {
  /** Signs access tokens, so that every worker knows those of the others. */
  readonly signingKey: string;
  /** Keeps this start's Redis keys apart from those of any other. */
  readonly redisPrefix: string;
}
