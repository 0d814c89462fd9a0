import type { ServerSampleLine } from '../../contract/journal/journal.ts';
import { treeCpuPercent } from '../../contract/journal/tree-cpu.ts';
import type { Span } from '../journal/timeline.ts';
import { counted } from '../words.ts';
import { mergedSpans } from './spans.ts';

/** Percent of the machine's cores, from which on whoever wants to run waits. */
export const fullMachinePercent = 95;

/** Of a core: less is no work. */
export const restingPercent = 10;

/** Figures of CPU tell of so much time before them, and of all of it since the sample before: a full machine delays its monitor, too. */
const toldUs = 1_000_000;

export const isFull = ({ machineCpuPercent }: ServerSampleLine): boolean =>
  machineCpuPercent !== null && machineCpuPercent >= fullMachinePercent;

/** The times of which such samples tell, in order of time and apart. */
export function spansWhere(
  samples: Iterable<ServerSampleLine>,
  holds: (sample: ServerSampleLine) => boolean,
): readonly Span[] {
  const spans: Span[] = [];
  let beforeUs = Number.POSITIVE_INFINITY;
  for (const sample of samples) {
    const { atUs } = sample;
    if (holds(sample)) spans.push({ fromUs: Math.min(beforeUs, atUs - toldUs), toUs: atUs });
    beforeUs = atUs;
  }
  return mergedSpans(spans);
}

/**
 * The machine is full, and the server computes in no process as much as it could. A server that uses next to nothing does not want CPU: who
 * wants it gets some even then, as generator and monitor do.
 */
export function isFullOfOthers(sample: ServerSampleLine): boolean {
  if (!isFull(sample) || (treeCpuPercent(sample, 1) ?? 0) < restingPercent) return false;
  return sample.processes.every(({ cpuPercent }) => (cpuPercent ?? 0) < fullMachinePercent);
}

/** In words for the sentence of a criterion that these leave open, and for its evidence. */
export const starvedWords = (timeouts: number): string =>
  `${counted(timeouts, 'timeout')} while the machine had no CPU to spare: whose delay that was is not known`;
