import type { AlertLine, ClockPair, ProcessSample, ServerIdentityLine } from '../../contract/journal/journal.ts';
import { clockPair } from '../../contract/journal/manifest-schema.ts';
import { processRoles, sampleOfServer, serverIdentity } from '../../contract/journal/monitor-lines.ts';
import { localMonitor } from '../../contract/journal/paths.ts';
import { AlertLog } from './alert-log.ts';
import { type Clock, clockInWords, onRunClock, ownClock } from './clock.ts';
import { alertIn } from './earlier-causes.ts';
import { type Fields, fieldsOf, numberIn, textIn } from './fields.ts';
import { readJournalFile } from './journal-file.ts';
import { type FileProblem, within } from './journal-gap.ts';
import { MetricsLooks, type MetricsTimeline } from './metrics-looks.ts';
import { monitorPiecesOf } from './monitor-pieces.ts';
import type { NdjsonEnd } from './ndjson.ts';
import { withProbeFailures } from './probe-results.ts';
import { type Samples, ServerSamples } from './server-samples.ts';
import { StoreLines, type StoreTimeline } from './store-lines.ts';
import type { Span } from './timeline.ts';

/** What monitors/<id>.ndjson says, in order of time, its times on the run's clock. */
export interface ServerTimeline {
  readonly id: string;
  readonly clock: Clock;
  /** How far the times of the load may be off: by the worst of the generators' clocks. */
  readonly loadClockUs: number;
  readonly identity: ServerIdentityLine;
  readonly samples: Samples;
  /** When nobody watched, from the end of a monitor that died to the first look of the one that went on after it. */
  readonly pauses: readonly Span[];
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

/** What to do about it. */
export const clockRemedy = 'give --clock-offset, or run with --monitor-url';

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

/** Decodes the files of the monitor whose first one is at `path`. `server` is null if no identity line is in them. */
export function readServer(
  path: string,
  place: MonitorPlace,
): { readonly server: ServerTimeline | null; readonly end: MonitorEnd } {
  const reader = new ServerReader(place);
  const pieces = monitorPiecesOf(path);
  const problems: FileProblem[] = [];
  for (const [n, piece] of pieces.entries()) {
    const isLast = n === pieces.length - 1;
    const isMissing = piece.number !== (pieces[n - 1]?.number ?? 0) + 1;
    const end = reader.read(piece.path);
    // Another monitor went on after one that was killed: what nobody saw meanwhile is a pause, and the rest is whole.
    if (!isLast && end.isCutOff) {
      reader.isPaused = true;
      continue;
    }
    const inPiece = pieces.length === 1 ? '' : `file ${piece.number}: `;
    if (isMissing) problems.push({ text: `a file before number ${piece.number} is missing` });
    problems.push(...end.problems.map((problem) => within(inPiece, problem)));
  }
  return { server: reader.server(), end: { complete: problems.length === 0, problems } };
}

export type MonitorEnd = Pick<NdjsonEnd, 'complete' | 'problems'>;

/** Puts together what the files of one monitor say. */
class ServerReader {
  /** Whether whoever wrote what was read last was killed. */
  isPaused = false;
  private readonly samples = new ServerSamples();
  private readonly alerts = new AlertLog();
  private readonly stores = new StoreLines();
  private readonly metrics = new MetricsLooks();
  private readonly pauses: Span[] = [];
  private pair: ClockPair | null = null;
  private identity: ServerIdentityLine | null = null;
  private clock: Clock = ownClock;
  private startedAtUs = 0;
  /** Of what was read last. */
  private lastUs: number | null = null;

  constructor(private readonly place: MonitorPlace) {}

  read(path: string): NdjsonEnd {
    const onHeader = (header: Fields): void => {
      this.pair = clockPair.safeParse(header.clock).data ?? null;
      this.startedAtUs = numberIn(header, 'startedAtUs') ?? 0;
    };
    return readJournalFile(path, { format: 'server', runId: this.place.runId, onHeader }, (line) => this.take(line));
  }

  server(): ServerTimeline | null {
    const { place, clock, identity, samples, stores, metrics, pauses } = this;
    if (identity === null) return null;
    const { kept, leftOut } = this.alerts;
    return {
      id: place.id,
      loadClockUs: 0,
      ...{ clock, identity, samples, pauses, stores, metrics },
      alerts: kept,
      alertsLeftOut: leftOut,
    };
  }

  private take(line: Fields): string | null {
    const { clock, place } = this;
    const atUs = numberIn(line, 'atUs');
    if (atUs === null) {
      const parsed = serverIdentity.safeParse(line);
      if (!parsed.success) return 'a line of no known shape';
      this.identity = parsed.data;
      this.clock = place.clockOf(this.pair, parsed.data);
      this.lastUs ??= Math.round(onRunClock(this.clock, this.startedAtUs));
      return null;
    }
    const ofRunUs = Math.round(onRunClock(clock, atUs));
    const nearUs = clock.uncertaintyUs + ('alert' in line ? toldUs : looksUs);
    if (ofRunUs < place.fromUs - nearUs || ofRunUs > place.toUs + nearUs) return null;
    this.noteTime(ofRunUs);
    return this.takeLine(ofRunUs === atUs ? line : { ...line, atUs: ofRunUs });
  }

  private takeLine(line: Fields): string | null {
    if ('alert' in line) {
      const alert = alertIn(line);
      if (alert !== null) this.alerts.add(alert);
      return alert === null ? 'an alert of another shape' : null;
    }
    if ('store' in line || 'trouble' in line) return this.stores.add(line);
    if ('metrics' in line) return this.metrics.add(line);
    return 'processes' in line ? this.takeSample(line) : 'a line of no known shape';
  }

  private takeSample(line: Fields): string | null {
    const parsed = sampleOfServer.safeParse(withProbeFailures(line));
    const processes = processesIn(line.processes);
    if (!parsed.success) return `a sample of another shape (${parsed.error.issues[0]?.path.join('.') ?? ''})`;
    if (processes === null) return 'a sample of another shape (processes)';
    // An identity is written anew before the samples that it holds for.
    const { cores } = this.identity ?? {};
    this.samples.add({ ...parsed.data, processes, ...(cores === undefined ? {} : { cores }) });
    return null;
  }

  private noteTime(atUs: number): void {
    if (this.isPaused && this.lastUs !== null) this.pauses.push({ fromUs: this.lastUs, toUs: atUs });
    this.isPaused = false;
    this.lastUs = atUs;
  }
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
  const { cores, mainThreadPercent, busiestThreadPercent, cpuWaitPercent, maxDescriptors, connections } = fields;
  const { swapBytes, swapPssBytes } = fields;
  if (!isKnownOrAbsent(cores) || !isKnownOrAbsent(mainThreadPercent) || !isKnownOrAbsent(busiestThreadPercent)) {
    return null;
  }
  if (!isKnownOrAbsent(cpuWaitPercent) || !isKnownOrAbsent(maxDescriptors) || !isKnownOrAbsent(connections))
    return null;
  if (!isKnownOrAbsent(swapBytes) || !isKnownOrAbsent(swapPssBytes)) return null;
  return {
    ...process,
    ...(cores === undefined ? {} : { cores }),
    ...(mainThreadPercent === undefined ? {} : { mainThreadPercent }),
    ...(busiestThreadPercent === undefined ? {} : { busiestThreadPercent }),
    ...(cpuWaitPercent === undefined ? {} : { cpuWaitPercent }),
    ...(maxDescriptors === undefined ? {} : { maxDescriptors }),
    ...(connections === undefined ? {} : { connections }),
    ...(swapBytes === undefined ? {} : { swapBytes }),
    ...(swapPssBytes === undefined ? {} : { swapPssBytes }),
  };
}

const knownRoles: ReadonlySet<unknown> = new Set(processRoles);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isFigure = (value: unknown): value is number | null => value === null || isNumber(value);
const isKnownOrAbsent = (value: unknown): value is number | undefined => value === undefined || isNumber(value);
const isRole = (value: unknown): value is ProcessSample['role'] => knownRoles.has(value);
