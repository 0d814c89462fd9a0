import { lazy } from '../contract/profile/lazy.ts';
import type { TargetInput, TargetProfile } from '../contract/profile/profile.ts';
import { readProfile } from '../contract/profile/read-profile.ts';
import embedded from './embedded.ts';
import fastapi from './fastapi.ts';
import generic from './generic.ts';

function ready(input: TargetInput): () => TargetProfile {
  return lazy(() => {
    const { profile, problems } = readProfile(input);
    if (profile === null) throw new Error(`the ready profile "${input.name}" is wrong: ${problems.join('; ')}`);
    return profile;
  });
}

const made = { embedded: ready(embedded), generic: ready(generic), fastapi: ready(fastapi) } as const;

/** The profiles that come with the project, by the names under which STRESS_PROFILE finds them. */
export const builtInProfiles = {
  get embedded() {
    return made.embedded();
  },
  get generic() {
    return made.generic();
  },
  get fastapi() {
    return made.fastapi();
  },
} as const;
export type BuiltInProfileName = keyof typeof builtInProfiles;

export function isBuiltInProfileName(text: string): text is BuiltInProfileName {
  return Object.keys(builtInProfiles).includes(text);
}
