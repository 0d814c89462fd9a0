import type { Status } from '../../contract/report/criteria.ts';
import type { JudgedPart } from './rule.ts';

/** Added to the sentence on all scenarios together: the one that gave the criterion its status, if they together would not have. */
export function decidedBy(parts: readonly JudgedPart[], status: Status, ofAll: Status): string {
  const part = status === ofAll ? undefined : parts.find((each) => each.status === status);
  return part === undefined ? '' : `; ${part.scenario}: ${part.summary}`;
}
