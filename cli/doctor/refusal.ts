import { declareLimiter, remedyOf } from '../../analysis/settings-hints.ts';
import { obstacleOf, unreadBy } from '../../contract/journal/request-failures.ts';
import { carries } from '../../contract/plan/id-template.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { shownLocation } from '../../contract/request/shown-location.ts';
import { codeOf } from '../run/first-answer.ts';
import { type Check, fault, problem, unknown } from './check.ts';
import type { Heard } from './client.ts';
import { complaintIn, harmlessText } from './complaint.ts';
import type { Conversation, SignalHeard } from './conversation.ts';

/** "POST /hook answered 404 (no such route)", without a word of what was asked or answered that may be secret. */
export function answerInWords(what: string, heard: Heard, talk: Conversation, secrets: readonly string[] = []): string {
  const { status, body, error } = heard;
  if (status === 0) {
    const why = error === null ? 'no answer came in time' : `the connection broke (${reasonOf(error)})`;
    return `${what}: ${why}`;
  }
  const redirect = locationOf(heard, secrets);
  const said = status >= 400 ? complaintIn(body, (text) => talk.redact(text)) : null;
  const to = redirect === null ? '' : ` to ${talk.redact(redirect)}`;
  return `${what} answered ${status}${to}${said === null ? '' : ` (${said})`}`;
}

function reasonOf(error: Error): string {
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code) ? code : 'unknown reason';
}

const locationOf = ({ status, headers }: Heard, secrets: readonly string[]): string | null =>
  status >= 300 && status <= 399 && headers.location !== undefined ? shownLocation(headers.location, secrets) : null;

/** What keeps a request on this side, such as a certificate; null if it got there. */
export function obstacleCheck(subject: string, heard: Heard, baseUrl: string): Check | null {
  const { status, body, error } = heard;
  const code = status === 0 ? codeOf(error) : unreadBy(status, body, /^https:/i.test(baseUrl)) || null;
  if (code === null) return null;
  const { cause, remedy } = obstacleOf(code);
  return problem(subject, cause, remedy);
}

export const limitedCheck = (subject: string): Check =>
  unknown(subject, 'the limiter refused it: another sender, or a run just before, has used up the limit');

export const limitedSignal = (subject: string, { limiter }: TargetProfile): Check =>
  limiter.kind === 'none'
    ? unknown(subject, 'a limiter refused it, and the profile declares none', declareLimiter)
    : limitedCheck(subject);

/** Servers often want something before the signature, or base64: who sends it bare is told how that is declared. */
export function signatureForms(status: number, { secret }: Pick<TargetProfile, 'secret'>): string {
  const isBare = secret.in === 'signature' && Object.values(secret.headers).includes('{signature}');
  if (!isBare || (status !== 401 && status !== 403)) return '';
  const other = secret.encoding === 'hex' ? 'base64' : 'hex';
  return ` Common forms are sha256={signature} and v1={signature} in secret.headers, and secret.encoding: '${other}'.`;
}

/** Answers whose cause is more likely the body than the access. */
const isOfBody = (status: number): boolean => status === 400 || status === 415 || status === 422;

/** What to write for an id that is refused because it is not a UUID. */
const uuidHint = ({ body }: Heard, profile: TargetProfile): string =>
  /uuid|guid/i.test(body) && !carries(profile, 'uuid')
    ? ' The answer speaks of a UUID: if it means the id of the signal, write {uuid} for {id}.'
    : '';

const maxBodyShown = 400;

const sentInWords = ({ sentBody }: SignalHeard, talk: Conversation): string =>
  sentBody === null ? '' : ` This was sent: ${harmlessText(sentBody, (text) => talk.redact(text), maxBodyShown)}`;

/** A right signal that was not accepted: what that says of the settings, or of the server. */
export function refusedSignal(
  subject: string,
  heard: SignalHeard,
  talk: Conversation,
  secrets: readonly string[],
): Check {
  const { profile, baseUrl } = talk.parties;
  const { status, outcome } = heard;
  const obstacle = obstacleCheck(subject, heard, baseUrl);
  if (obstacle !== null) return obstacle;
  if (outcome === 'limited') return limitedSignal(subject, profile);
  const text = answerInWords(talk.named(profile.request.method, profile.request.path), heard, talk, secrets);
  const isNew = 'no signal of this id was sent before';
  if (outcome === 'duplicate' || outcome === 'pending' || outcome === 'changed') {
    return fault(
      subject,
      `${text}, which means ${outcome} in the profile, and ${isNew}`,
      'look at answers and idempotency.fields in the profile',
      'exactly-once',
    );
  }
  const redirect = locationOf(heard, secrets);
  const remedy = remedyOf(status, { baseUrl, profile, redirect });
  if (remedy !== null) {
    return problem(
      subject,
      text,
      remedy +
        (isOfBody(status) ? uuidHint(heard, profile) + sentInWords(heard, talk) : signatureForms(status, profile)),
    );
  }
  if (outcome === 'rejected') {
    const remedy = 'is the secret right, and the body what the server expects (secret, request.body)?';
    return problem(subject, `${text}, which means rejected in the profile`, remedy + sentInWords(heard, talk));
  }
  if (status >= 200 && status <= 299) {
    const what = `for which answers in the profile has no rule: if it is an acceptance, add { outcome: 'accepted', statuses: [${status}] }`;
    return problem(subject, text, what);
  }
  return fault(subject, text, 'see the log of the server', 'error-rate');
}
