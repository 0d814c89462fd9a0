import type { Outcome } from './outcomes.ts';

/**
 * What the target promises and how its answers read. Verdicts are judged against it, and nothing else in the code looks at
 * a status number. `none` is a declared absence, `unknown` an undeclared one.
 */
export interface TargetProfile {
  readonly name: string;
  readonly limiter: Limiter;
  readonly idempotency: Idempotency;
  /** Whether GET {webhook}/signals tells what was processed. */
  readonly readback: 'signals' | 'none';
  readonly redis: 'present' | 'none' | 'unknown';
  readonly database: 'present' | 'none' | 'unknown';
  readonly answers: readonly AnswerRule[];
}

export type LimiterKind = 'sliding' | 'fixed' | 'token-bucket' | 'unknown';

export type Limiter =
  | { readonly kind: 'none' }
  | {
      readonly kind: LimiterKind;
      /** Requests admitted per window and webhook. */
      readonly limit: number;
      readonly windowMs: number;
      /** Bucket size; only the token bucket has one. */
      readonly burst: number | null;
    };

export type Idempotency =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'ttl';
      readonly ttlMs: number;
      /** Whether a repeat is recognised before the limiter counts it, so that it uses no quota. */
      readonly order: 'before-limiter' | 'after-limiter';
    };

/** The first rule that fits an answer names its outcome; an answer that fits none has `failed`. */
export interface AnswerRule {
  readonly outcome: Exclude<Outcome, 'timeout'>;
  readonly statuses: readonly number[];
  /** If given, the JSON body's top-level field must equal the value, too. */
  readonly body?: { readonly field: string; readonly equals: string };
}

const usualAnswers: readonly AnswerRule[] = [
  { outcome: 'duplicate', statuses: [200, 201, 202], body: { field: 'status', equals: 'duplicate' } },
  { outcome: 'duplicate', statuses: [409] },
  { outcome: 'accepted', statuses: [200, 201, 202, 204] },
  { outcome: 'limited', statuses: [429] },
  { outcome: 'rejected', statuses: [400, 401, 403, 404, 405, 413, 415, 422] },
];

/** The embedded backend as `webhook-stress target` starts it, without Redis and PostgreSQL. */
export const embeddedProfile: TargetProfile = {
  name: 'embedded backend',
  limiter: { kind: 'sliding', limit: 10, windowMs: 1000, burst: null },
  idempotency: { kind: 'ttl', ttlMs: 1000, order: 'before-limiter' },
  readback: 'signals',
  redis: 'none',
  database: 'none',
  answers: usualAnswers,
};

/** What is assumed of a server given only by its BASE_URL, until settings say otherwise. */
export const assumedProfile: TargetProfile = {
  name: 'assumed',
  limiter: { kind: 'unknown', limit: 10, windowMs: 1000, burst: null },
  idempotency: { kind: 'ttl', ttlMs: 1000, order: 'before-limiter' },
  readback: 'none',
  redis: 'unknown',
  database: 'unknown',
  answers: usualAnswers,
};
