import { isKeyShared, isKeySharedByTenants } from '../profile/idempotency-key.ts';
import type { TargetProfile } from '../profile/profile.ts';
import { type Role, roles } from './roles.ts';

// Phases that send each signal to one webhook and to another, of the same tenant or of two.

const elsewhere = ['idempotency.other-webhook', 'idempotency.other-tenant'] as const satisfies readonly Role[];
export type ElsewhereRole = (typeof elsewhere)[number];

export function isElsewhere(role: Role | null): role is ElsewhereRole {
  return elsewhere.some((one) => one === role);
}

export function elsewhereRoleOf(code: string): ElsewhereRole | null {
  return elsewhere.find((role) => roles[role].code === code) ?? null;
}

/** Whether the two are one signal, as the profile declares it. */
export function isOneSignal(role: ElsewhereRole, profile: TargetProfile): boolean {
  return role === 'idempotency.other-tenant' ? isKeySharedByTenants(profile) : isKeyShared(profile);
}
