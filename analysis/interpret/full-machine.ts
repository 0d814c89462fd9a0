import { fullMachinePercent, isFullAt } from '../../contract/journal/full-machine.ts';
import type { ProcessSample, ServerSampleLine } from '../../contract/journal/journal.ts';
import { treeCpuPercent } from '../../contract/journal/tree-cpu.ts';
import type { Span } from '../journal/timeline.ts';
import { counted } from '../words.ts';
import { mergedSpans } from './spans.ts';

/** Of a core: less is no work. */
export const restingPercent = 10;

/** Figures of CPU tell of so much time before them, and of all of it since the sample before: a full machine delays its monitor, too. */
const toldUs = 1_000_000;

export const isFull = ({ machineCpuPercent }: ServerSampleLine): boolean => isFullAt(machineCpuPercent);

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

/** The machine is full, and the server computes in no process as much as it could, but wants to. */
export function isFullOfOthers(sample: ServerSampleLine): boolean {
  if (!isFull(sample)) return false;
  const { ranPercent, waitedPercent } = wanted(sample.processes);
  if (ranPercent + waitedPercent < restingPercent) return false;
  return isNoneAtLimit(sample);
}

/** Of the time: who waits less for a CPU is not slow for it. */
const longWaitPercent = 30;

/** A process that may serve waited long for a CPU, and all of them together waited for longer than they ran. */
export function waitedForCpu({ processes }: ServerSampleLine): boolean {
  const serving = processes.filter(({ role }) => role !== 'helper');
  const { ranPercent, waitedPercent } = wanted(serving);
  return waitedPercent >= ranPercent && serving.some(({ cpuWaitPercent = 0 }) => cpuWaitPercent >= longWaitPercent);
}

/**
 * The machine is full, something on it waited long for a CPU, as far as its kernel tells, and what is watched of the server took less than half
 * of it, and in no process as much as it could: of a server that is not all watched, nobody knows whether it waited.
 */
export function mayWaitUnseen(sample: ServerSampleLine, cores: number): boolean {
  const { cpuPressurePercent = 100 } = sample;
  if (!isFull(sample) || cpuPressurePercent < longWaitPercent) return false;
  return (treeCpuPercent(sample, cores) ?? 0) < 50 && isNoneAtLimit(sample);
}

const isNoneAtLimit = ({ processes }: ServerSampleLine): boolean =>
  processes.every(({ cpuPercent }) => (cpuPercent ?? 0) < fullMachinePercent);

/** Of one core. */
function wanted(processes: readonly ProcessSample[]): { readonly ranPercent: number; readonly waitedPercent: number } {
  let [ranPercent, waitedPercent] = [0, 0];
  for (const { cpuPercent, cpuWaitPercent = 0 } of processes) {
    ranPercent += cpuPercent ?? 0;
    waitedPercent += cpuWaitPercent;
  }
  return { ranPercent, waitedPercent };
}

/** In words for the sentence of a criterion that these leave open, and for its evidence. */
export const starvedWords = (timeouts: number): string =>
  `${counted(timeouts, 'timeout')} while the machine had no CPU to spare: whose delay that was is not known`;
