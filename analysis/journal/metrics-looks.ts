import type {
  CollectorLine,
  MetricsFailureLine,
  MetricsLookLine,
  ProcessFigures,
} from '../../contract/journal/journal.ts';
import { metricsLine } from '../../contract/journal/metrics-lines.ts';
import type { Fields } from './fields.ts';

/** What a page said of one process at one moment. */
export interface FiguresAt extends ProcessFigures {
  readonly atUs: number;
}

/** What is known of the runtimes in the server's processes, in order of time. */
export interface MetricsTimeline {
  readonly looks: readonly MetricsLookLine[];
  readonly failures: readonly MetricsFailureLine[];
  /** Processes whose collectors are told to wait. */
  readonly collectors: readonly CollectorLine[];
}

export const noMetrics: MetricsTimeline = { looks: [], failures: [], collectors: [] };

export class MetricsLooks implements MetricsTimeline {
  readonly looks: MetricsLookLine[] = [];
  readonly failures: MetricsFailureLine[] = [];
  readonly collectors: CollectorLine[] = [];

  /** @returns what is wrong with the line, or null. */
  add(line: Fields): string | null {
    const { success, data } = metricsLine.safeParse(line);
    if (!success) return 'a look at the metrics page of another shape';
    if (data.metrics === 'page') this.looks.push(data);
    else if (data.metrics === 'failed') this.failures.push(data);
    else this.collectors.push(data);
    return null;
  }
}

/** Some clients work out the start anew at each look, a millisecond off. Workers forked in a row are two or more apart. */
const sameStartSeconds = 0.0015;

/**
 * The figures of each process, by what tells it: its label on the page, else when it started. A page that tells neither is of one process,
 * or adds up all of them.
 */
export function figuresByProcess({ looks }: Pick<MetricsTimeline, 'looks'>): ReadonlyMap<string, readonly FiguresAt[]> {
  const found = new Map<string, FiguresAt[]>();
  const starts: number[] = [];
  for (const { atUs, processes } of looks) {
    for (const figures of processes) {
      const key = `${figures.process ?? ''}/${knownStart(starts, figures.startedAt) ?? ''}`;
      const series = found.get(key);
      if (series === undefined) found.set(key, [{ atUs, ...figures }]);
      else series.push({ atUs, ...figures });
    }
  }
  return found;
}

function knownStart(starts: number[], startedAt: number | null): number | null {
  if (startedAt === null) return null;
  const known = starts.find((start) => Math.abs(start - startedAt) <= sameStartSeconds);
  if (known === undefined) starts.push(startedAt);
  return known ?? startedAt;
}
