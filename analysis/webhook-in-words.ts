import { usesSecret, usesToken } from '../contract/profile/consistency.ts';
import type { TargetProfile } from '../contract/profile/profile.ts';

/**
 * A webhook by its number, as all of a report names it, and by where it is asked: `webhook 2 (POST /hook/{token}, value 3 of
 * WEBHOOK_TOKEN)`. The path keeps its placeholders: a token is never shown.
 */
export function webhookInWords(webhook: number, asked: string, profile: TargetProfile): string {
  const names = [...(usesToken(profile) ? ['WEBHOOK_TOKEN'] : []), ...(usesSecret(profile) ? ['WEBHOOK_SECRET'] : [])];
  const isListed = profile.provisioning.kind === 'given' && names.length > 0;
  return `webhook ${webhook} (${asked}${isListed ? `, value ${webhook + 1} of ${names.join(' and ')}` : ''})`;
}
