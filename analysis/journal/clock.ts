import type { ClockPair, Manifest, RemoteMonitor } from '../../contract/journal/journal.ts';
import { type Fields, numberIn } from './fields.ts';

/** How far a clock was ahead of the run's, at a moment of the run's. */
export type ClockReading = NonNullable<Manifest['clocks']>[string][number];

/**
 * `own`: it was told the run's clock. `measured`: by exchanges with the runner. `given`: by hand. `same machine`: both read one
 * monotonic clock. `unknown`: nobody knows.
 */
export type ClockSource = 'own' | 'measured' | 'given' | 'same machine' | 'unknown';

/** What turns times of a file into times of the run: a generator's, or a monitor's. */
export interface Clock {
  readonly source: ClockSource;
  /** In order of time; between two of them the clock drifts evenly. */
  readonly readings: readonly ClockReading[];
  /** A time of the file, made one of the run, is off by no more than this; infinite if nobody knows. */
  readonly uncertaintyUs: number;
}

/** Linux speeds clocks up or slows them down by at most this when it corrects them (adjtimex(2)). */
export const maxDrift = 500e-6;

/** A drift changes by at most this between two readings: PHI of RFC 5905, section 7.1. */
const maxWander = 15e-6;

export const ownClock: Clock = { source: 'own', readings: [], uncertaintyUs: 0 };
export const unknownClock: Clock = {
  source: 'unknown',
  readings: [],
  uncertaintyUs: Number.POSITIVE_INFINITY,
};

export function givenClock(aheadMs: number, uncertaintyMs: number): Clock {
  const reading = { atUs: 0, aheadUs: aheadMs * 1000, uncertaintyUs: uncertaintyMs * 1000 };
  return { source: 'given', readings: [reading], uncertaintyUs: reading.uncertaintyUs };
}

/** Both pairs were noted on one machine: the one counts on where the other does. */
export function sameMachineClock(own: ClockPair, ofRun: ClockPair): Clock {
  const aheadUs = own.wallUs - own.monotonicUs - (ofRun.wallUs - ofRun.monotonicUs);
  return { source: 'same machine', readings: [{ atUs: 0, aheadUs, uncertaintyUs: 0 }], uncertaintyUs: 0 };
}

/**
 * By what was measured. The uncertainty is that of the worst reading, with what the readings leave open: a drift that wanders between two
 * of them, what a clock may drift in the part of the run that lies outside of all of them, and any change that is no even drift.
 */
export function measuredClock(
  readings: readonly ClockReading[],
  { startedAtUs, endedAtUs }: Pick<Manifest, 'startedAtUs' | 'endedAtUs'>,
): Clock {
  const ordered = readings.toSorted((a, b) => a.atUs - b.atUs);
  const [first, last] = [ordered[0], ordered.at(-1)];
  if (first === undefined || last === undefined) return unknownClock;
  const maxOf = (of: (reading: ClockReading, n: number) => number): number =>
    ordered.reduce((max, reading, n) => Math.max(max, of(reading, n)), 0);
  const outsideUs = Math.max(0, first.atUs - startedAtUs, (endedAtUs ?? last.atUs) - last.atUs);
  const apartUs = maxOf(({ atUs }, n) => atUs - (ordered[n - 1]?.atUs ?? atUs));
  const uncertaintyUs =
    maxOf((reading) => reading.uncertaintyUs) +
    maxOf((reading, n) => jumpBetween(ordered[n - 1], reading)) +
    maxOf((_, n) => bendAt(ordered, n)) +
    (apartUs / 2) * maxWander +
    outsideUs * maxDrift;
  return { source: 'measured', readings: ordered, uncertaintyUs };
}

/** By how much a reading surely lies beside the line between the one before and the one after it. */
function bendAt(ordered: readonly ClockReading[], n: number): number {
  const [before, at, after] = [ordered[n - 1], ordered[n], ordered[n + 1]];
  if (before === undefined || at === undefined || after === undefined || after.atUs === before.atUs) return 0;
  const share = (at.atUs - before.atUs) / (after.atUs - before.atUs);
  const besideUs = Math.abs(at.aheadUs - before.aheadUs - share * (after.aheadUs - before.aheadUs));
  const explainedUs = at.uncertaintyUs + Math.max(before.uncertaintyUs, after.uncertaintyUs);
  return Math.max(0, besideUs - explainedUs);
}

function jumpBetween(before: ClockReading | undefined, after: ClockReading): number {
  if (before === undefined) return 0;
  const changeUs = Math.abs(after.aheadUs - before.aheadUs);
  const explainedUs = before.uncertaintyUs + after.uncertaintyUs + (after.atUs - before.atUs) * maxDrift;
  return changeUs > explainedUs ? changeUs : 0;
}

/** A time of the file on the run's clock. */
export function onRunClock({ readings }: Clock, atUs: number): number {
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

/** What the clock of a file is, by the clock pair in its header. */
export type ClockOfFile = (pair: ClockPair | null) => Clock;

/** A time in a line of a file, on the run's clock. */
export function timeIn(line: Fields, name: string, clock: Clock): number | null {
  const us = numberIn(line, name);
  return us === null || clock.readings.length === 0 ? us : onRunClock(clock, us);
}

export function remoteMonitor({ remoteMonitors = [] }: Manifest, id: string): RemoteMonitor | null {
  return remoteMonitors.find((remote) => remote.id === id) ?? null;
}

/** `clock 120.4 ms ahead, ±1.2 ms, measured`. */
export function clockInWords({ source, readings, uncertaintyUs }: Clock): string {
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
