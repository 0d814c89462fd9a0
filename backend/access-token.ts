import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

const lifetimeMs = 12 * 60 * 60 * 1000;

export const tenants = ['first', 'second'] as const;
/** Whose a log-in is, and the webhooks that it creates. */
export type Tenant = (typeof tenants)[number];

/** An access token that any worker with the same key accepts: `<tenant>.<expiry in ms>.<signature>`. */
export function issueAccessToken(signingKey: string, tenant: Tenant, nowMs: number): string {
  const expiry = String(nowMs + lifetimeMs);
  return `${tenant}.${expiry}.${sign(signingKey, `${tenant}.${expiry}`)}`;
}

/** Whose the token is; null for one that is wrong or expired. */
export function tenantOf(signingKey: string, token: string, nowMs: number): Tenant | null {
  const [name = '', expiry = '', signature = ''] = token.split('.', 3);
  const isValid = sameSecret(signature, sign(signingKey, `${name}.${expiry}`)) && Number(expiry) > nowMs;
  return isValid ? (tenants.find((tenant) => tenant === name) ?? null) : null;
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
