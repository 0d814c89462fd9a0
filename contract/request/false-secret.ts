import { usesToken } from '../profile/consistency.ts';
import type { Webhook } from '../profile/given-webhooks.ts';
import type { TargetProfile } from '../profile/profile.ts';

// Secrets that are wrong and look right. Only their first characters differ: the last one of a base64 text may hold no bit of its key.

/** The secret with another character; `place` counts from the end of the prefix that is no part of a key. */
export function alteredSecret({ secret: declared }: TargetProfile, secret: string, place: 0 | 1 = 0): string {
  const prefix = declared.in === 'signature' && secret.startsWith(declared.key.prefix) ? declared.key.prefix.length : 0;
  return withAnotherAt(secret, Math.min(prefix + place, Math.max(prefix, secret.length - 1)));
}

/** The text with another character there: whoever compares without regard to case must see a difference, too. */
export function withAnotherAt(text: string, at: number): string {
  return `${text.slice(0, at)}${/a/i.test(text.charAt(at)) ? 'b' : 'a'}${text.slice(at + 1)}`;
}

/**
 * The secret of another webhook, where the token and not the secret tells which webhook it is; a made-up one if no webhook has
 * another.
 */
export function anotherSecret(profile: TargetProfile, webhooks: readonly Webhook[], index: number): string {
  const own = webhooks[index]?.secret ?? '';
  const others = usesToken(profile) ? [...webhooks.slice(index + 1), ...webhooks.slice(0, index)] : [];
  return others.find(({ secret }) => secret !== own)?.secret ?? alteredSecret(profile, own, 1);
}
