import { duration } from '../../contract/report/figures.ts';
import type { LimiterEvidence } from '../limiter/limiter-evidence.ts';
import type { LostCounters } from '../limiter/lost-counters.ts';
import { nameWithLoss } from '../limiter/name-with-loss.ts';
import { type NamedFault, named } from '../limiter/named-fault.ts';
import { nameOfPenaltyLength, type PenaltyLength } from '../limiter/penalty-length.ts';
import { nameOfThrottling } from '../limiter/refusal-faults.ts';
import type { Seen } from '../limiter/seen.ts';
import { counted } from '../words.ts';

/** What proven contradictions are told by. */
interface Contradicted {
  readonly seen: Seen;
  readonly lost: LostCounters | null;
  readonly penaltyLength: PenaltyLength | null;
}

/** What is wrong, in words. A penalty time of another length explains all of it. */
export function complaintsOf(
  evidence: LimiterEvidence,
  { seen, lost, penaltyLength }: Contradicted,
): readonly NamedFault[] {
  const { limiter } = evidence;
  if (penaltyLength !== null) return [nameOfPenaltyLength(penaltyLength, limiter, seen)];
  return [...excessNames(evidence, seen, lost), ...(seen.wrongful.count > 0 ? [nameOfThrottling(evidence)] : [])];
}

/** What admits too many, by the limit that it breaks. */
function excessNames(evidence: LimiterEvidence, seen: Seen, lost: LostCounters | null): readonly NamedFault[] {
  const { excess, furtherExcess, inPenalty } = seen;
  const { limiter } = evidence;
  return [
    ...(excess.count > furtherExcess.count + inPenalty ? [nameWithLoss(evidence, lost)] : []),
    ...furtherExcess.texts.slice(0, 1).map((text) => named(`a further limit is not kept: ${text}`, 'further limit')),
    ...(inPenalty > 0
      ? [
          named(
            `${counted(inPenalty, 'request')} admitted in the penalty time of ${duration(limiter.penaltyMs ?? 0)} after a refusal`,
            'penalty time',
          ),
        ]
      : []),
  ];
}
