import type { MetricsLine } from '../../contract/journal/journal.ts';
import type { RunClock } from '../clock.ts';
import { ticks } from '../schedule.ts';
import type { PageLook } from './metrics-page.ts';

const lookEveryMs = 1000;
/** Behind one port there may be several workers, of which each look shows one: as many looks in a row as there are, at most. */
const maxLooks = 8;
/** How long a process that was seen counts. */
const seenForUs = 60_000_000;
/** Looks are load, too: they take at most this share of the time. */
const maxShare = 0.1;

export interface MetricsTimes {
  readonly clock: RunClock;
  readonly stop: AbortSignal;
  /** By default a second. */
  readonly everyMs?: number;
}

/** Looks at a metrics page once a second, less often if it is slow, until `stop` aborts. Resolves when the last look was told. */
export async function watchMetrics(
  look: () => Promise<PageLook>,
  { clock, stop, everyMs = lookEveryMs }: MetricsTimes,
  onLine: (line: MetricsLine) => void,
): Promise<void> {
  const seen = new Map<string, number>();
  let notBeforeUs = 0;
  for await (const _ of ticks(everyMs, stop)) {
    if (stop.aborted) break;
    if (clock.nowUs() < notBeforeUs) continue;
    const startedUs = clock.nowUs();
    for (let n = 0; n < Math.min(maxLooks, Math.max(1, seen.size)); n += 1) {
      const atUs = clock.nowUs();
      const told = await look();
      onLine({ ...told, atUs });
      if (told.metrics === 'failed') break;
      note(seen, told.processes, atUs);
    }
    const tookUs = clock.nowUs() - startedUs;
    notBeforeUs = startedUs + tookUs / maxShare - everyMs * 100;
  }
}

/** Processes that a page tells apart itself come in one look. */
function note(
  seen: Map<string, number>,
  processes: readonly { readonly process: string | null; readonly startedAt: number | null }[],
  atUs: number,
): void {
  // Some clients work out the start anew at each look, a millisecond off.
  for (const { process, startedAt } of processes) if (process === null) seen.set((startedAt ?? 0).toFixed(3), atUs);
  for (const [key, lastUs] of seen) if (atUs - lastUs > seenForUs) seen.delete(key);
}
