import type { Outcome, RecordedOutcome } from '../journal/outcomes.ts';
import type { AnswerRule, TargetProfile } from '../profile/profile.ts';
import { fieldOf, parsed } from './json-answer.ts';

function fits(rule: NonNullable<AnswerRule['body']>, body: string): boolean {
  if ('field' in rule) return fieldOf(parsed(body), rule.field) === rule.equals;
  if ('contains' in rule) return body.includes(rule.contains);
  if (rule.is === 'empty') return body === '';
  if (rule.is === 'html') return /^\s*<(!doctype|html)/i.test(body);
  // Which answer came first only the ledger knows: analysis resolves replays by the hash of the body.
  return false;
}

type Headers = Readonly<Record<string, string>>;

function says({ name, equals }: NonNullable<AnswerRule['header']>, headers: Headers): boolean {
  const found = Object.entries(headers).find(([sent]) => sent.toLowerCase() === name.toLowerCase());
  return found !== undefined && (equals === undefined || found[1].trim().toLowerCase() === equals.toLowerCase());
}

/**
 * What an answer to a signal means by the target's profile.
 * @param status HTTP status, 0 if no answer arrived.
 */
export function outcomeOf(profile: TargetProfile, status: number, body: string, headers: Headers): Outcome {
  const rule = profile.answers.find(
    (answer) =>
      answer.statuses.includes(status) &&
      (answer.header === undefined || says(answer.header, headers)) &&
      (answer.body === undefined || fits(answer.body, body)),
  );
  return rule?.outcome ?? 'failed';
}

/**
 * Whether an answer says that the sender is not known: a 400 may mean that the body could not be read. Not by its outcome alone, for a
 * profile may call both `rejected`; nor by its status alone, for 403 may be how a limiter answers.
 */
export const isUnknownSender = (outcome: RecordedOutcome, status: number): boolean =>
  (outcome === 'rejected' || outcome === 'failed') && (status === 401 || status === 403);

/** What an answer to log-in, provisioning, warm-up or read-back means: HTTP's own classes, not the target's promises. */
export function setupOutcomeOf(status: number): Outcome {
  if (status >= 200 && status <= 299) return 'accepted';
  return status >= 400 && status <= 499 ? 'rejected' : 'failed';
}

/** Whether replays are known by their body. */
export const knowsReplays = (profile: TargetProfile): boolean =>
  profile.answers.some(({ body }) => body !== undefined && 'is' in body && body.is === 'same-as-first');
