import type { AlertLine, ClockPair, ProcessSample, ServerIdentityLine } from '../../contract/journal/journal.ts';
import { clockPair } from '../../contract/journal/manifest-schema.ts';
import { alertLine, processRoles, sampleOfServer, serverIdentity } from '../../contract/journal/monitor-lines.ts';
import { localMonitor } from '../../contract/journal/paths.ts';
import { AlertLog } from './alert-log.ts';
import { type Clock, clockInWords, onRunClock, ownClock } from './clock.ts';
import { type Fields, fieldsOf, numberIn, textIn } from './fields.ts';
import { readJournalFile } from './journal-file.ts';
import { MetricsLooks, type MetricsTimeline } from './metrics-looks.ts';
import type { NdjsonEnd } from './ndjson.ts';
import { type Samples, ServerSamples } from './server-samples.ts';
import { StoreLines, type StoreTimeline } from './store-lines.ts';

/** What monitors/<id>.ndjson says, in order of time, its times on the run's clock. */
export interface ServerTimeline {
  readonly id: string;
  readonly clock: Clock;
  /** How far the times of the load may be off: by the worst of the generators' clocks. */
  readonly loadClockUs: number;
  readonly identity: ServerIdentityLine;
  readonly samples: Samples;
  readonly alerts: readonly AlertLine[];
  /** How many more alerts there are than `alerts` holds. */
  readonly alertsLeftOut: number;
  readonly stores: StoreTimeline;
  readonly metrics: MetricsTimeline;
}

/** How far a time of the server may be off beside one of the load. */
export const apartUs = ({ clock, loadClockUs }: Pick<ServerTimeline, 'clock' | 'loadClockUs'>): number =>
  clock.uncertaintyUs + loadClockUs;

/** Why: `clock 120.4 ms ahead, ±1.2 ms, measured`, and what the generators add. */
export function apartInWords({ clock, loadClockUs }: Pick<ServerTimeline, 'clock' | 'loadClockUs'>): string {
  if (loadClockUs === 0) return clockInWords(clock);
  const ofLoad = `generators' clocks ±${loadClockUs === Number.POSITIVE_INFINITY ? '?' : `${(loadClockUs / 1000).toFixed(1)} ms`}`;
  return clock.source === 'own' ? ofLoad : `${clockInWords(clock)}; ${ofLoad}`;
}

/** How a monitor's file belongs to a run. */
export interface MonitorPlace {
  readonly id: string;
  /** The run that the file must belong to; null takes any. */
  readonly runId: string | null;
  /** The clock pair is that of the file's header. */
  clockOf(pair: ClockPair | null, identity: ServerIdentityLine): Clock;
  /** What lies outside, by more than the clock is uncertain, is another matter than the run. */
  readonly fromUs: number;
  readonly toUs: number;
}

export function placeOfOwn(runId: string | null): MonitorPlace {
  const [fromUs, toUs] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return { id: localMonitor, runId, clockOf: () => ownClock, fromUs, toUs };
}

/** What was told shortly before or after explains what was seen, such as a signal to end. */
const toldUs = 60_000_000;
/** A look shows what is new since the one before. */
const looksUs = 3_000_000;

/** Decodes monitors/<id>.ndjson. `server` is null if no identity line is in it. */
export function readServer(
  path: string,
  place: MonitorPlace,
): { readonly server: ServerTimeline | null; readonly end: NdjsonEnd } {
  const samples = new ServerSamples();
  const alerts = new AlertLog();
  const stores = new StoreLines();
  const metrics = new MetricsLooks();
  let pair: ClockPair | null = null;
  let found: ServerIdentityLine | null = null;
  let clock: Clock = ownClock;

  const onHeader = (header: Fields): void => {
    pair = clockPair.safeParse(header.clock).data ?? null;
  };
  const end = readJournalFile(path, { format: 'server', runId: place.runId, onHeader }, (line) => {
    const atUs = numberIn(line, 'atUs');
    if (atUs === null) {
      const parsed = serverIdentity.safeParse(line);
      if (!parsed.success) return 'a line of no known shape';
      found = parsed.data;
      clock = place.clockOf(pair, parsed.data);
      return null;
    }
    const ofRunUs = Math.round(onRunClock(clock, atUs));
    const nearUs = clock.uncertaintyUs + ('alert' in line ? toldUs : looksUs);
    if (ofRunUs < place.fromUs - nearUs || ofRunUs > place.toUs + nearUs) return null;
    return takeLine(ofRunUs === atUs ? line : { ...line, atUs: ofRunUs }, { samples, alerts, stores, metrics });
  });
  if (found === null) return { server: null, end };
  const { kept, leftOut } = alerts;
  return {
    server: {
      id: place.id,
      clock,
      loadClockUs: 0,
      identity: found,
      samples,
      alerts: kept,
      alertsLeftOut: leftOut,
      stores,
      metrics,
    },
    end,
  };
}

interface Lines {
  readonly samples: ServerSamples;
  readonly alerts: AlertLog;
  readonly stores: StoreLines;
  readonly metrics: MetricsLooks;
}

function takeLine(line: Fields, { samples, alerts, stores, metrics }: Lines): string | null {
  if ('alert' in line) {
    const parsed = alertLine.safeParse(line);
    if (parsed.success) alerts.add(parsed.data);
    return parsed.success ? null : 'an alert of another shape';
  }
  if ('store' in line || 'trouble' in line) return stores.add(line);
  if ('metrics' in line) return metrics.add(line);
  return 'processes' in line ? takeSample(line, samples) : 'a line of no known shape';
}

function takeSample(line: Fields, samples: ServerSamples): string | null {
  const parsed = sampleOfServer.safeParse(line);
  const processes = processesIn(line.processes);
  if (!parsed.success) return `a sample of another shape (${parsed.error.issues[0]?.path.join('.') ?? ''})`;
  if (processes === null) return 'a sample of another shape (processes)';
  samples.add({ ...parsed.data, processes });
  return null;
}

/** The processes of a sample; null if they have another shape. By hand, for a day has fifty million: a test compares. */
export function processesIn(value: unknown): readonly ProcessSample[] | null {
  if (!Array.isArray(value)) return null;
  const found: ProcessSample[] = [];
  for (const each of value as readonly unknown[]) {
    const fields = fieldsOf(each);
    const process = fields === null ? null : processIn(fields);
    if (process === null) return null;
    found.push(process);
  }
  return found;
}

function processIn(fields: Fields): ProcessSample | null {
  const { pid, parentPid, startTicks, role, cpuPercent, rssBytes, pssBytes, threads, fileDescriptors } = fields;
  const label = textIn(fields, 'label');
  if (!isNumber(pid) || !isNumber(parentPid) || !isNumber(startTicks) || !isRole(role) || label === null) return null;
  if (!isFigure(cpuPercent) || !isFigure(rssBytes) || !isFigure(pssBytes)) return null;
  if (!isFigure(threads) || !isFigure(fileDescriptors)) return null;
  const process = { pid, parentPid, startTicks, role, label, cpuPercent, rssBytes, pssBytes, threads, fileDescriptors };
  const { cores, mainThreadPercent, busiestThreadPercent, maxDescriptors, connections } = fields;
  if (!isKnownOrAbsent(cores) || !isKnownOrAbsent(mainThreadPercent) || !isKnownOrAbsent(busiestThreadPercent)) {
    return null;
  }
  if (!isKnownOrAbsent(maxDescriptors) || !isKnownOrAbsent(connections)) return null;
  return {
    ...process,
    ...(cores === undefined ? {} : { cores }),
    ...(mainThreadPercent === undefined ? {} : { mainThreadPercent }),
    ...(busiestThreadPercent === undefined ? {} : { busiestThreadPercent }),
    ...(maxDescriptors === undefined ? {} : { maxDescriptors }),
    ...(connections === undefined ? {} : { connections }),
  };
}

const knownRoles: ReadonlySet<unknown> = new Set(processRoles);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isFigure = (value: unknown): value is number | null => value === null || isNumber(value);
const isKnownOrAbsent = (value: unknown): value is number | undefined => value === undefined || isNumber(value);
const isRole = (value: unknown): value is ProcessSample['role'] => knownRoles.has(value);
