import { isSameReason, reasonOf, type SaidOfEnd } from '../../contract/journal/end-reasons.ts';
import type { EndNote } from './end-notes.ts';

/** What is told of one moment: why, and how. */
type Step = readonly SaidOfEnd[];

/** Why a process ended, as far as it is known. cause-in-words.ts makes a sentence of it. */
export interface CauseOfEnd {
  /** One after the other: what came first is why. None if nothing is said of it. */
  readonly steps: readonly Step[];
  /** What was said before of a process that ended otherwise. */
  readonly after?: readonly Step[];
  /** What else shows at its end, in order. */
  readonly notes?: readonly EndNote[];
}

/** Of several that say the same, one counts. */
export function causeOf(...said: readonly SaidOfEnd[]): CauseOfEnd {
  const own = said.filter((each, n) => said.findIndex((other) => isSameReason(each, other)) === n);
  return { steps: own.map((each) => [reasonOf(each)]) };
}

export const reasonsIn = ({ steps, after = [] }: CauseOfEnd): readonly SaidOfEnd[] => [...steps, ...after].flat();

/** The reason that is all that is known; null if there are several, or none, or notes. */
export function onlyReason(cause: CauseOfEnd): SaidOfEnd | null {
  const [reason = null, ...others] = reasonsIn(cause);
  return others.length > 0 || (cause.notes ?? []).length > 0 ? null : reason;
}

export const noted = (cause: CauseOfEnd | null, note: EndNote): CauseOfEnd => ({
  ...(cause ?? { steps: [] }),
  notes: [...(cause?.notes ?? []), note],
});

/** Why it ended, and by what exit code or signal. */
export function explained(why: CauseOfEnd, how: CauseOfEnd): CauseOfEnd {
  const [first = [], ...rest] = how.steps;
  const exitCode = first[0]?.exitCode;
  // Its last worker's code is all that gunicorn halts for.
  if (onlyReason(why)?.reason === 'halted' && exitCode !== undefined)
    return { ...how, steps: [[{ reason: 'haltedByCode', exitCode }], ...rest] };
  return { ...how, steps: [...why.steps.slice(0, -1), [...(why.steps.at(-1) ?? []), ...first], ...rest] };
}

/** The exit code or the signal that a reason tells beside what it says; the same of all others. */
export function howOf(said: SaidOfEnd): SaidOfEnd {
  const { reason, exitCode, signal } = said;
  if (exitCode !== undefined && (reason === 'newMasterExited' || reason === 'haltedByCode'))
    return { reason: 'exited', exitCode };
  if (signal !== undefined && reason === 'newMasterSignal') return { reason: 'signal', signal };
  return reasonOf(said);
}

/** Whether a cause has this reason in it. */
export const says = (cause: CauseOfEnd, said: SaidOfEnd): boolean =>
  reasonsIn(cause).some((each) => isSameReason(each, said) || isSameReason(howOf(each), said));
