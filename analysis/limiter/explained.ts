import type { Expectations } from '../interpret/expectations.ts';
import type { Run } from '../interpret/run.ts';
import { declaredConformance } from './declared-conformance.ts';
import { type Explanation, explanationOf } from './explanations.ts';
import { furtherExcesses } from './further-limits.ts';

/** The expectations belong to one run. */
const known = new WeakMap<Expectations, Explanation | null>();

/** What explains a run that contradicts the declared limiter; null if nothing does, or nothing is contradicted. Worked out once. */
export function explanationFor(run: Run): Explanation | null {
  const before = known.get(run.expectations);
  if (before !== undefined) return before;
  const found = explained(run);
  known.set(run.expectations, found);
  return found;
}

function explained(run: Run): Explanation | null {
  const { profile, startedAtUs } = run.manifest;
  const { limiter } = profile;
  if (limiter.kind === 'none') return null;
  const counts = run.scenarios.flatMap((scenario) => run.expectations.countsOf(scenario));
  const isContradicted =
    counts.some((count) => {
      const { excess, wrongful } = declaredConformance(run, count, limiter);
      return excess.count + wrongful.count > 0;
    }) ||
    run.scenarios.some(
      ({ ledger, name }) =>
        ledger !== null && furtherExcesses({ ledger, profile, limiter, name, startedAtUs }).count > 0,
    );
  return isContradicted ? explanationOf({ counts, profile, limiter }) : null;
}
