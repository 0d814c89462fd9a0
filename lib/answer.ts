import type { Outcome } from '../contract/outcomes.ts';
import type { TargetProfile } from '../contract/profile.ts';

/** A JSON object's top-level field as text; null where the body is no JSON object or has no such field. */
function field(body: string, name: string): string | null {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null) return null;
    const value: unknown = Object.entries(parsed).find(([key]) => key === name)?.[1];
    return value === undefined || typeof value === 'object' ? null : String(value);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

type BodyRule = NonNullable<TargetProfile['answers'][number]['body']>;

function fits(rule: BodyRule, body: string): boolean {
  if ('field' in rule) return field(body, rule.field) === String(rule.equals);
  if ('contains' in rule) return body.includes(rule.contains);
  if (rule.is === 'empty') return body === '';
  if (rule.is === 'html') return /^\s*<(!doctype|html)/i.test(body);
  return false;
}

/**
 * What an answer means by the target's profile.
 * @param status HTTP status, 0 where no answer arrived.
 */
export function outcomeOf(profile: TargetProfile, status: number, body: string): Outcome {
  const rule = profile.answers.find(
    (answer) => answer.statuses.includes(status) && (answer.body === undefined || fits(answer.body, body)),
  );
  return rule?.outcome ?? 'failed';
}
