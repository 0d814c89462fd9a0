import { nameOfExcess } from './faults.ts';
import type { LimiterEvidence } from './limiter-evidence.ts';
import type { LostCounters } from './lost-counters.ts';
import { type NamedFault, named } from './named-fault.ts';

/** A name for what admits too many, which the loss of the counters may be. */
export function nameWithLoss(evidence: LimiterEvidence, lost: LostCounters | null): NamedFault {
  if (lost === null) return nameOfExcess(evidence);
  const at = `the counters were lost at ${new Date(lost.atUs / 1000).toISOString().slice(11, 19)} UTC`;
  const why = 'Redis restarted or was flushed, or the process that keeps them began anew';
  const isOtherKind = evidence.limiter.kind !== 'fixed' && evidence.fixedFits && evidence.mayBeFixedWindows();
  if (lost.isSure && !isOtherKind)
    return named(`${at}: ${why}; before and after that the limit was kept`, 'counters lost');
  const { words, faults } = nameOfExcess(evidence);
  return named(`${words}; or ${at}: ${why}`, ...faults, 'counters lost');
}
