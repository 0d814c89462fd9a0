import { modelOf } from '../interpret/kinds/models.ts';
import { median } from '../statistics.ts';
import { mayCountApart, stateApart } from './counts-apart.ts';
import type { IsolatedBurst } from './isolated-bursts.ts';
import { challengedBy, type LimiterEvidence } from './limiter-evidence.ts';
import { type NamedFault, named } from './named-fault.ts';

/** Fewer bursts may be cut alike by chance. */
const minAlike = 3;

/** Of bursts that are cut at the same number again and again, which is no multiple of the limit; null if a race is the likelier cause. */
export function nameOfRepeated(
  evidence: LimiterEvidence,
  capped: readonly IsolatedBurst[],
  { repeated, highest }: { readonly repeated: number; readonly highest: number },
): NamedFault | null {
  const { isBucket, atOnce } = modelOf(evidence.limiter);
  const once = atOnce(evidence.limiter);
  const { state, fault, orLarger } = stateApart(evidence);
  const areAtOnce = capped.filter((burst) => burst.admitted === burst.atOnce).length >= 0.8 * capped.length;
  const how = areAtOnce ? 'at once' : 'in a burst, some of them after a refusal,';
  const found = `${repeated} ${how} instead of ${once}, repeatedly`;
  if (highest > repeated + 1) {
    return named(
      `${found}, and up to ${highest} over other connections: the sign of ${state}${orLarger}`,
      ...[fault, 'larger limit' as const],
    );
  }
  const lower = cutLower(evidence, repeated);
  if (lower !== null) {
    if (!mayCountApart(evidence, repeated / once)) return null;
    return named(
      `${found}, but ${lower.admitted} of ${lower.attempts} in another burst, which one larger limit does not explain: the sign of ${state} over unevenly shared connections`,
      ...[fault, 'larger limit' as const],
    );
  }
  return named(
    `${found}: a larger ${isBucket ? 'bucket' : 'limit'}, or the sign of ${state} over unevenly shared connections`,
    ...['larger limit' as const, fault],
  );
}

/**
 * A burst that was cut below a number that a limit of that size admits before it refuses; null if there is none. A bucket may not have been full again,
 * and a weighted counter remembers the window before, unless the burst came first on its key.
 */
function cutLower({ bursts, limiter }: LimiterEvidence, size: number): IsolatedBurst | null {
  const { isBucket } = modelOf(limiter);
  const remembers = isBucket || limiter.kind === 'weighted' || limiter.kind === 'unknown';
  const lower = challengedBy(bursts, limiter).filter(
    ({ admitted, doubtful, limited, isFirst }) =>
      limited > 0 && doubtful === 0 && admitted < size - 1 && (isFirst || !remembers),
  );
  return lower.reduce<IsolatedBurst | null>(
    (lowest, burst) => (lowest === null || burst.admitted < lowest.admitted ? burst : lowest),
    null,
  );
}

/**
 * How many each burst of a phase had admitted, if that is always the same: kept-alive connections may be shared out
 * unevenly, so that one worker gets fewer than its limit in every burst. What a race admits scatters. Null if it differs from
 * burst to burst.
 */
export function repeatedCap(capped: readonly IsolatedBurst[], once: number): number | null {
  const phases = [...new Set(capped.map(({ phase }) => phase))];
  const byPhase = phases.map((phase) => capped.filter((burst) => burst.phase === phase));
  const [largest = []] = byPhase.sort((a, b) => b.length - a.length);
  const cap = median(largest.map(({ admitted }) => admitted));
  if (cap === null || largest.length < minAlike) return null;
  const scatter = cap >= 1.5 * once ? 1 : 0;
  const alike = largest.filter(({ admitted }) => Math.abs(admitted - cap) <= scatter).length;
  return alike >= 0.8 * largest.length ? cap : null;
}
