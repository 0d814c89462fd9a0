import { recordedOutcomes } from '../../contract/journal/outcomes.ts';
import { type Color, lineColors, nthColor, outcomeColors } from './colors.ts';
import type { PageData } from './data.ts';
import { bridged } from './gaps.ts';

type Values = readonly (number | null | undefined)[];

export interface PlotSeries {
  readonly label: string;
  readonly color: Color;
  readonly dashed: boolean;
  /** Null is a gap in the line, undefined only a sample without a value. */
  readonly values: Values;
}

export interface Plot {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly seconds: readonly number[];
  readonly series: readonly PlotSeries[];
  /** What the axis reaches at least; without it the axis follows the lines. */
  readonly top: number | null;
  /** Thresholds of criteria, shown where the axis reaches them. */
  readonly thresholds: readonly { readonly value: number; readonly label: string }[];
  /** A count per second holds for its whole second, so its line has steps. */
  readonly stepped: boolean;
}

/** The plots of a report, top to bottom. A line without a single point is left out. */
export function plotsOf({ series, thresholds }: PageData): readonly Plot[] {
  const { load, latency, server } = series;
  const plain = { top: null, thresholds: [], stepped: false };
  const watched = { ...plain, seconds: server.seconds };
  const plots: readonly Plot[] = [
    {
      ...plain,
      id: 'load',
      title: 'Load by outcome',
      unit: 'requests/s',
      seconds: load.seconds,
      stepped: true,
      series: recordedOutcomes.flatMap((outcome) =>
        line(outcome, outcomeColors[outcome], load.outcomes[outcome] ?? []),
      ),
    },
    {
      ...plain,
      id: 'latency',
      title: 'Response time of accepted and duplicate answers',
      unit: 'ms',
      seconds: latency.seconds,
      thresholds: [
        {
          value: thresholds.p95Response.warnMs,
          label: `p95 in sustained: warn at ${thresholds.p95Response.warnMs} ms`,
        },
        { value: thresholds.anyResponse.warnMs, label: `any: warn at ${thresholds.anyResponse.warnMs} ms` },
        { value: thresholds.anyResponse.failMs, label: `any: fail at ${thresholds.anyResponse.failMs} ms` },
      ],
      series: [
        ...line('p50', lineColors.blue, latency.p50Ms),
        ...line('p95', lineColors.ochre, latency.p95Ms),
        ...line('p99', lineColors.magenta, latency.p99Ms),
        ...line('max', lineColors.violet, latency.maxMs, true),
      ],
    },
    {
      ...watched,
      id: 'cpu',
      title: 'CPU',
      unit: '% of all cores',
      top: 100,
      thresholds: [{ value: thresholds.cpu.warnPercent, label: `server: warn above ${thresholds.cpu.warnPercent}%` }],
      series: [
        ...line('server', lineColors.blue, server.cpuPercent),
        ...line('whole machine', lineColors.ochre, server.machineCpuPercent, true),
      ],
    },
    {
      ...watched,
      id: 'memory',
      title: 'Memory of each process',
      unit: 'MB',
      series: server.memory.flatMap(({ label, bytes }, n) => {
        const { color, dashed } = nthColor(n);
        return line(
          label,
          color,
          bytes.map((value) => (value === null ? null : value / 1e6)),
          dashed,
        );
      }),
    },
    {
      ...watched,
      id: 'connections',
      title: 'Open connections, files and threads of the server',
      unit: 'count',
      series: [
        ...line('connections', lineColors.blue, server.established),
        ...line('file descriptors', lineColors.ochre, server.fileDescriptors),
        ...line('threads', lineColors.green, server.threads),
      ],
    },
    {
      ...watched,
      id: 'health',
      title: 'Response time of the health probe',
      unit: 'ms',
      series: line('health probe', lineColors.green, bridged(server.healthMs)),
    },
  ];
  const stores = [
    ...line('Redis', lineColors.coral, bridged(server.redisConnections)),
    ...line('database', lineColors.blue, bridged(server.databaseConnections)),
  ];
  if (stores.length === 0) return plots;
  return [
    ...plots,
    { ...watched, id: 'stores', title: 'Connections to Redis and the database', unit: 'count', series: stores },
  ];
}

function line(label: string, color: Color, values: Values, dashed = false): readonly PlotSeries[] {
  return pointCount(values) === 0 ? [] : [{ label, color, dashed, values }];
}

/** How many points a line has. */
export function pointCount(values: Values): number {
  return values.reduce<number>((count, value) => (value === null || value === undefined ? count : count + 1), 0);
}
