import { SharedArray } from 'k6/data';
import { sizesFromSettings } from '../contract/plan/sizes.ts';
import { givenWebhooks, listed } from '../contract/profile/given-webhooks.ts';
import { readProfile, type TargetProfile } from '../contract/profile/profile.ts';
import { profileWithSettings } from '../contract/profile/settings.ts';
import { builtInProfiles, isBuiltInProfileName } from '../profiles/built-in.ts';

// The one place on the k6 side that reads the environment. All problems are told at once, before anything is sent.

const settings = __ENV as Readonly<Record<string, string | undefined>>;
const profileProblems: string[] = [];

/** The runner's own profile, or a ready one by name, and over it the settings. */
function settledProfile(): TargetProfile {
  const { profile: changed, problems: wrong } = profileWithSettings(baseProfile(), settings);
  profileProblems.push(...wrong);
  return changed;
}

/** STRESS_PROFILE is the name of a built-in profile, or a whole profile as JSON. */
function baseProfile(): TargetProfile {
  const text = settings.STRESS_PROFILE || 'generic';
  if (isBuiltInProfileName(text)) return builtInProfiles[text];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    profileProblems.push(
      `STRESS_PROFILE is "${text}"; a bundle run alone takes ${Object.keys(builtInProfiles).join(', ')}, or the JSON that "webhook-stress profile FILE" prints`,
    );
    return builtInProfiles.generic;
  }
  const read = readProfile(value);
  profileProblems.push(...read.problems.map((problem) => `STRESS_PROFILE: ${problem}`));
  return read.profile ?? builtInProfiles.generic;
}

/** Checked once for all VUs: building the checks takes each of them tens of milliseconds of CPU. */
const [settled] = new SharedArray('profile', () => {
  const profile = settledProfile();
  return [{ profile, problems: profileProblems }];
});
if (settled === undefined) throw new Error('there is no profile');
const { profile } = settled;
const problems = [...settled.problems];
const { sizes, problems: sizeProblems } = sizesFromSettings(settings);
problems.push(...sizeProblems);

const baseUrl = (settings.BASE_URL || profile.baseUrl || 'http://127.0.0.1:8000').replace(/\/+$/, '');
const host = /^https?:\/\/(?:[^/@]*@)?(\[[^\]]+\]|[^/:?#]+)/i.exec(baseUrl)?.[1]?.toLowerCase();
if (host === undefined) problems.push('BASE_URL must begin with http:// or https:// and name a host');

const given = givenWebhooks(profile, listed(settings.WEBHOOK_TOKEN), listed(settings.WEBHOOK_SECRET));
problems.push(...given.problems);

if (problems.length > 0) throw new Error(`settings: ${problems.join('; ')}`);

export const environment = {
  baseUrl,
  /** Given webhooks; empty means: log in and create them. */
  webhooks: given.webhooks,
  email: settings.LOGIN_EMAIL || 'stress@example.com',
  password: settings.LOGIN_PASSWORD || 'stress-password',
  profile,
  sizes,
  /** A host outside loopback that load may go to; k6 refuses every other connection, see lib/options.ts. */
  hostIsAllowed: listed(settings.ALLOW_HOST).some((name) => name.toLowerCase() === host),
  /** Makes the signals of this run unlike those of any other; null: to be made up. */
  runTag: settings.STRESS_RUN_TAG || null,
  /** Where the summary goes as JSON; without it k6 prints its own. */
  summaryFile: settings.STRESS_SUMMARY || null,
} as const;
