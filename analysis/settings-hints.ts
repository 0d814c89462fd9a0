import { usesSecret } from '../contract/profile/consistency.ts';
import type { TargetProfile } from '../contract/profile/profile.ts';
import type { Run } from './interpret/run.ts';
import type { Ledger } from './journal/ledger.ts';
import { addHints, hintsOf, noHints } from './outcomes/hints.ts';
import { refusingClause, refusingLines, refusingWebhooks } from './outcomes/refusing-webhooks.ts';
import { basePath, sentPath } from './sent-path.ts';
import { counted } from './words.ts';

// Answers that tell of the settings rather than of the server: of a signal that another sender would have got through.

export interface SettingsHints {
  /** Every signal of the run was answered so: nothing was tested. Null if some were not. */
  readonly every: string | null;
  /** For the evidence, each webhook that refuses what others do not. */
  readonly webhooks: readonly string[];
  /** For the evidence, one sentence a status, most frequent first. */
  readonly some: readonly string[];
  /** For a headline, the first of these webhooks; empty for none. */
  readonly clause: string;
  /** Signals were throttled, and the profile declares no limiter; null if none were, or it does. */
  readonly undeclaredLimiter: string | null;
}

export const nothingTested = (every: string): string => `nothing was tested: ${every}`;

/** By status, what to look at; null if the status says nothing of the settings. */
export function remedyOf(status: number, { baseUrl, profile, redirect }: Asked): string | null {
  const { request } = profile;
  switch (status) {
    case 400:
    case 415:
    case 422:
      return 'is the body in the profile (request.body, and Content-Type in request.headers) what the server expects?';
    case 401:
    case 403:
      return accessRemedy(profile) + (status === 403 ? banRemedy(profile) : '');
    case 404:
      return lostRemedy(profile, baseUrl);
    case 405:
      return `is the method in the profile right (${request.method})?`;
    case 409:
    case 425:
      return 'does the server say so of a signal that it has, or still works on? Then add an answer with the outcome `duplicate` or `pending` to the profile';
    case 421:
      return 'Misdirected Request: is the host of BASE_URL the name by which this server is known, and in its certificate?';
    default:
      return status >= 300 && status <= 399 ? remedyOfRedirect(baseUrl, request.path, redirect) : null;
  }
}

function lostRemedy({ request, provisioning }: TargetProfile, baseUrl: string): string {
  const base = basePath(baseUrl);
  const path =
    base === ''
      ? `is the path in the profile right (${request.path})`
      : `is the path right (${sentPath(baseUrl, request.path)}: ${base} of BASE_URL, or of baseUrl in the profile, then request.path)`;
  if (provisioning.kind !== 'given') {
    return `${path}? If it was found before, the server has lost the webhooks that were created for this run`;
  }
  return request.path.includes('{token}') ? `${path}, and WEBHOOK_TOKEN one of this server's?` : `${path}?`;
}

const accessRemedy = (profile: TargetProfile): string =>
  usesSecret(profile)
    ? secretRemedy(profile)
    : 'does the profile send the access that the server asks for (secret, or request.headers)?';

/** Some limiters ban who goes on after refusals. */
const banRemedy = ({ limiter }: TargetProfile): string =>
  limiter.kind === 'none'
    ? ''
    : ' If the limiter bans who was refused too often, add an answer with the outcome `limited` for it, and the time to limiter.penaltyMs';

/** A run that created its webhooks got their secrets from the server. */
function secretRemedy({ secret }: TargetProfile): string {
  const fields = secret.in === 'signature' ? 'secret.signed, secret.key and secret.headers' : 'secret';
  return `is the secret of these webhooks right (WEBHOOK_SECRET, if you set it), and sent as the server checks it (${fields} of the profile)?`;
}

interface Asked {
  readonly baseUrl: string;
  readonly profile: TargetProfile;
  readonly redirect: string | null;
}

function remedyOfRedirect(baseUrl: string, path: string, redirect: string | null): string {
  const notFollowed = 'redirects are not followed';
  if (redirect === null) return `${notFollowed}: name the place that it leads to`;
  const place = redirect.replace(/^https?:\/\/[^/]*/i, '');
  const own = path.replace(/\?.*$/, '');
  const isElsewhere = /^https?:/i.test(redirect);
  if (/^http:/i.test(baseUrl) && /^https:/i.test(redirect)) return `${notFollowed}: begin BASE_URL with https://`;
  if (place.endsWith(`${own}/`)) return `${notFollowed}: end the path in the profile with /`;
  if (`${place}/`.endsWith(own) && own.endsWith('/')) return `${notFollowed}: end the path in the profile without /`;
  return isElsewhere
    ? `${notFollowed}: if signals belong there, set BASE_URL to it`
    : `${notFollowed}: if signals belong there, make it the path in the profile (request.path)`;
}

/** Whether a number means one webhook in all scenarios. Those that are created are new in each. */
const areGiven = ({ manifest, scenarios }: Run): boolean =>
  manifest.profile.provisioning.kind === 'given' ||
  !scenarios.some(({ ledger, digest }) => digest?.recorded.has('setup') ?? (ledger !== null && hasSetUp(ledger)));

function hasSetUp(ledger: Ledger): boolean {
  for (let at = 0; at < ledger.length; at += 1) if (ledger.purposeOf(at) === 'setup') return true;
  return false;
}

export function settingsHints(run: Run): SettingsHints {
  const { profile, target } = run.manifest;
  const { signals, throttled, refused, byWebhook } = run.scenarios.map(hintsOf).reduce(addHints, noHints);
  const asked = { baseUrl: target.baseUrl, profile, redirect: null };
  const refusing = areGiven(run) ? refusingWebhooks(byWebhook, (status) => remedyOf(status, asked) !== null) : [];
  const lines = refusingLines(refusing, profile);
  const told = [...refused].flatMap(([status, { count, redirect }]) => {
    const remedy = remedyOf(status, { baseUrl: target.baseUrl, profile, redirect });
    const to = redirect === null ? '' : ` to ${redirect}`;
    return remedy === null ? [] : [{ count, what: `${status}${to}: ${remedy}` }];
  });
  told.sort((a, b) => b.count - a.count);
  const answered = told.reduce((sum, { count }) => sum + count, 0);
  const isEvery = answered > 0 && answered + throttled === signals;
  return {
    every: isEvery
      ? [
          `every signal${throttled === 0 ? '' : ' that was not throttled'} was answered with ${told.map(({ what }) => what).join('; and with ')}`,
          ...lines,
        ].join('; ')
      : null,
    webhooks: lines,
    some: told.map(({ count, what }) => `${count} of ${counted(signals, 'signal')} answered with ${what}`),
    clause: refusingClause(refusing),
    undeclaredLimiter:
      profile.limiter.kind === 'none' && throttled > 0
        ? `the server answers ${throttledAnswers(profile)} (${throttled} of ${counted(signals, 'signal')}), but the profile declares no limiter: ${declareLimiter}`
        : null,
  };
}

/** What to do about answers that throttle, where the profile says that nothing does. */
export const declareLimiter =
  'declare it (limiter.kind, limiter.limit, limiter.windowMs); if these answers mean overload, give them the outcome `failed` in answers';

function throttledAnswers({ answers }: TargetProfile): string {
  const statuses = answers.flatMap((rule) => (rule.outcome === 'limited' ? rule.statuses : []));
  return [...new Set(statuses)].join(' or ');
}
