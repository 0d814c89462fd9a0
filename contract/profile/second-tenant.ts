import { usesSecret, usesToken } from './consistency.ts';
import { defaultLogin } from './default-login.ts';
import type { Webhook } from './given-webhooks.ts';
import { placeholdersIn } from './placeholders.ts';
import type { TargetProfile } from './profile.ts';
import { keyProblem } from './signing-key.ts';

// A second tenant of the target: another customer, whose signals have nothing to do with those of the first. It comes from the
// environment, for it is a log-in or a webhook with its secret. That there is one stands in the profile, for plans depend on it.

export const secondTenantVariables = [
  'SECOND_LOGIN_EMAIL',
  'SECOND_LOGIN_PASSWORD',
  'SECOND_WEBHOOK_TOKEN',
  'SECOND_WEBHOOK_SECRET',
] as const;
type Name = (typeof secondTenantVariables)[number];

export type SecondTenant =
  | { readonly kind: 'log-in'; readonly email: string; readonly password: string }
  | { readonly kind: 'webhook'; readonly webhook: Webhook };

interface Given {
  readonly profile: TargetProfile;
  /** Those of the first tenant; empty if they are created. */
  readonly webhooks: readonly Webhook[];
  readonly settings: Readonly<Record<string, string | undefined>>;
}

interface Found {
  readonly tenant: SecondTenant | null;
  /** The profile, which says whether there is a second tenant. */
  readonly profile: TargetProfile;
  readonly problems: readonly string[];
}

/** What to set for a second tenant, by where its webhooks come from. */
export const secondTenantAdvice = ({ provisioning }: TargetProfile): string =>
  provisioning.kind === 'create'
    ? 'SECOND_LOGIN_EMAIL and SECOND_LOGIN_PASSWORD, or SECOND_WEBHOOK_TOKEN and SECOND_WEBHOOK_SECRET if webhooks are given'
    : 'SECOND_WEBHOOK_TOKEN and SECOND_WEBHOOK_SECRET';

/** The second tenant that the settings name, and all that is wrong with them, one sentence each. */
export function secondTenantOf({ profile, webhooks, settings }: Given): Found {
  const isGiven = webhooks.length > 0;
  const { tenant, problems } = isGiven ? byWebhook(profile, webhooks, settings) : byLogIn(settings);
  const isDeclared = profile.provisioning.secondTenant === true;
  if (tenant !== null) {
    return { tenant, profile: { ...profile, provisioning: { ...profile.provisioning, secondTenant: true } }, problems };
  }
  if (problems.length > 0 || !isDeclared) return { tenant, profile, problems };
  const needed = isGiven ? neededOfWebhook(profile) : (['SECOND_LOGIN_EMAIL', 'SECOND_LOGIN_PASSWORD'] as const);
  return {
    ...{ tenant, profile },
    problems: [`provisioning.secondTenant is true, but ${missing(needed)}, which name the second tenant`],
  };
}

const missing = (names: readonly Name[]): string =>
  `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} not set`;

function neededOfWebhook(profile: TargetProfile): readonly Name[] {
  const all = [usesToken(profile) && 'SECOND_WEBHOOK_TOKEN', usesSecret(profile) && 'SECOND_WEBHOOK_SECRET'] as const;
  return all.filter((name) => name !== false);
}

type Part = Omit<Found, 'profile'>;

function byLogIn(settings: Given['settings']): Part {
  const { SECOND_LOGIN_EMAIL: email = '', SECOND_LOGIN_PASSWORD: password = '' } = settings;
  if (email === '' && password === '') {
    return { tenant: null, problems: unused(settings, ['SECOND_WEBHOOK_TOKEN', 'SECOND_WEBHOOK_SECRET'], 'created') };
  }
  const problems = [
    ...(email === '' ? ['SECOND_LOGIN_PASSWORD is set, SECOND_LOGIN_EMAIL is not; set both'] : []),
    ...(password === '' ? ['SECOND_LOGIN_EMAIL is set, SECOND_LOGIN_PASSWORD is not; set both'] : []),
    ...(email !== '' && email === (settings.LOGIN_EMAIL || defaultLogin.email)
      ? ['SECOND_LOGIN_EMAIL is the log-in of LOGIN_EMAIL; it must be that of another tenant']
      : []),
  ];
  return { tenant: problems.length > 0 ? null : { kind: 'log-in', email, password }, problems };
}

function byWebhook(profile: TargetProfile, webhooks: readonly Webhook[], settings: Given['settings']): Part {
  const value = (name: Name): string => settings[name]?.trim() ?? '';
  const webhook = { token: value('SECOND_WEBHOOK_TOKEN'), secret: value('SECOND_WEBHOOK_SECRET') };
  if (webhook.token === '' && webhook.secret === '') {
    return { tenant: null, problems: unused(settings, ['SECOND_LOGIN_EMAIL', 'SECOND_LOGIN_PASSWORD'], 'given') };
  }
  const unset = neededOfWebhook(profile).filter((name) => value(name) === '');
  const problem = usesSecret(profile) && webhook.secret !== '' ? keyProblem(profile.secret, webhook.secret) : null;
  const isOne = webhooks.some(({ token, secret }) =>
    usesToken(profile) ? token === webhook.token : secret === webhook.secret,
  );
  const words =
    profile.readback.kind === 'url' ? placeholdersIn([profile.readback.path, profile.readback.headers]) : [];
  const problems = [
    ...(words.includes('accessToken')
      ? [
          'SECOND_WEBHOOK_TOKEN: read-back needs {accessToken}, the token of the second log-in: let webhooks be created, and set SECOND_LOGIN_EMAIL and SECOND_LOGIN_PASSWORD',
        ]
      : []),
    ...(unset.length > 0 ? [`of the second tenant's webhook ${missing(unset)}`] : []),
    ...(problem === null ? [] : [`SECOND_WEBHOOK_SECRET ${problem}`]),
    ...(isOne ? ["the second tenant's webhook is one of WEBHOOK_TOKEN; it must be that of another tenant"] : []),
  ];
  return { tenant: problems.length > 0 ? null : { kind: 'webhook', webhook }, problems };
}

/** Variables of the other way, which would go unnoticed. */
function unused(settings: Given['settings'], names: readonly Name[], how: 'created' | 'given'): readonly string[] {
  const set = names.filter((name) => Boolean(settings[name]));
  if (set.length === 0) return [];
  const instead =
    how === 'given' ? 'SECOND_WEBHOOK_TOKEN and SECOND_WEBHOOK_SECRET' : 'SECOND_LOGIN_EMAIL and SECOND_LOGIN_PASSWORD';
  return [`${set.join(' and ')}: webhooks are ${how}, so the second tenant comes from ${instead}`];
}
