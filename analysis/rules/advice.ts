import type { TargetProfile } from '../../contract/profile/profile.ts';

/** What to look at; of a store, only where the profile does not say that there is none. */
export type Advice = string | { readonly about: 'redis' | 'database'; readonly text: string };

export function adviceFor(advice: readonly Advice[], profile: TargetProfile): readonly string[] {
  return advice.flatMap((line) => (typeof line === 'string' ? line : profile[line.about] === 'none' ? [] : line.text));
}
