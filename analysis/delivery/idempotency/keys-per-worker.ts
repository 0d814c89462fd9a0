import { isReconnected } from '../../../contract/plan/repeats.ts';
import { parseSignalId } from '../../../contract/plan/signal-id.ts';
import { shortestGapUs } from '../ttl.ts';
import type { ProbeInput } from './probe.ts';

type Gap = ProbeInput['gaps'][number];

/** A connection that rests longer is opened anew. Source: MaxIdle of the sender. */
const maxIdleUs = 1_000_000;

/** Whether the repeat went over the connection of its first. */
export function isOverSame(
  { ledger }: ProbeInput,
  { schedule, firstSignal }: Gap,
  attempts: readonly number[],
): boolean {
  const [first, repeat] = attempts;
  if (first === undefined || repeat === undefined) return false;
  const id = parseSignalId(ledger.signals.text(ledger.signalOf(first)));
  if (id === null || isReconnected(schedule, id.n - firstSignal)) return false;
  return shortestGapUs(ledger, first, repeat) < maxIdleUs;
}

/** Repeats surely within the TTL, and those of them that were recognized. */
export interface Recognized {
  readonly within: number;
  readonly recognized: number;
}

/** The repeats after one gap, by the connection that they went over. */
export interface ByConnection {
  readonly same: Recognized;
  readonly other: Recognized;
}

/** A split that chance brings about more often than this says nothing. */
const maxChance = 0.001;

/**
 * Null unless keys are kept where only one connection finds them: every repeat over the connection of its first was recognized, and of those
 * after the same gaps over another so many were not that chance does not explain it (Fisher's exact test, gap by gap). A key that lives too
 * short, or is lost now and then, is so on both.
 */
export function keysPerWorker(gaps: readonly ByConnection[]): string | null {
  const compared = gaps.filter(({ same, other }) => same.within > 0 && other.within > 0);
  const sum = (of: (gap: ByConnection) => number): number => compared.reduce((total, gap) => total + of(gap), 0);
  const ofSame = sum(({ same }) => same.within);
  const ofOther = sum(({ other }) => other.within);
  const lost = sum(({ other }) => other.within - other.recognized);
  if (lost === 0 || sum(({ same }) => same.within - same.recognized) > 0) return null;
  const chance = compared.reduce((product, { same, other }) => product * chanceOf(same.within, other), 1);
  if (chance > maxChance) return null;
  return `keys are kept per worker, process or instance: repeats within the TTL over the connection of the first are recognized (${ofSame} of ${ofSame}), and over another connection ${lost} of ${ofOther} are taken as new`;
}

/** How probable it is that all that are lost are among the others, if the connection does not matter. */
function chanceOf(same: number, { within, recognized }: Recognized): number {
  let chance = 1;
  for (let n = 0; n < within - recognized; n += 1) chance *= (within - n) / (same + within - n);
  return chance;
}

/** How repeats over another connection fared; null where those over the same are not known apart. */
export function otherConnectionWords(gaps: readonly ByConnection[]): string | null {
  if (gaps.every(({ same }) => same.within === 0)) return null;
  const within = gaps.reduce((sum, { other }) => sum + other.within, 0);
  const recognized = gaps.reduce((sum, { other }) => sum + other.recognized, 0);
  return within === 0
    ? null
    : `repeats within the TTL over another connection than the first: ${recognized} of ${within} recognized`;
}
