import { usesSecret } from '../profile/consistency.ts';
import { idPlaceholders, placeholdersIn } from '../profile/placeholders.ts';
import type { TargetProfile } from '../profile/profile.ts';
import type { Flaw } from './flaws.ts';
import { answersMs, keyLife } from './limits.ts';

/** Words of which a signature of another body differs surely. */
const tellApart: readonly string[] = [...idPlaceholders, 'quantity'];

/** The flaws that a target must notice, by its profile; none if it declares neither a signature nor a secret. */
export function flawsOf(profile: TargetProfile): readonly Flaw[] {
  const { secret, request } = profile;
  if (!usesSecret(profile)) return [];
  const plain: readonly Flaw[] = ['wrong', 'missing', 'other-secret'];
  if (secret.in !== 'signature') return plain;
  const signed = placeholdersIn(secret.signed);
  const coversBody = signed.includes('body') || signed.includes('params');
  const differs = placeholdersIn(request.body).some((word) => tellApart.includes(word));
  return [
    ...plain,
    'malformed',
    ...(coversBody && differs ? (['other-body'] as const) : []),
    ...(secret.toleranceSeconds === null ? [] : (['stale'] as const)),
    ...(secret.refusesReplays ? (['replayed'] as const) : []),
  ];
}

/** Server and generator may disagree on the time by so much. */
const clockSkewMs = 60_000;

/** How old a stale signal is: surely older than the target tolerates. */
export function staleMs({ secret }: TargetProfile): number {
  const seconds = secret.in === 'signature' ? (secret.toleranceSeconds ?? 0) : 0;
  return 2000 * seconds + clockSkewMs;
}

/** No replay waits longer for the TTL of idempotency to pass. */
const maxReplayGapMs = 5_000;

/** From an answer to its replay: past the TTL, where idempotency alone would let it in again, unless that takes long. */
export function replayGapMs(profile: TargetProfile): number {
  const { secret, idempotency } = profile;
  const toleranceMs =
    secret.in === 'signature' && secret.toleranceSeconds !== null ? 1000 * secret.toleranceSeconds : null;
  const pastTtlMs = idempotency.kind === 'none' ? answersMs : 1.2 * keyLife(profile).maxMs + answersMs;
  const isTooLong = pastTtlMs > maxReplayGapMs || (toleranceMs !== null && pastTtlMs > toleranceMs / 2);
  return isTooLong ? 0 : Math.ceil(pastTtlMs);
}
