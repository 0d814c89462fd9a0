import { placeholdersIn } from './placeholders.ts';
import type { TargetProfile } from './profile.ts';

/**
 * Whether one list tells of all webhooks: nothing in the request of the read-back says which webhook is meant. It is read once, and each
 * entry is of the webhook that its id was sent to.
 */
export function isReadAtOnce({ readback }: Pick<TargetProfile, 'readback'>): boolean {
  if (readback.kind !== 'url') return false;
  const words = [...placeholdersIn(readback.path), ...placeholdersIn(readback.headers)];
  // Each tenant logs in by itself.
  return !words.some((word) => word === 'token' || word === 'secret' || word === 'accessToken');
}
