import type { TargetProfile } from '../../contract/profile/profile.ts';

/**
 * Whether Go's HTTP client would send a request again by itself when its connection, used before, breaks: it takes what has
 * such a method or header for idempotent (net/http, Request.isReplayable). A signal would arrive twice and be told once.
 */
export function isResentSilently({ method, headers }: TargetProfile['request']): boolean {
  return method === 'GET' || Object.keys(headers).some((name) => /^(x-)?idempotency-key$/i.test(name));
}
