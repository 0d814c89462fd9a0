import { recordedOutcomes } from '../../contract/journal/outcomes.ts';
import { type Color, lineColors, nthColor, outcomeColors } from './colors.ts';
import type { PageData } from './data.ts';
import { bridged } from './gaps.ts';
import { formatValue } from './values.ts';

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
  /** The minimum that the axis reaches; without it the axis follows the lines. */
  readonly top: number | null;
  /** Thresholds of criteria, shown where the axis reaches them. */
  readonly thresholds: readonly { readonly value: number; readonly label: string }[];
  /** A count per second holds for its whole second, so its line has steps. */
  readonly stepped: boolean;
}

/** The plots of a report, top to bottom. A line without a single point is left out. */
export function plotsOf(data: PageData): readonly Plot[] {
  return [
    loadPlot(data),
    latencyPlot(data),
    ...(data.series.backlog.seconds.length === 0 ? [] : [backlogPlot(data)]),
    ...serverPlots(data, data.series.server),
    ...(data.series.further ?? []).flatMap((server, n) =>
      serverPlots(data, server).map((plot) => ({
        ...plot,
        id: `${plot.id}-${n + 2}`,
        title: `${plot.title}: ${server.host}`,
      })),
    ),
  ];
}

type Server = PageData['series']['server'];

function serverPlots(data: PageData, server: Server): readonly Plot[] {
  const stores = storesPlot(server);
  return [
    cpuPlot(data, server),
    memoryPlot(server),
    connectionsPlot(server),
    healthPlot(server),
    ...(stores.series.length === 0 ? [] : [stores]),
  ];
}

const plain = { top: null, thresholds: [], stepped: false };

function loadPlot({ series: { load } }: PageData): Plot {
  return {
    ...plain,
    id: 'load',
    title: 'Load by outcome',
    unit: 'requests/s',
    seconds: load.seconds,
    stepped: true,
    series: recordedOutcomes.flatMap((outcome) => line(outcome, outcomeColors[outcome], load.outcomes[outcome] ?? [])),
  };
}

function latencyPlot({ series: { latency }, thresholds: { p95Response, anyResponse } }: PageData): Plot {
  return {
    ...plain,
    id: 'latency',
    title: 'Response time of accepted and duplicate answers',
    unit: 'ms',
    seconds: latency.seconds,
    thresholds: [
      { value: p95Response.warnMs, label: `p95 in sustained: warn at ${p95Response.warnMs} ms` },
      { value: anyResponse.warnMs, label: `any: warn at ${anyResponse.warnMs} ms` },
      { value: anyResponse.failMs, label: `any: fail at ${anyResponse.failMs} ms` },
    ],
    series: [
      ...line('p50', lineColors.blue, latency.p50Ms),
      ...line('p95', lineColors.ochre, latency.p95Ms),
      ...line('p99', lineColors.magenta, latency.p99Ms),
      ...line('max', lineColors.violet, latency.maxMs, true),
    ],
  };
}

function backlogPlot({ series: { backlog } }: PageData): Plot {
  return {
    ...plain,
    id: 'backlog',
    title: 'Signals accepted and not processed yet',
    unit: 'signals',
    seconds: backlog.seconds,
    series: line('backlog', lineColors.violet, backlog.signals),
  };
}

function cpuPlot({ thresholds: { cpu } }: PageData, server: Server): Plot {
  return {
    ...plain,
    id: 'cpu',
    title: 'CPU',
    unit: '% of all cores',
    seconds: server.seconds,
    top: 100,
    thresholds: [{ value: cpu.warnPercent, label: `server: warn above ${cpu.warnPercent}%` }],
    series: [
      ...line('server', lineColors.blue, server.cpuPercent),
      ...line('whole machine', lineColors.ochre, server.machineCpuPercent, true),
    ],
  };
}

function memoryPlot(server: Server): Plot {
  return {
    ...plain,
    id: 'memory',
    title: 'Memory of each process',
    unit: 'MB',
    seconds: server.seconds,
    series: server.memory.flatMap(({ label, bytes }, n) => {
      const { color, dashed } = nthColor(n);
      const megabytes = bytes.map((value) => (value === null ? null : value / 1e6));
      return line(label, color, megabytes, dashed);
    }),
  };
}

function connectionsPlot(server: Server): Plot {
  return {
    ...plain,
    id: 'connections',
    title: 'Open connections, files and threads of the server',
    unit: 'count',
    seconds: server.seconds,
    series: [
      ...line('connections', lineColors.blue, server.established),
      ...line('file descriptors', lineColors.ochre, server.fileDescriptors),
      ...line('threads', lineColors.green, server.threads),
    ],
  };
}

function healthPlot(server: Server): Plot {
  return {
    ...plain,
    id: 'health',
    title: 'Response time of the health check',
    unit: 'ms',
    seconds: server.seconds,
    series: line('health check', lineColors.green, bridged(server.healthMs)),
  };
}

function storesPlot(server: Server): Plot {
  return {
    ...plain,
    id: 'stores',
    title: 'Connections to Redis and the database',
    unit: 'count',
    seconds: server.seconds,
    series: [
      ...line('Redis', lineColors.coral, bridged(server.redisConnections)),
      ...line('database', lineColors.blue, bridged(server.databaseConnections)),
    ],
  };
}

function line(label: string, color: Color, values: Values, dashed = false): readonly PlotSeries[] {
  return pointCount(values) === 0 ? [] : [{ label, color, dashed, values }];
}

/** How many points a line has. */
export function pointCount(values: Values): number {
  return values.reduce<number>((count, value) => (value === null || value === undefined ? count : count + 1), 0);
}

/** A plot in words, for those who do not see it. */
export function alternative({ title, unit, series }: Plot): string {
  const told = series.map(({ label, values }) => {
    const known = values.filter((value) => value !== null && value !== undefined);
    const least = known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const most = known.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    return `${label} from ${formatValue(least)} to ${formatValue(most)}`;
  });
  return `${title}, ${unit}, over time: ${told.join(', ')}`;
}
