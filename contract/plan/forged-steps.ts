import { isFalseAtFirst, type ProbeKind } from './flaws.ts';
import type { ForgedSchedule } from './plan.ts';

type Steps = Pick<ForgedSchedule, 'steps' | 'flaws' | 'corrected'>;

/** How many signals of its own a schedule has; each further step sends one of them again, without its flaw. */
export const forgedSignalsOf = ({ steps, corrected = [] }: Steps): number => steps - corrected.length;

/** Which of its signals a step sends, and what is wrong with it. */
export function forgedStep(schedule: Steps, step: number): { readonly n: number; readonly flaw: ProbeKind } {
  const again = schedule.corrected?.[step - forgedSignalsOf(schedule)];
  return again === undefined ? { n: step, flaw: flawOfSignal(schedule, step) } : { n: again, flaw: 'none' };
}

/** How many signals with its flaw go before a signal. */
export const turnOf = ({ flaws }: Pick<Steps, 'flaws'>, n: number): number => Math.floor(n / flaws.length);

/** What is wrong with a signal when it is sent first. */
export const flawOfSignal = ({ flaws }: Pick<Steps, 'flaws'>, n: number): ProbeKind =>
  flaws[n % flaws.length] ?? 'none';

/**
 * False signals for the steps after all `count`, at most one for each kind of flaw, the latest that went to the webhook whose turn it is: a
 * target that remembers the id of what it refuses takes the right one for a repeat.
 */
export function correctedSignals(flaws: readonly ProbeKind[], count: number, webhooks: number): readonly number[] {
  const steps = count + flaws.filter(isFalseAtFirst).length;
  const found: number[] = [];
  for (let step = count; step < steps; step += 1) {
    let n = step - webhooks;
    while (n >= 0 && (n >= count || !isFalseAtFirst(flawOfSignal({ flaws }, n)) || found.includes(n))) n -= webhooks;
    if (n < 0) break;
    found.push(n);
  }
  return found;
}
