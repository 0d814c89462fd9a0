import profilesAsJson from 'built-in-profiles';
import { SharedArray } from 'k6/data';
import { type Sizes, sizesFromSettings } from '../contract/plan/sizes.ts';
import { givenWebhooks, listed, type Webhook } from '../contract/profile/given-webhooks.ts';
import type { TargetProfile } from '../contract/profile/profile.ts';
import { profileWithSettings } from '../contract/profile/settings.ts';
import { type BuiltInProfiles, baseProfile } from './base-profile.ts';
import { hostOf, normalHost } from './host.ts';
import { proxyVariable } from './proxy.ts';

// The one place on the k6 side that reads the environment. All problems are told at once, before anything is sent.
//
// | variable | read by | meaning |
// | --- | --- | --- |
// | BASE_URL, ALLOW_HOST | bundle | where load goes; hosts outside loopback that it may go to |
// | ALLOW_PROXY=on | bundle | HTTP_PROXY and HTTPS_PROXY may be used; without it no proxy ever is |
// | WEBHOOK_TOKEN, WEBHOOK_SECRET, LOGIN_EMAIL, LOGIN_PASSWORD | bundle | given webhooks, or how to create them |
// | SIZE and the names in contract/plan/sizes.ts | bundle | sizes |
// | LIMIT … in contract/profile/settings.ts | bundle | changes of the profile |
// | STRESS_PROFILE | bundle | a built-in profile's name, or the JSON that `webhook-stress profile FILE` prints |
// | STRESS_RUN_TAG | bundle | begins every signal id; made up if it is not set |
// | STRESS_SUMMARY | bundle | file for k6's summary as JSON; without it k6 prints its own |
// | STRESS_SENDER | bundle | `native` or `k6-http`: our Go module or k6/http sends. Our k6 build sets `native` |
// | STRESS_RUN_ID | --out timeline | run id in the header of each journal file; made up if it is not set |
// | STRESS_SCENARIO | --out timeline | names the journal's files; the script's name if it is not set |
// | STRESS_LEDGER=off | --out timeline | writes the timeline only, no line a request |
// | STRESS_CLOCK | --out timeline | `<wall µs>:<monotonic µs>`: the run's clock; k6 notes its own if it is not set |
// | STRESS_STOP_WITH_PARENT=on | --out timeline | ends the test when the process that started k6 has exited |

type Settings = Readonly<Record<string, string | undefined>>;

export interface Environment {
  readonly baseUrl: string;
  /** Given webhooks; empty means: log in and create them. */
  readonly webhooks: readonly Webhook[];
  readonly email: string;
  readonly password: string;
  readonly profile: TargetProfile;
  readonly sizes: Sizes;
  /** Load may go to this host outside loopback; if not, k6 refuses every connection there, see lib/options.ts. */
  readonly hostIsAllowed: boolean;
  /** Our own Go module sends, not k6/http. */
  readonly sendsNatively: boolean;
  /** Makes the signals of this run unlike those of any other; null: to be made up. */
  readonly runTag: string | null;
  /** Where the summary goes as JSON; without it k6 prints its own. */
  readonly summaryFile: string | null;
}

/** Whether a proxy is to be used, and what is wrong with that. The Go module uses none. */
function readProxy(settings: Settings, baseUrl: string, hostIsAllowed: boolean) {
  const variable = proxyVariable(baseUrl, settings);
  if (variable === null) return { isUsed: false, problems: [] };
  if (settings.ALLOW_PROXY === 'on') {
    // Behind a proxy k6 cannot check the address, so the host must be allowed by name.
    const problems = hostIsAllowed
      ? []
      : [`${variable} leads outside loopback: add ${hostOf(baseUrl)} to ALLOW_HOST if you may load it`];
    return { isUsed: true, problems };
  }
  const isIgnored = settings.STRESS_SENDER === 'native';
  const problems = isIgnored
    ? []
    : [`${variable} would send the load through a proxy: unset it, or set ALLOW_PROXY=on if that is meant`];
  return { isUsed: false, problems };
}

interface Settled {
  readonly read: Environment;
  readonly problems: readonly string[];
}

function readEnvironment(settings: Settings): Settled {
  const builtInProfiles: BuiltInProfiles = JSON.parse(profilesAsJson);
  const base = baseProfile(settings.STRESS_PROFILE || 'generic', builtInProfiles);
  const signalsReadback = builtInProfiles.embedded.readback;
  const { profile, problems: profileProblems } = profileWithSettings(base.profile, settings, signalsReadback);
  const { sizes, problems: sizeProblems } = sizesFromSettings(settings);
  const baseUrl = (settings.BASE_URL || profile.baseUrl || 'http://127.0.0.1:8000').replace(/\/+$/, '');
  const host = hostOf(baseUrl);
  const hostIsAllowed = listed(settings.ALLOW_HOST).some((name) => normalHost(name) === host);
  const proxy = readProxy(settings, baseUrl, hostIsAllowed);
  const given = givenWebhooks(profile, listed(settings.WEBHOOK_TOKEN), listed(settings.WEBHOOK_SECRET));
  return {
    read: {
      baseUrl,
      webhooks: given.webhooks,
      email: settings.LOGIN_EMAIL || 'stress@example.com',
      password: settings.LOGIN_PASSWORD || 'stress-password',
      profile,
      sizes,
      hostIsAllowed,
      sendsNatively: settings.STRESS_SENDER === 'native' && !proxy.isUsed,
      runTag: settings.STRESS_RUN_TAG || null,
      summaryFile: settings.STRESS_SUMMARY || null,
    },
    problems: [
      ...base.problems,
      ...profileProblems,
      ...sizeProblems,
      ...(host === null ? ['BASE_URL must begin with http:// or https:// and name a host'] : []),
      ...proxy.problems,
      ...given.problems,
    ],
  };
}

/** Read once for all VUs, and kept as text: k6 would parse and freeze anything else for each VU. */
const kept = new SharedArray('environment', () => [JSON.stringify(readEnvironment(__ENV))]);
const settled: Settled = JSON.parse(kept[0] ?? '');
if (settled.problems.length > 0) throw new Error(`settings: ${settled.problems.join('; ')}`);

export const environment: Environment = settled.read;
