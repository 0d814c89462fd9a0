import type { TargetProfile } from '../../contract/profile/profile.ts';
import { type Explanation, firstFit, type Question } from './question.ts';

/**
 * Repeats were declared to be counted, and only repeats exceed the limit: then the server may as well look for them first, and count none. The
 * order decides, and the run does not tell which of the two is meant.
 */
export function uncountedRepeatsFit(question: Question): readonly Explanation[] {
  const { profile, limiter } = question;
  const uncounted = withoutRepeats(profile);
  if (uncounted === null) return [];
  const explanation: Explanation = {
    // A copy: what the counts expect of the declared limiter was worked out for the declared order.
    limiter: { ...limiter },
    repeatsAreUncounted: true,
    words: `repeats that are looked for before the limiter and use no quota, and without them the limit was never exceeded: if that is meant, declare idempotency.order as "before-limiter"`,
  };
  return firstFit([explanation], { ...question, profile: uncounted });
}

/** The profile by which the explanation explains the run. */
export function profileOf(profile: TargetProfile, { limiter, repeatsAreUncounted }: Explanation): TargetProfile {
  const uncounted = repeatsAreUncounted === true ? withoutRepeats(profile) : null;
  return { ...(uncounted ?? profile), limiter };
}

function withoutRepeats(profile: TargetProfile): TargetProfile | null {
  const { idempotency } = profile;
  if (idempotency.kind !== 'ttl' || idempotency.order === 'before-limiter') return null;
  return { ...profile, idempotency: { ...idempotency, order: 'before-limiter' } };
}
