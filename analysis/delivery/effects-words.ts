import type { Idempotency } from '../../contract/profile/profile.ts';
import { counted } from '../words.ts';
import type { Reconciliation } from './reconciliation/reconcile.ts';

/**
 * What was read back where nothing is wrong: `282 effects of 278 signals read back (60 are of repeats …): none lost, none processed twice`,
 * or `561 effects of 739 signals read back (561 signals were accepted): …`.
 */
export function effectsWords(all: readonly Reconciliation[], kind: Idempotency['kind']): string {
  const sum = (of: (one: Reconciliation) => number): number => all.reduce((total, one) => total + of(one), 0);
  const effects = sum((one) => one.effects);
  const signals = sum((one) => one.signals);
  const past = sum(({ furtherEffects }) => furtherEffects.past);
  const changed = sum(({ furtherEffects }) => furtherEffects.changed);
  const undecided = sum(({ readBack }) => readBack.undecided);
  const taken = sum((one) => one.taken);
  const notes = [
    ...(effects < signals && taken < signals
      ? [
          takenWords(
            taken,
            sum(({ accepted }) => accepted),
          ),
        ]
      : []),
    ...(effects > Math.min(signals, taken) ? furtherWords({ past, changed }, kind) : []),
  ];
  const noted = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
  return `${counted(effects, 'effect')} of ${counted(signals, 'signal')} read back${noted}: none lost, none ${undecided > 0 ? 'surely ' : ''}processed twice`;
}

/** Why there are fewer effects than signals: who refuses a signal owes none. */
const takenWords = (taken: number, accepted: number): string =>
  `${counted(taken, 'signal')} ${taken === 1 ? 'was' : 'were'} accepted${taken > accepted ? ' or called a duplicate' : ''}`;

/** Why there are more effects than signals. */
function furtherWords(
  { past, changed }: Reconciliation['furtherEffects'],
  kind: Idempotency['kind'],
): readonly string[] {
  const further = past + changed;
  if (further === 0) return [];
  const which = [
    ...(past > 0 ? [kind === 'none' ? 'repeats' : 'repeats after the TTL'] : []),
    ...(changed > 0 ? ['repeats with another price'] : []),
  ];
  return [`${further} ${further === 1 ? 'is' : 'are'} of ${which.join(' and ')}, which are new signals`];
}
