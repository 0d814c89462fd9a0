import { duration } from '../../contract/report/figures.ts';
import { counted } from '../words.ts';
import type { LimiterEvidence } from './limiter-evidence.ts';
import { type LimiterFault, type NamedFault, named } from './named-fault.ts';

/** Fewer may be chance. */
const minSequential = 2;
/** Slow answers hide when the one or the other was counted. */
const minAlike = 0.9;

/** A name for counters that vanish again and again, each time to count anew; null if that does not explain what was admitted. */
export function nameOfVanished(evidence: LimiterEvidence): NamedFault | null {
  const { limiter, surplus, maxWithinWindow, fixedFits, wrongful, mayBeFixedWindows } = evidence;
  // Who forgets what it counted refuses nothing that must be admitted.
  if ((fixedFits && mayBeFixedWindows()) || wrongful > 0) return null;
  const { stretches, sequential, lost, counts, refusesAtLimit, shorterMs } = surplus();
  if (sequential < minSequential || lost < minAlike * stretches || !refusesAtLimit || shorterMs !== null) return null;
  const window = duration(limiter.windowMs);
  const found = `up to ${maxWithinWindow} within ${window}, of requests sent one after another, which no race explains`;
  const where = `${counted(lost, 'time')} under ${counted(counts, 'count')}`;
  return named(
    `what it counted vanishes before the window has ended, ${where}: ${found}; its store evicts or loses keys`,
    'counters lost',
  );
}

/** A name for any other excess. @param apart what lets a multiple of the limit through. */
export function nameOfAnyExcess({ limiter, surplus }: LimiterEvidence, apart: readonly LimiterFault[]): NamedFault {
  const { sequential, shorterMs } = surplus();
  if (sequential < minSequential) return named('it admits more than its bound', 'check-then-add race', ...apart);
  const found = 'it admits more than its bound, also of requests sent one after another, which no race explains';
  if (shorterMs === null) return named(found, 'larger limit', ...apart);
  const instead = `about ${duration(Number(shorterMs.toPrecision(2)))} instead of ${duration(limiter.windowMs)}`;
  return named(`${found}: its window is shorter than declared, or its refill faster: ${instead}`, 'other pace');
}
