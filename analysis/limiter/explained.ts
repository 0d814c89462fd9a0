import type { Expectations } from '../interpret/expectations.ts';
import type { Run } from '../interpret/run.ts';
import { clockWasEven } from './clock-steps.ts';
import { Contradictions } from './contradictions.ts';
import { declaredConformance } from './declared-conformance.ts';
import { explanationOf } from './explanations.ts';
import { furtherExcesses } from './further-limits.ts';
import { otherLengthInWords, type PenaltyLength, penaltyLengthOf } from './penalty-length.ts';
import type { Explanation } from './question.ts';
import { type SlowerPace, slowerPaceOf } from './slower-pace.ts';

/** What explains a run that contradicts the declared limiter; null for what does not. */
interface Explained {
  readonly explanation: Explanation | null;
  readonly pace: SlowerPace | null;
  readonly penaltyLength: PenaltyLength | null;
}

/** The expectations belong to one run. */
const known = new WeakMap<Expectations, Explained>();

/** A limiter that explains a run that contradicts the declared one; null if none does, or nothing is contradicted. Worked out once. */
export const explanationFor = (run: Run): Explanation | null => explainedOnce(run).explanation;

/** The slower pace at which the declared limiter would have done all that the run shows; null if there is none. */
export const slowerPaceFor = (run: Run): SlowerPace | null => explainedOnce(run).pace;

/** The penalty times at which the declared limiter would have done all that the run shows; null if there are none, or another limiter explains it. */
export const penaltyLengthFor = (run: Run): PenaltyLength | null => explainedOnce(run).penaltyLength;

function explainedOnce(run: Run): Explained {
  const before = known.get(run.expectations);
  if (before !== undefined) return before;
  const found = explained(run);
  known.set(run.expectations, found);
  return found;
}

const nothing: Explained = { explanation: null, pace: null, penaltyLength: null };

function explained(run: Run): Explained {
  const { profile, startedAtUs } = run.manifest;
  const { limiter } = profile;
  if (limiter.kind === 'none') return nothing;
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
  if (contradictions === 0) return nothing;
  const question = { counts, profile, limiter, isEven, contradictions };
  const pace = wrongful.count > 0 && excess.count === 0 ? slowerPaceOf(question) : null;
  const explanation = explanationOf(question, pace);
  const penaltyLength = penaltyLengthOf(question);
  if (explanation === null || penaltyLength === null) return { explanation, pace, penaltyLength };
  const words = `${explanation.words}; or ${otherLengthInWords(penaltyLength)}`;
  return { explanation: { ...explanation, words, isAsDeclared: false }, pace, penaltyLength: null };
}
