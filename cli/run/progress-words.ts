import { outcomes } from '../../contract/journal/outcomes.ts';
import type { RunEvent } from '../../contract/report/events.ts';
import type { ScenarioFigures } from './scenario-progress.ts';
import type { ServerFigures } from './server-progress.ts';
import { clockTime, type TimeFigures } from './time-left.ts';

type ProgressEvent = Extract<RunEvent, { readonly event: 'progress' }>;

/** How a scenario that has just begun or goes on stands. */
export interface Progress {
  /** Such as `[3/7] sustained`. */
  readonly place: string;
  readonly time: TimeFigures;
  readonly scenario: ScenarioFigures;
  readonly server: ServerFigures;
}

const list = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(' · ');

/** What was sent and came back. */
export function scenarioWords({ sent, outcomes: counts, p95Ms }: ScenarioFigures): string {
  const told = outcomes.flatMap((outcome) => (counts[outcome] === undefined ? [] : [`${counts[outcome]} ${outcome}`]));
  return list([`${sent} sent`, ...told, p95Ms === null ? '' : `p95 ${p95Ms.toFixed(1)} ms`]);
}

export function serverWords({ cpuPercent, memoryBytes }: ServerFigures): string {
  return list([
    cpuPercent === null ? '' : `server ${cpuPercent.toFixed(0)}% CPU`,
    memoryBytes === null ? '' : `${(memoryBytes / 1e6).toFixed(0)} MB`,
  ]);
}

/** A scenario that takes longer than planned is late; how long it still takes nobody knows. */
export function timeWords({ elapsedSeconds, leftSeconds, lateSeconds }: TimeFigures): string {
  const ran = `${clockTime(elapsedSeconds)} so far`;
  return lateSeconds < 1
    ? `${ran}, about ${clockTime(leftSeconds)} left`
    : `${ran}, ${clockTime(lateSeconds)} late${leftSeconds < 1 ? '' : `, at least ${clockTime(leftSeconds)} left`}`;
}

/** One line, for a pipe. */
export function plainLine({ place, time, scenario, server }: Progress): string {
  return list([place, timeWords(time), scenarioWords(scenario), serverWords(server)]);
}

/** The lines that a terminal keeps up to date. */
export function liveLines(progress: Progress, nowUs: number): readonly string[] {
  const { place, time, scenario, server } = progress;
  const { lastAlert } = server;
  const rate = `${scenario.requestsPerSecond.toFixed(scenario.requestsPerSecond < 9.95 ? 1 : 0)} requests/s`;
  const ago = lastAlert === null ? 0 : Math.max(0, (nowUs - lastAlert.atUs) / 1e6);
  return [
    `${place} · ${timeWords(time)}`,
    `  ${list([rate, serverWords(server)])}`,
    `  ${scenarioWords(scenario)}`,
    ...(lastAlert === null ? [] : [`  last alert, ${clockTime(ago)} ago: ${lastAlert.message}`]),
  ];
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

/** The same for programs. */
export function progressEvent(name: string, { time, scenario, server }: Progress): Omit<ProgressEvent, 'time'> {
  const { sent, outcomes: counts, requestsPerSecond, p95Ms } = scenario;
  return {
    event: 'progress',
    scenario: name,
    elapsedSeconds: rounded(time.elapsedSeconds),
    leftSeconds: rounded(time.leftSeconds),
    lateSeconds: rounded(time.lateSeconds),
    ...{ sent, outcomes: counts, requestsPerSecond: rounded(requestsPerSecond) },
    p95Ms: p95Ms === null ? null : rounded(p95Ms),
    serverCpuPercent: server.cpuPercent === null ? null : rounded(server.cpuPercent),
    serverMemoryBytes: server.memoryBytes,
  };
}
