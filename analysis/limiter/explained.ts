import type { Expectations } from '../interpret/expectations.ts';
import type { Run } from '../interpret/run.ts';
import { clockWasEven } from './clock-steps.ts';
import { Contradictions } from './contradictions.ts';
import { declaredConformance } from './declared-conformance.ts';
import { explanationOf } from './explanations.ts';
import { furtherExcesses } from './further-limits.ts';
import type { Explanation } from './question.ts';

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
  const excess = new Contradictions();
  const wrongful = new Contradictions();
  for (const count of counts) {
    const found = declaredConformance(run, count, limiter);
    excess.addAll(found.excess);
    wrongful.addAll(found.wrongful);
  }
  for (const { ledger, digest, name } of run.scenarios) {
    if (ledger !== null && digest === null)
      excess.addAll(furtherExcesses({ ledger, profile, limiter, name, startedAtUs }));
  }
  const contradictions = excess.count + wrongful.count;
  const isEven = clockWasEven(run.manifest);
  return contradictions === 0 ? null : explanationOf({ counts, profile, limiter, isEven, contradictions });
}
