import { lazily } from '../contract/profile/lazily.ts';
import { readProfile, type TargetInput, type TargetProfile } from '../contract/profile/profile.ts';
import embedded from './embedded.ts';
import fastapi from './fastapi.ts';
import assumed from './generic.ts';

function ready(input: TargetInput): () => TargetProfile {
  return lazily(() => {
    const { profile, problems } = readProfile(input);
    if (profile === null) throw new Error(`the ready profile "${input.name}" is wrong: ${problems.join('; ')}`);
    return profile;
  });
}

const made = { embedded: ready(embedded), assumed: ready(assumed), fastapi: ready(fastapi) } as const;

/** The profiles that come with the project, by the names under which TARGET_PROFILE finds them. */
export const readyProfiles = {
  get embedded() {
    return made.embedded();
  },
  get assumed() {
    return made.assumed();
  },
  get fastapi() {
    return made.fastapi();
  },
} as const;
export type ReadyProfileName = keyof typeof readyProfiles;

export function isReadyProfileName(text: string): text is ReadyProfileName {
  return Object.keys(readyProfiles).includes(text);
}
