import { nothing, type ProbeInput, type ProbeResult, shareOf } from './probe.ts';

/** Repeats of one signal beyond the limit, then distinct ones within it: a remark; the limiter's own rule judges refusals. */
export function probeQuota({ ledger, profile, signals }: ProbeInput): ProbeResult {
  if (profile.limiter.kind === 'none' || profile.idempotency.kind === 'none') return nothing;
  let repeats = 0;
  let admitted = 0;
  let limited = 0;
  for (const attempts of signals('idempotency.quota')) {
    if (attempts.length > 1) {
      repeats += attempts.filter((at) => ledger.outcomeOf(at) === 'duplicate').length;
      continue;
    }
    const outcome = ledger.outcomeOf(attempts[0] ?? 0);
    if (outcome === 'limited') limited += 1;
    else if (outcome === 'accepted') admitted += 1;
  }
  const n = admitted + limited;
  if (n === 0 || repeats === 0) return nothing;
  const usesNone = profile.idempotency.order === 'before-limiter';
  const said = `${shareOf(limited, n)} of the distinct signals after ${repeats} recognized repeats limited`;
  const remark = usesNone
    ? limited === 0
      ? `repeats use up no quota, as declared: ${said}`
      : `repeats seem to use up quota, declared is that they use none (before-limiter): ${said}`
    : limited > 0
      ? `repeats use up quota, as declared: ${said}`
      : `repeats seem to use up no quota, declared is that they do (after-limiter): ${said}`;
  return { complaints: [], undecided: [], remarks: [remark] };
}
