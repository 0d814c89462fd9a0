import { placeholdersIn } from './placeholders.ts';
import type { TargetProfile } from './profile.ts';

// A read-back by URL may ask with a token of its own, such as that of an administrator. It comes from READBACK_TOKEN,
// and that of a second tenant, which has its own, from SECOND_READBACK_TOKEN.

export const usesReadbackToken = ({ readback }: Pick<TargetProfile, 'readback'>): boolean =>
  readback.kind === 'url' && placeholdersIn([readback.path, readback.headers]).includes('readbackToken');

/**
 * What is wrong with READBACK_TOKEN for this profile, one sentence each.
 * @param unread settings whose file could not be read, which is told elsewhere.
 */
export function readbackTokenProblems(
  profile: Pick<TargetProfile, 'readback'>,
  token: string,
  unread: readonly string[] = [],
): readonly string[] {
  if (token !== '' || !usesReadbackToken(profile) || unread.includes('READBACK_TOKEN')) return [];
  return [
    "READBACK_TOKEN is not set, and the profile's read-back asks with {readbackToken}: set it, or set READBACK_TOKEN_FILE to a file with it",
  ];
}
