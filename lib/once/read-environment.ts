import profilesAsJson from 'built-in-profiles';
import { sizesFromSettings } from '../../contract/plan/sizes.ts';
import { defaultLogin } from '../../contract/profile/default-login.ts';
import { givenWebhooks, listed } from '../../contract/profile/given-webhooks.ts';
import { readbackTokenProblems } from '../../contract/profile/readback-token.ts';
import { secondTenantOf } from '../../contract/profile/second-tenant.ts';
import { profileWithSettings } from '../../contract/profile/settings.ts';
import type { Environment } from '../environment.ts';
import { type BuiltInProfiles, baseProfile } from './base-profile.ts';
import { hostOf, normalHost } from './host.ts';
import { proxyVariable } from './proxy.ts';

// The one place on the k6 side that reads the environment. All problems are told at once, before anything is sent.
// cli/environment-variables.ts says what each variable means.

type Settings = Readonly<Record<string, string | undefined>>;

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

/** The files that the settings name. A runner has checked them; a bundle run alone finds them from its own folder. */
function readTrust(settings: Settings, sendsNatively: boolean) {
  const problems: string[] = [];
  const read = (name: string): string | null => {
    const path = settings[name] || null;
    if (path === null) return null;
    try {
      return open(path);
    } catch {
      problems.push(`${name} names ${path}, which cannot be read`);
      return null;
    }
  };
  const trust = { ca: read('TLS_CA_FILE'), cert: read('TLS_CERT_FILE'), key: read('TLS_KEY_FILE') };
  if ((trust.cert === null) !== (trust.key === null))
    problems.push('TLS_CERT_FILE and TLS_KEY_FILE go together: set both');
  if (trust.ca !== null && !sendsNatively && !settings.SSL_CERT_FILE) {
    problems.push('TLS_CA_FILE: k6/http reads it from SSL_CERT_FILE alone, so set that to the same file, too');
  }
  return { trust, problems };
}

/** What k6 cannot do without our module. */
function versionProblems(profile: Environment['profile'], baseUrl: string, sendsNatively: boolean): readonly string[] {
  const cannot = profile.request.httpVersion === '2' && !sendsNatively && !baseUrl.startsWith('https:');
  return cannot ? ['HTTP_VERSION is 2: k6/http speaks it over https alone, so run it with our build of k6'] : [];
}

export interface ReadEnvironment {
  readonly read: Environment;
  readonly problems: readonly string[];
}

/** What the settings say, and all that is wrong with them. */
export function readEnvironment(settings: Settings): ReadEnvironment {
  const builtInProfiles: BuiltInProfiles = JSON.parse(profilesAsJson);
  const base = baseProfile(settings.STRESS_PROFILE || 'generic', builtInProfiles);
  const signalsReadback = builtInProfiles.embedded.readback;
  const { profile: declared, problems: profileProblems } = profileWithSettings(base.profile, settings, signalsReadback);
  const { sizes, problems: sizeProblems } = sizesFromSettings(settings);
  const baseUrl = (settings.BASE_URL || declared.baseUrl || 'http://127.0.0.1:8000').replace(/\/+$/, '');
  const host = hostOf(baseUrl);
  // The runner has compared hosts in full, IDNs included; a bundle run alone compares the text.
  const hostIsAllowed = settings.STRESS_HOST_ALLOWED
    ? settings.STRESS_HOST_ALLOWED === 'on'
    : listed(settings.ALLOW_HOST).some((name) => normalHost(name) === host);
  const proxy = readProxy(settings, baseUrl, hostIsAllowed);
  const sendsNatively = settings.STRESS_SENDER === 'native' && !proxy.isUsed;
  const { trust, problems: trustProblems } = readTrust(settings, sendsNatively);
  const given = givenWebhooks(declared, listed(settings.WEBHOOK_TOKEN), listed(settings.WEBHOOK_SECRET));
  const second = secondTenantOf({ profile: declared, webhooks: given.webhooks, settings });
  const readbackToken = settings.READBACK_TOKEN?.trim() ?? '';
  return {
    read: {
      baseUrl,
      webhooks: given.webhooks,
      secondTenant: second.tenant,
      email: settings.LOGIN_EMAIL || defaultLogin.email,
      password: settings.LOGIN_PASSWORD || defaultLogin.password,
      readbackToken,
      secondReadbackToken: settings.SECOND_READBACK_TOKEN?.trim() ?? '',
      profile: second.profile,
      sizes,
      hostIsAllowed,
      address: settings.STRESS_ADDRESS && host !== null ? { host, ip: settings.STRESS_ADDRESS } : null,
      trust,
      sendsNatively,
      runTag: settings.STRESS_RUN_TAG || null,
      planFile: settings.STRESS_PLAN || null,
      generator: settings.STRESS_GENERATOR || null,
      summaryFile: settings.STRESS_SUMMARY || null,
    },
    problems: [
      ...base.problems,
      ...profileProblems,
      ...sizeProblems,
      ...(host === null ? ['BASE_URL must begin with http:// or https:// and name a host'] : []),
      ...versionProblems(declared, baseUrl, sendsNatively),
      ...proxy.problems,
      ...trustProblems,
      ...given.problems,
      ...second.problems,
      ...readbackTokenProblems(declared, readbackToken),
    ],
  };
}
