import { readProfile, type TargetProfile } from '../contract/profile.ts';
import { profileWithSettings } from '../contract/profile-settings.ts';
import { sizesFromSettings } from '../contract/sizes.ts';
import { readyProfiles } from '../targets/ready.ts';

// The one place on the k6 side that reads the environment. All problems are told at once, before anything is sent.

const settings = __ENV as Readonly<Record<string, string | undefined>>;
const problems: string[] = [];

function list(name: string): string[] {
  return (settings[name] ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
}

/** The runner's own profile, settled already; run alone, a bundle assumes one and changes it by settings. */
function settledProfile(): TargetProfile {
  if (settings.STRESS_PROFILE === undefined || settings.STRESS_PROFILE === '') {
    const changed = profileWithSettings(readyProfiles.assumed, settings);
    problems.push(...changed.problems);
    return changed.profile;
  }
  const read = readProfile(JSON.parse(settings.STRESS_PROFILE));
  problems.push(...read.problems.map((problem) => `STRESS_PROFILE: ${problem}`));
  return read.profile ?? readyProfiles.assumed;
}

const profile = settledProfile();
const { sizes, problems: sizeProblems } = sizesFromSettings(settings);
problems.push(...sizeProblems);

const baseUrl = (settings.BASE_URL || 'http://127.0.0.1:8000').replace(/\/+$/, '');
const host = /^https?:\/\/(?:[^/@]*@)?(\[[^\]]+\]|[^/:?#]+)/i.exec(baseUrl)?.[1]?.toLowerCase();
if (host === undefined) problems.push('BASE_URL must begin with http:// or https:// and name a host');

const tokens = list('WEBHOOK_TOKEN');
const secrets = list('WEBHOOK_SECRET');
if (tokens.length !== secrets.length) {
  problems.push(
    `WEBHOOK_TOKEN holds ${tokens.length} and WEBHOOK_SECRET ${secrets.length} values; give a secret for each token, in the same order`,
  );
}

if (problems.length > 0) throw new Error(`settings: ${problems.join('; ')}`);

export interface Webhook {
  readonly token: string;
  readonly secret: string;
}

export const environment = {
  baseUrl,
  /** Given webhooks; empty means: log in and create them. */
  webhooks: tokens.map((token, index): Webhook => ({ token, secret: secrets[index] ?? '' })),
  email: settings.LOGIN_EMAIL || 'stress@example.com',
  password: settings.LOGIN_PASSWORD || 'stress-password',
  profile,
  sizes,
  /** A host outside loopback that load may go to; k6 refuses every other connection, see lib/options.ts. */
  hostIsAllowed: list('ALLOW_HOST').some((name) => name.toLowerCase() === host),
  /** Where the summary goes as JSON; without it k6 prints its own. */
  summaryFile: settings.STRESS_SUMMARY || null,
} as const;
