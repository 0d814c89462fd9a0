import { keyFields } from './idempotency-key.ts';
import type { TargetProfile } from './profile.ts';

/**
 * The field of the body that holds the ticker or the price, where it is one of those that make a signal what it is; else null.
 * In a body that is text the fields have these names.
 */
export function identifyingField(
  { idempotency, request: { body } }: Pick<TargetProfile, 'idempotency' | 'request'>,
  what: 'ticker' | 'price',
): string | null {
  if (idempotency.kind === 'none') return null;
  const holds = (field: string): boolean => (typeof body === 'string' ? field === what : body[field] === `{${what}}`);
  return keyFields(idempotency).find(holds) ?? null;
}
