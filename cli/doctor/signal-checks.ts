import { usesSecret } from '../../contract/profile/consistency.ts';
import type { Webhook } from '../../contract/profile/given-webhooks.ts';
import { coarseKeyWords, keyInWords } from '../../contract/profile/idempotency-key.ts';
import { isRespaceable } from '../../contract/profile/respaceable.ts';
import { isUnknownSender, knowsReplays } from '../../contract/request/answer.ts';
import { alteredSecret } from '../../contract/request/false-secret.ts';
import { type Check, fault, ok, problem, unknown } from './check.ts';
import type { Conversation, SignalHeard } from './conversation.ts';
import { answerInWords, limitedSignal, refusedSignal } from './refusal.ts';
import { repeatAnswer } from './repeat-answer.ts';
import { clockInWords, clockRemedy, mayAgree, middleMs, serverClock, signsTime } from './server-clock.ts';

/** Numbers of the signals that are sent. */
export const rightSignal = 0;
export const falseSignal = 1;
const spacedSignal = 2;
const compactSignal = 3;

export interface SignalChecks {
  readonly checks: readonly Check[];
  /** What the right signal was answered with, if it was accepted. */
  readonly accepted: SignalHeard | null;
}

/** A right signal, the same again, and a false one. */
export async function checkSignals(talk: Conversation, webhook: Webhook): Promise<SignalChecks> {
  const { profile } = talk.parties;
  const secrets = [webhook.token, webhook.secret];
  const sign = profile.secret.in === 'signature';
  const subject = sign ? 'signed signal' : 'signal';
  const first = await talk.signal(webhook, rightSignal);
  if (first.outcome !== 'accepted') {
    const isDenied = first.status === 400 || first.status === 401 || first.status === 403;
    const byClock = isDenied && signsTime(profile) ? await clockAsCause(talk, webhook, subject) : null;
    const cause = byClock ?? (await spacesAsCause(talk, webhook, first));
    return { checks: [cause ?? refusedSignal(subject, first, talk, secrets)], accepted: null };
  }
  const what = talk.named(profile.request.method, profile.request.path);
  const checks = [ok(subject, `${answerInWords(what, first, talk, secrets)}: accepted`)];
  if (profile.idempotency.kind !== 'none' && talk.hasRoom) checks.push(await repeatCheck(talk, webhook, first));
  if (usesSecret(profile) && talk.hasRoom) checks.push(await falseCheck(talk, webhook));
  return { checks, accepted: first };
}

/** Whether a signal that carries the server's own time is accepted, where one with ours was not: then it is the clock. */
async function clockAsCause(talk: Conversation, webhook: Webhook, subject: string): Promise<Check | null> {
  const clock = serverClock(talk.parties.client.heard);
  if (clock === null || mayAgree(clock) || !talk.hasRoom) return null;
  const again = await talk.signal(webhook, rightSignal, { atMs: Date.now() + middleMs(clock) });
  if (again.outcome !== 'accepted') return null;
  const what = `signed with this machine's time it is refused, with the server's time accepted; the server's clock is ${clockInWords(clock)}`;
  return problem(subject, what, clockRemedy);
}

/**
 * Whether a signal with spaces in its body is accepted where compact ones are refused, before it and after it: then the server signs what
 * it wrote itself. Each has an id of its own, for a server may remember the id of what it refuses.
 */
async function spacesAsCause(talk: Conversation, webhook: Webhook, first: SignalHeard): Promise<Check | null> {
  const { profile } = talk.parties;
  if (!isUnknownSender(first.outcome, first.status) || !isRespaceable(profile) || !talk.hasRoom) return null;
  const spaced = await talk.signal(webhook, spacedSignal, { flaw: 'respaced' });
  if (spaced.outcome !== 'accepted' || !talk.hasRoom) return null;
  const compact = await talk.signal(webhook, compactSignal);
  if (!isUnknownSender(compact.outcome, compact.status)) return null;
  const what = talk.named(profile.request.method, profile.request.path);
  const answered = answerInWords(what, first, talk, [webhook.token, webhook.secret]);
  return problem(
    'signed signal',
    `${answered}, and accepted a signal whose body has spaces in it: the server seems to verify the signature over re-serialized JSON (json.dumps with its default spaces), and not over the raw bytes`,
    'verify the raw bytes of the body, before it is parsed: request.body in Django, request.get_data() in Flask, await request.body() in FastAPI',
  );
}

async function repeatCheck(talk: Conversation, webhook: Webhook, first: SignalHeard): Promise<Check> {
  const subject = 'repeat';
  const { profile } = talk.parties;
  const again = await talk.signal(webhook, rightSignal);
  const text = answerInWords('the same signal again', again, talk, [webhook.token, webhook.secret]);
  const other = again.status === 0 ? null : repeatAnswer(first, again, (said) => talk.redact(said));
  const rule = other?.rule ?? null;
  const isReplay = knowsReplays(profile) && again.outcome === 'accepted' && again.body === first.body;
  if (again.outcome === 'duplicate' || isReplay) return ok(subject, `${text}: recognized`);
  if (again.outcome === 'limited') return limitedSignal(subject, profile);
  if (again.outcome === 'accepted') {
    const coarse = coarseKeyWords(profile) === null ? '' : ' (or another signal of its key came before)';
    const toAdd =
      rule === null ? '' : `if that is how it tells a repeat, add ${rule} before the other rules of answers; else: `;
    return fault(
      subject,
      `${text}${other?.words ?? ''}: accepted once more${coarse}`,
      `${toAdd}does the server recognize repeats by ${keyInWords(profile)}? Say in answers how it tells a duplicate, in idempotency.fields or headers by what it knows one, or declare idempotency: { kind: 'none' }`,
      'exactly-once',
    );
  }
  const doubt = `${text}, which means ${again.outcome} in the profile`;
  const toSay = 'say in answers how the server tells a duplicate';
  return unknown(subject, doubt, rule === null ? toSay : `${toSay}; if by this: ${rule}, before the other rules`);
}

/** A signal that nobody with the secret has sent. */
async function falseCheck(talk: Conversation, webhook: Webhook): Promise<Check> {
  const { profile } = talk.parties;
  const isSigned = profile.secret.in === 'signature';
  const subject = isSigned ? 'wrong signature' : 'wrong secret';
  const heard = isSigned
    ? await talk.signal(webhook, falseSignal, { flaw: 'wrong' })
    : await talk.signal({ ...webhook, secret: alteredSecret(profile, webhook.secret) }, falseSignal);
  const text = answerInWords(`a signal with a ${subject}`, heard, talk, [webhook.token, webhook.secret]);
  if (heard.outcome === 'rejected') return ok(subject, `${text}: refused`);
  if (heard.outcome === 'limited') return limitedSignal(subject, profile);
  if (heard.outcome === 'accepted' || heard.outcome === 'duplicate') {
    const remedy = isSigned
      ? 'the server must compare the signature before anything else'
      : 'the server must compare the secret before anything else';
    return fault(subject, `${text}: taken for a right one`, remedy, 'authentication');
  }
  const remedy =
    heard.status >= 400 && heard.status <= 499
      ? `if that is a refusal, add { outcome: 'rejected', statuses: [${heard.status}] } to answers`
      : 'see the log of the server';
  return unknown(subject, `${text}, which means ${heard.outcome} in the profile`, remedy);
}
