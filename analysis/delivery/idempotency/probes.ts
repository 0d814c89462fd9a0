import type { Role } from '../../../contract/plan/roles.ts';
import type { TargetProfile } from '../../../contract/profile/profile.ts';
import { signalsByPhase } from '../../interpret/attempts.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { keyLifeUsOf } from '../ttl.ts';
import { probeChangedPayload } from './changed-payload.ts';
import { probeUnlike } from './distinct-ticker.ts';
import { probeGaps } from './gaps.ts';
import { probeOtherTenant, probeOtherWebhook } from './other-webhook.ts';
import { nothing, type ProbeResult } from './probe.ts';
import { probeQuota } from './quota.ts';
import { probeRefresh } from './refresh.ts';
import { probeTogether } from './together.ts';

const probes = [
  probeGaps,
  probeTogether,
  probeRefresh,
  probeUnlike,
  probeOtherWebhook,
  probeOtherTenant,
  probeChangedPayload,
  probeQuota,
] as const;

/** All probes of the idempotency scenario, each on the signals of its phase. */
export function probeIdempotency(ledger: Ledger, profile: TargetProfile): ProbeResult {
  const life = keyLifeUsOf(profile);
  const { idempotency } = profile;
  if (life === null || idempotency.kind === 'none') return nothing;
  const byPhase = signalsByPhase(ledger);
  const gaps = ledger.phases.withRole('idempotency.gap').flatMap(({ name, schedule, signals: [own] }) => {
    if (schedule.kind !== 'repeats') return [];
    const [gapTtl] = schedule.gapsTtl;
    return gapTtl === undefined
      ? []
      : [{ gapTtl, ttlMs: schedule.ttlMs, schedule, firstSignal: own?.first ?? 0, signals: byPhase.get(name) ?? [] }];
  });
  const signals = (role: Role) => ledger.phases.withRole(role).flatMap(({ name }) => byPhase.get(name) ?? []);
  const results = probes.map((probe) => probe({ ledger, profile, idempotency, life, signals, gaps }));
  return {
    complaints: results.flatMap(({ complaints }) => complaints),
    undecided: results.flatMap(({ undecided }) => undecided),
    remarks: results.flatMap(({ remarks }) => remarks),
    measures: results.flatMap(({ measures = [] }) => measures),
  };
}
