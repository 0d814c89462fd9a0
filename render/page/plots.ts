import type { PageData } from './data.ts';

export interface PlotSeries {
  readonly label: string;
  readonly colour: string;
  readonly values: readonly (number | null)[];
}

export interface Plot {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly seconds: readonly number[];
  readonly series: readonly PlotSeries[];
}

/** Okabe and Ito's palette, which colour-blind people can tell apart, and what it lacks. */
const outcomeColours: Readonly<Record<string, string>> = {
  accepted: '#009e73',
  duplicate: '#56b4e9',
  limited: '#e69f00',
  rejected: '#cc79a7',
  failed: '#d55e00',
  timeout: '#7a3e9d',
  unclassified: '#8a8a8a',
};
const palette = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#d55e00',
  '#cc79a7',
  '#56b4e9',
  '#7a3e9d',
  '#8c6d1f',
  '#4b8b3b',
  '#b03060',
];

const colour = (n: number): string => palette[n % palette.length] ?? '#0072b2';
const some = (values: readonly (number | null)[]): boolean => values.some((value) => value !== null);

/** The plots of a report, top to bottom; a plot shows only lines that have points. */
export function plotsOf({ series }: PageData): readonly Plot[] {
  const { load, latency, server } = series;
  const lines = (entries: readonly (readonly [string, readonly (number | null)[]])[]): readonly PlotSeries[] =>
    entries.filter(([, values]) => some(values)).map(([label, values], n) => ({ label, values, colour: colour(n) }));
  return [
    {
      id: 'load',
      title: 'Load by outcome',
      unit: 'requests/s',
      seconds: load.seconds,
      series: Object.entries(load.outcomes).map(([label, values]) => ({
        label,
        values: values ?? [],
        colour: outcomeColours[label] ?? '#8a8a8a',
      })),
    },
    {
      id: 'latency',
      title: 'Response time of accepted and duplicate',
      unit: 'ms',
      seconds: latency.seconds,
      series: lines([
        ['p50', latency.p50Ms],
        ['p95', latency.p95Ms],
        ['p99', latency.p99Ms],
        ['max', latency.maxMs],
      ]),
    },
    {
      id: 'cpu',
      title: 'CPU, of all cores',
      unit: '%',
      seconds: server.seconds,
      series: lines([
        ['server', server.cpuPercent],
        ['whole machine', server.machineCpuPercent],
      ]),
    },
    {
      id: 'memory',
      title: 'Memory per process',
      unit: 'MB',
      seconds: server.seconds,
      series: lines(
        server.memory.map(
          ({ label, bytes }) => [label, bytes.map((value) => (value === null ? null : value / 1e6))] as const,
        ),
      ),
    },
    {
      id: 'connections',
      title: 'Connections, open files, threads',
      unit: 'count',
      seconds: server.seconds,
      series: lines([
        ['established', server.established],
        ['file descriptors', server.fileDescriptors],
        ['threads', server.threads],
        ['Redis connections', server.redisConnections],
        ['database connections', server.databaseConnections],
      ]),
    },
    {
      id: 'health',
      title: 'Health probe',
      unit: 'ms',
      seconds: server.seconds,
      series: lines([['response time', server.healthMs]]),
    },
  ];
}
