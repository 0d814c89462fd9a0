import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Status } from '../../contract/report/criteria.ts';

/** What to look at; of a store, only where the profile does not say that there is none. */
export type Advice = string | { readonly about: 'redis' | 'database'; readonly text: string };

/** Who reads more than this of one finding reads what hardly applies. */
export const maxAdvice = 4;

/** What is told of a finding, the most likely first. */
export function adviceFor(advice: readonly Advice[], profile: TargetProfile): readonly string[] {
  const told = advice.flatMap((line) =>
    typeof line === 'string' ? line : profile[line.about] === 'none' ? [] : line.text,
  );
  return [...new Set(told)].slice(0, maxAdvice);
}

/** Of several faults, the first advice on each, then the second on each: none of them is left without a word. */
export function interleaved(lists: readonly (readonly Advice[])[]): readonly Advice[] {
  const longest = lists.reduce((most, { length }) => Math.max(most, length), 0);
  const all = Array.from({ length: longest }, (_, n) => lists.flatMap((list) => list.slice(n, n + 1)));
  return [...new Set(all.flat())];
}

interface Advised {
  readonly status: Status;
  readonly advice?: readonly Advice[];
}

/** The advice of several judgements by one rule, on what they complain of; that of the first comes first. */
export function adviceOfAll(judged: readonly Advised[]): Pick<Advised, 'advice'> {
  const lists = judged.flatMap(({ status, advice }) =>
    advice === undefined || (status !== 'fail' && status !== 'warn') ? [] : [advice],
  );
  return lists.length === 0 ? {} : { advice: interleaved(lists) };
}
