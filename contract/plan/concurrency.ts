import { isKeyShared } from '../profile/idempotency-key.ts';
import type { TargetProfile } from '../profile/profile.ts';
import { leadMsOf, quietMs, roundGapMs, safeBatch, webhooksOf } from './limits.ts';
import type { PlannedPhase } from './plan.ts';
import { plannedPhase } from './planned-phase.ts';
import type { ScenarioPlan } from './scenario-plan.ts';
import { keyGapMs, keyPeriod, keysAtOnce } from './signal-key.ts';
import type { Sizes } from './sizes.ts';
import { timetable } from './timetable.ts';

/** VUs of a round: more would need more CPU than a generator has. */
const maxVus = 200;

/**
 * Rounds of distinct signals at one instant: the same number of VUs on shared webhooks and on one each, in turn if all of them are
 * created, else first the one and then the other.
 */
export function concurrencyPlan(sizes: Sizes, profile: TargetProfile, given: number): ScenarioPlan {
  const wanted = sharedWebhooksOf(profile, sizes);
  const distinct = keysAtOnce(profile, given === 0 ? wanted : Math.min(wanted, given));
  const batch = Math.min(safeBatch(profile), distinct, Math.max(1, Math.floor(maxVus / wanted)));
  const vus = batch * wanted;
  const isOneRound = isKeyShared(profile) && keyGapMs(profile) > 0;
  const webhooks = webhooksOf(profile, isOneRound ? wanted : wanted + vus, given);
  const inTurn = webhooks === wanted + vus;
  const everyMs = Math.max(roundGapMs(profile), keyGapMs(profile));
  const leadMs = leadMsOf(profile, everyMs);
  const stepMs = Math.min(everyMs, sizes.REQUEST_TIMEOUT_MS);
  const rounds = { everyMs, stepMs, steps: sizes.CONCURRENCY_ROUNDS };

  const sharedWebhooks = Math.min(webhooks, wanted);
  const shared = timetable({
    ...rounds,
    startMs: quietMs(profile, given),
    leadMs,
    vusPerGroup: batch * sharedWebhooks,
    firstWebhook: 0,
    webhooks: sharedWebhooks,
  });
  const phases: PlannedPhase[] = [plannedPhase('concurrency.shared', { kind: 'rounds', ...shared.table }, shared)];
  if (webhooks > 1 && !isOneRound) {
    const own = inTurn ? vus : Math.min(webhooks, vus);
    const alone = timetable({
      ...rounds,
      startMs: inTurn ? shared.startMs : shared.endMs + everyMs - stepMs,
      leadMs: leadMs + (inTurn ? Math.round(everyMs / 2) : 0),
      vusPerGroup: own,
      firstWebhook: inTurn ? sharedWebhooks : 0,
      webhooks: own,
    });
    phases.push(plannedPhase('concurrency.apart', { kind: 'rounds', ...alone.table }, alone));
  }
  return { webhooks, phases };
}

/** If all webhooks share a key that holds no id, no more of them than there are keys. */
function sharedWebhooksOf(profile: TargetProfile, { CONCURRENCY_WEBHOOKS }: Sizes): number {
  const hasShared = isKeyShared(profile) && keyGapMs(profile) > 0;
  return hasShared ? Math.min(CONCURRENCY_WEBHOOKS, keyPeriod(profile) ?? CONCURRENCY_WEBHOOKS) : CONCURRENCY_WEBHOOKS;
}
