import { coarseKeyWords, isKeyShared } from '../profile/idempotency-key.ts';
import type { TargetProfile } from '../profile/profile.ts';
import { isRespaceable } from '../profile/respaceable.ts';
import { correctedSignals } from './forged-steps.ts';
import { flawsOf, replayGapMs, staleMs } from './forgeries.ts';
import { answersMs, isShared, leadMsOf, roundGapMs, safeGapMs, webhooksOf } from './limits.ts';
import type { PlannedPhase } from './plan.ts';
import { plannedPhase } from './planned-phase.ts';
import { keyEveryMs, keyGapMs } from './signal-key.ts';
import type { Sizes } from './sizes.ts';
import { timetable } from './timetable.ts';

const webhooksApart = 10;
/** From one false signal to the next: what is refused may cost the server more than what it takes in. */
const everyMs = 20;

interface Before {
  readonly phases: readonly PlannedPhase[];
  /** How many webhooks they use. */
  readonly webhooks: number;
}

/**
 * False signals and right ones, after all other phases: a target may throttle or lock out who is refused often. On webhooks of
 * their own, if they are created, the first goes out when the last answer to the others is in.
 * @returns null if the target declares nothing to test.
 */
export function forgedPhase(
  before: Before,
  sizes: Sizes,
  profile: TargetProfile,
  given: number,
): { readonly phase: PlannedPhase; readonly webhooks: number } | null {
  const found = flawsOf(profile);
  if (sizes.AUTHENTICATION_SIGNALS === 0 || found.length === 0) return null;
  const flaws = [...found, ...(isRespaceable(profile) ? (['respaced'] as const) : []), 'none' as const];
  const isReplayed = flaws.includes('replayed');
  const gapMs = isReplayed ? replayGapMs(profile) : 0;
  const all = webhooksOf(profile, before.webhooks + webhooksApart, given);
  const isApart = all === before.webhooks + webhooksApart;
  const webhooks = Math.min(webhooksApart, all);
  const quietMs = Math.max(
    isApart || profile.limiter.kind === 'none' ? 0 : roundGapMs(profile),
    isApart && !isKeyShared(profile) ? 0 : keyGapMs(profile),
  );
  // Opening connections uses a shared limit, too.
  const leadMs = leadMsOf(profile, roundGapMs(profile));
  const lastMs = before.phases.reduce((last, { endMs }) => Math.max(last, endMs), 0);
  const count = flaws.length * sizes.AUTHENTICATION_SIGNALS;
  // Of a key that others have as well a repeat may be one of theirs.
  const hasOwnKeys = profile.idempotency.kind !== 'none' && coarseKeyWords(profile) === null;
  const corrected = hasOwnKeys ? correctedSignals(flaws, count, webhooks) : [];
  const { table, startMs, endMs } = timetable({
    startMs: Math.max(0, lastMs + quietMs - (isShared(profile) ? 0 : leadMs)),
    leadMs,
    // A replay counts like its first, wherever it lies; so does what is refused, perhaps.
    everyMs: Math.max(
      everyMs,
      Math.ceil(((isReplayed ? 2 : 1) * safeGapMs(profile)) / webhooks),
      keyEveryMs(profile, webhooks, gapMs),
    ),
    steps: count + corrected.length,
    stepMs: gapMs + answersMs,
    vusPerGroup: 1,
    firstWebhook: isApart ? before.webhooks : 0,
    webhooks,
  });
  const schedule = {
    ...table,
    ...{ kind: 'forged' as const, flaws, replayGapMs: gapMs, staleMs: staleMs(profile) },
    ...(corrected.length === 0 ? {} : { corrected }),
  };
  return {
    phase: plannedPhase('authentication.forged', schedule, { startMs, endMs, purpose: 'probe' }),
    webhooks: isApart ? all : webhooks,
  };
}
