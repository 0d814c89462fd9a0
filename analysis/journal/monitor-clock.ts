import type { ClockPair, Manifest, RemoteMonitor } from '../../contract/journal/journal.ts';

/** How far a monitor's clock was ahead of the run's, at a moment of the run's. */
export interface ClockReading {
  readonly atUs: number;
  readonly aheadUs: number;
  readonly uncertaintyUs: number;
}

/**
 * `own`: it was told the run's clock. `measured`: by exchanges with the runner. `given`: by hand. `same machine`: both read one
 * monotonic clock. `unknown`: nobody knows.
 */
export type ClockSource = 'own' | 'measured' | 'given' | 'same machine' | 'unknown';

/** What turns times of a monitor's file into times of the run. */
export interface MonitorClock {
  readonly source: ClockSource;
  /** In order of time; between two of them the clock drifts evenly. */
  readonly readings: readonly ClockReading[];
  /** A time of the file, made one of the run, is off by no more than this; infinite if nobody knows. */
  readonly uncertaintyUs: number;
}

/** Linux speeds clocks up or slows them down by at most this when it corrects them (adjtimex(2)). */
const maxDrift = 500e-6;

export const ownClock: MonitorClock = { source: 'own', readings: [], uncertaintyUs: 0 };
export const unknownClock: MonitorClock = {
  source: 'unknown',
  readings: [],
  uncertaintyUs: Number.POSITIVE_INFINITY,
};

export function givenClock(aheadMs: number, uncertaintyMs: number): MonitorClock {
  const reading = { atUs: 0, aheadUs: aheadMs * 1000, uncertaintyUs: uncertaintyMs * 1000 };
  return { source: 'given', readings: [reading], uncertaintyUs: reading.uncertaintyUs };
}

/** Both pairs were noted on one machine: the one counts on where the other does. */
export function sameMachineClock(own: ClockPair, ofRun: ClockPair): MonitorClock {
  const aheadUs = own.wallUs - own.monotonicUs - (ofRun.wallUs - ofRun.monotonicUs);
  return { source: 'same machine', readings: [{ atUs: 0, aheadUs, uncertaintyUs: 0 }], uncertaintyUs: 0 };
}

/**
 * By what was measured. The uncertainty is that of the worst reading, with what a clock may drift in the part of the run that lies
 * outside of all readings, and with any change between two readings that is no drift.
 */
export function measuredClock(
  readings: readonly ClockReading[],
  { startedAtUs, endedAtUs }: Pick<Manifest, 'startedAtUs' | 'endedAtUs'>,
): MonitorClock {
  const ordered = readings.toSorted((a, b) => a.atUs - b.atUs);
  const [first, last] = [ordered[0], ordered.at(-1)];
  if (first === undefined || last === undefined) return unknownClock;
  const outsideUs = Math.max(0, first.atUs - startedAtUs, (endedAtUs ?? last.atUs) - last.atUs);
  const worstUs = ordered.reduce((worst, { uncertaintyUs }) => Math.max(worst, uncertaintyUs), 0);
  const jumpUs = ordered.reduce((most, reading, n) => Math.max(most, jumpBetween(ordered[n - 1], reading)), 0);
  return { source: 'measured', readings: ordered, uncertaintyUs: worstUs + jumpUs + outsideUs * maxDrift };
}

function jumpBetween(before: ClockReading | undefined, after: ClockReading): number {
  if (before === undefined) return 0;
  const changeUs = Math.abs(after.aheadUs - before.aheadUs);
  const explainedUs = before.uncertaintyUs + after.uncertaintyUs + (after.atUs - before.atUs) * maxDrift;
  return changeUs > explainedUs ? changeUs : 0;
}

/** A time of the monitor's file on the run's clock. */
export function onRunClock({ readings }: MonitorClock, atUs: number): number {
  const [first, last] = [readings[0], readings.at(-1)];
  if (first === undefined || last === undefined) return atUs;
  // The readings are at times of the run's clock, and the file's are off by the offset: a drift makes nothing of that.
  const next = readings.findIndex((reading) => reading.atUs + reading.aheadUs >= atUs);
  if (next === 0) return atUs - first.aheadUs;
  const [before, after] = [readings[next - 1], readings[next]];
  if (before === undefined || after === undefined) return atUs - last.aheadUs;
  const [fromUs, toUs] = [before.atUs + before.aheadUs, after.atUs + after.aheadUs];
  const share = toUs === fromUs ? 0 : (atUs - fromUs) / (toUs - fromUs);
  return atUs - (before.aheadUs + share * (after.aheadUs - before.aheadUs));
}

export function remoteMonitor({ remoteMonitors = [] }: Manifest, id: string): RemoteMonitor | null {
  return remoteMonitors.find((remote) => remote.id === id) ?? null;
}

/** `clock 120.4 ms ahead, ±1.2 ms, measured`. */
export function clockInWords({ source, readings, uncertaintyUs }: MonitorClock): string {
  if (source === 'own') return "the run's own clock";
  if (source === 'unknown') return 'clock offset unknown: ±?';
  const mean = readings.reduce((sum, { aheadUs }) => sum + aheadUs, 0) / Math.max(1, readings.length) / 1000;
  const side = mean < 0 ? 'behind' : 'ahead';
  return `clock ${Math.abs(mean).toFixed(1)} ms ${side}, ±${(uncertaintyUs / 1000).toFixed(1)} ms, ${sourceWords[source]}`;
}

const sourceWords = {
  measured: 'measured',
  given: 'as given',
  'same machine': "from the machine's own clock",
} as const;
