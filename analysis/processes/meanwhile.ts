import type { ProcessSample } from '../../contract/journal/journal.ts';
import { isFullOfOthers } from '../interpret/full-machine.ts';
import type { Samples, ServerSample } from '../journal/server-samples.ts';
import type { Span } from '../journal/timeline.ts';

/** What the samples of a time say of the server. */
export interface Meanwhile {
  /** Whether one of them found no process. */
  readonly sawNone: boolean;
  /** Whether others filled the machine in most of them. */
  readonly isFull: boolean;
  /** What its processes used, in percent of one core; null if no sample tells. */
  readonly cpuPercent: number | null;
  /** The one that used most. */
  readonly busiest: ProcessSample | null;
}

interface Within extends Span {
  samples: number;
  none: number;
  full: number;
  /** In the second pass. */
  passed: number;
  told: number;
  cpuPercent: number;
  busiest: ProcessSample | null;
}

/** Two passes over the samples, however many times are asked for. @param spans in the order of their starts; they may overlap. */
export function meanwhile(samples: Samples, spans: readonly Span[]): readonly Meanwhile[] {
  const seen = spans.map(
    ({ fromUs, toUs }): Within => ({
      ...{ fromUs, toUs, samples: 0, none: 0, full: 0 },
      ...{ passed: 0, told: 0, cpuPercent: 0, busiest: null },
    }),
  );
  forEachWithin(samples, seen, (sample, span) => {
    span.samples += 1;
    if (sample.processes.length === 0) span.none += 1;
    if (isFullOfOthers(sample)) span.full += 1;
  });
  forEachWithin(samples, seen, ({ processes }, span) => {
    span.passed += 1;
    // Figures of CPU tell of the second before them: those of the first ones still tell of what was before.
    if (span.passed <= (span.samples > 4 ? Math.ceil(span.samples / 2) : span.samples - 1)) return;
    span.told += 1;
    for (const process of processes) {
      span.cpuPercent += process.cpuPercent ?? 0;
      if ((process.cpuPercent ?? 0) > (span.busiest?.cpuPercent ?? 0)) span.busiest = process;
    }
  });
  return seen.map(({ samples: all, none, full, told, cpuPercent, busiest }) => ({
    sawNone: none > 0,
    isFull: 2 * full > all,
    cpuPercent: told === 0 ? null : cpuPercent / told,
    busiest,
  }));
}

function forEachWithin(
  samples: Samples,
  spans: readonly Within[],
  visit: (sample: ServerSample, span: Within) => void,
): void {
  let next = 0;
  let open: readonly Within[] = [];
  for (const sample of samples) {
    const { atUs } = sample;
    for (let span = spans[next]; span !== undefined && span.fromUs < atUs; span = spans[next]) {
      open = [...open, span];
      next += 1;
    }
    if (open.length === 0) continue;
    open = open.filter(({ toUs }) => atUs <= toUs);
    for (const span of open) visit(sample, span);
  }
}
