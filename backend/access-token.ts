import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

const lifetimeMs = 12 * 60 * 60 * 1000;

/** An access token that any worker with the same key accepts: `<expiry in ms>.<signature>`. */
export function issueAccessToken(signingKey: string, nowMs: number): string {
  const expiry = String(nowMs + lifetimeMs);
  return `${expiry}.${sign(signingKey, expiry)}`;
}

export function isValidAccessToken(signingKey: string, token: string, nowMs: number): boolean {
  const [expiry = '', signature = ''] = token.split('.', 2);
  return sameSecret(signature, sign(signingKey, expiry)) && Number(expiry) > nowMs;
}

function sign(signingKey: string, text: string): string {
  return createHmac('sha256', signingKey).update(text).digest('base64url');
}

export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Compares in a time that tells nothing about where the two differ. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}
