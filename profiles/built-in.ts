import { lazy } from '../contract/profile/lazy.ts';
import type { TargetInput, TargetProfile } from '../contract/profile/profile.ts';
import { readProfile } from '../contract/profile/read-profile.ts';
import embedded from './embedded.ts';
import fastapi from './fastapi.ts';
import generic from './generic.ts';
import github from './github.ts';
import shopify from './shopify.ts';
import slack from './slack.ts';
import standardWebhooks from './standard-webhooks.ts';
import stripe from './stripe.ts';
import tradingview from './tradingview.ts';
import twilio from './twilio.ts';

const inputs = {
  embedded,
  generic,
  fastapi,
  github,
  shopify,
  slack,
  'standard-webhooks': standardWebhooks,
  stripe,
  tradingview,
  twilio,
} as const satisfies Readonly<Record<string, TargetInput>>;

export type BuiltInProfileName = keyof typeof inputs;

export const builtInProfileNames = Object.keys(inputs) as readonly BuiltInProfileName[];

function ready(input: TargetInput): () => TargetProfile {
  return lazy(() => {
    const { profile, problems } = readProfile(input);
    if (profile === null) throw new Error(`the ready profile "${input.name}" is wrong: ${problems.join('; ')}`);
    return profile;
  });
}

/** The profiles that come with the project, by the names under which STRESS_PROFILE finds them; each is made when it is asked for. */
export const builtInProfiles: Readonly<Record<BuiltInProfileName, TargetProfile>> = Object.create(
  null,
  Object.fromEntries(builtInProfileNames.map((name) => [name, { get: ready(inputs[name]), enumerable: true }])),
);

export function isBuiltInProfileName(text: string): text is BuiltInProfileName {
  return builtInProfileNames.some((name) => name === text);
}
