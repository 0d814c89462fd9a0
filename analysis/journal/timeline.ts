import type { ScenarioWindow } from '../../contract/journal/journal.ts';
import { clockPair } from '../../contract/journal/manifest-schema.ts';
import { isOutcome, isPurpose, type Purpose, type RecordedOutcome } from '../../contract/journal/outcomes.ts';
import type { Latency } from '../../contract/report/report.ts';
import { type Clock, type ClockOfFile, onRunClock, ownClock, timeIn } from './clock.ts';
import { type Fields, numberIn, textIn } from './fields.ts';
import { GeneratorLoads, isLongWait, type Loads } from './generator-loads.ts';
import { addEncoded, emptyHistogram, encodeHistogram, type Histogram, latencyOf } from './histogram.ts';
import { readJournalFile } from './journal-file.ts';
import type { NdjsonEnd } from './ndjson.ts';

export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/** A time in which a generator stood still. */
export interface Stall extends Span {
  /** Its place among the run's generators, as in the ledger. */
  readonly generator: number;
}

/** Iterations of one generator that were not started in a second. */
export interface Drop {
  readonly second: number;
  readonly dropped: number;
  readonly phase: string;
  readonly generator: number;
}

export interface TimelineSecond {
  /** The first of them, where an entry stands for several. */
  readonly second: number;
  /** Load and probe together. */
  readonly outcomes: Partial<Record<RecordedOutcome, number>>;
  /** Service time of accepted and duplicate answers; null where there were none. */
  readonly service: Latency | null;
}

/** What all generators together say of a scenario, by second and in sum. */
export interface Timeline {
  readonly seconds: readonly TimelineSecond[];
  readonly counts: ReadonlyMap<Purpose, ReadonlyMap<RecordedOutcome, number>>;
  /** Over accepted and duplicate answers to load. */
  readonly service: Latency | null;
  readonly full: Latency | null;
  readonly droppedIterations: number;
  /** When: one entry a line. */
  readonly drops: readonly Drop[];
  readonly stalls: readonly Stall[];
  /** Empty in journals of older generators. */
  readonly loads: Loads;
}

/** Requests end a little after k6 was told to end, and generators on other machines have other clocks. */
const slackSeconds = 600;

/** Of a longer scenario several seconds are one entry: no picture shows more. */
const maxEntries = 4_000;
/** As texts, histograms take little; beyond so many of one entry they are added up. */
const maxTexts = 8;

interface OpenSecond {
  readonly outcomes: Partial<Record<RecordedOutcome, number>>;
  services: string[];
}

/** Whether it could be added. */
function added(sum: Histogram, text: string): boolean {
  try {
    addEncoded(sum, text);
    return true;
  } catch {
    // Damaged text makes the decoder throw many things; each means the same.
    return false;
  }
}

/** Decodes one generators/<id>/<scenario>.timeline.ndjson. */
export function readTimeline(
  path: string,
  runId: string | null,
): { readonly timeline: Timeline; readonly end: NdjsonEnd } {
  const reader = new TimelineReader();
  const end = reader.read(path, runId);
  return { timeline: reader.finish(), end };
}

/** Adds up the timelines of a scenario's generators. Shapes: TimelineLine in contract/journal/journal.ts. */
export class TimelineReader {
  /** Seconds that can belong to the scenario: a count far from them is damage, and would make a plot of millions of points. */
  private readonly fromSecond: number;
  private readonly toSecond: number;
  /** Of the file that is being read. */
  private clock: Clock = ownClock;
  private generator = 0;
  /** Seconds of an entry. */
  private readonly perEntry: number;
  private readonly seconds = new Map<number, OpenSecond>();
  private readonly counts = new Map<Purpose, Map<RecordedOutcome, number>>();
  private readonly stalls: Stall[] = [];
  private readonly loads = new GeneratorLoads();
  private readonly service = emptyHistogram();
  private readonly full = emptyHistogram();
  private readonly drops: Drop[] = [];
  /** By generator, all that its file counts. */
  readonly requests = new Map<number, number>();

  /** @param window when the scenario ran, if that is known. */
  constructor(window: Pick<ScenarioWindow, 'startedAtUs' | 'endedAtUs'> | null = null) {
    this.fromSecond = window === null ? Number.NEGATIVE_INFINITY : window.startedAtUs / 1e6 - slackSeconds;
    this.toSecond = (window?.endedAtUs ?? Number.POSITIVE_INFINITY) / 1e6 + slackSeconds;
    const seconds = window === null ? 0 : ((window.endedAtUs ?? window.startedAtUs) - window.startedAtUs) / 1e6;
    this.perEntry = Math.max(1, Math.ceil(seconds / maxEntries));
  }

  /** @param generator whose file it is, by its place among the run's. */
  read(path: string, runId: string | null, clockOf: ClockOfFile = () => ownClock, generator = 0): NdjsonEnd {
    this.generator = generator;
    this.loads.begin(path, generator);
    const onHeader = (header: Fields): void => {
      this.clock = clockOf(clockPair.safeParse(header.clock).data ?? null);
      // Processes of one machine share the pair of readings by which they tell the time.
      this.loads.begin(JSON.stringify(header.clock), generator);
    };
    return readJournalFile(path, { format: 'timeline', runId, onHeader }, (line) => {
      if ('stallFromUs' in line) return this.takeStall(line);
      if ('loadFromUs' in line) return this.takeLoad(line);
      return 'dropped' in line ? this.takeDropped(line) : this.takeCount(line);
    });
  }

  finish(): Timeline {
    const { counts, drops, stalls } = this;
    const seconds = [...this.seconds]
      .sort(([a], [b]) => a - b)
      .map(([second, open]): TimelineSecond => ({ second, outcomes: open.outcomes, service: merged(open.services) }));
    return {
      ...{ seconds, counts, drops, stalls, loads: this.loads.summed() },
      service: latencyOf(this.service),
      full: latencyOf(this.full),
      droppedIterations: drops.reduce((sum, { dropped }) => sum + dropped, 0),
    };
  }

  private takeStall(line: Fields): string | null {
    const fromUs = timeIn(line, 'stallFromUs', this.clock);
    const toUs = timeIn(line, 'stallToUs', this.clock);
    if (fromUs === null || toUs === null) return 'a stall without its times';
    this.stalls.push({ fromUs, toUs, generator: this.generator });
    return null;
  }

  private takeLoad(line: Fields): string | null {
    const fromUs = timeIn(line, 'loadFromUs', this.clock);
    const toUs = timeIn(line, 'loadToUs', this.clock);
    const cpuUs = numberIn(line, 'cpuUs');
    const cores = numberIn(line, 'cores');
    if (fromUs === null || toUs === null || cpuUs === null || cores === null) return 'a load without its times';
    const tookUs = toUs - fromUs;
    if (tookUs <= 0 || cores <= 0) return null;
    const waitedForCpu = isLongWait(numberIn(line, 'waitedUs'), { cpuUs, tookUs });
    this.loads.add({ fromUs, toUs, usedCores: cpuUs / tookUs, cores, waitedForCpu });
    return null;
  }

  private takeDropped(line: Fields): string | null {
    const dropped = numberIn(line, 'dropped');
    const second = this.secondIn(line);
    if (dropped === null || second === null) return 'dropped iterations without second or count';
    this.drops.push({ second, dropped, phase: textIn(line, 'phase') ?? '', generator: this.generator });
    return null;
  }

  /** The second of the run's clock that the generator's lies in for the most part. */
  private secondIn(line: Fields): number | null {
    const second = numberIn(line, 'second');
    if (second === null || this.clock.readings.length === 0) return second;
    return Math.round(onRunClock(this.clock, second * 1e6) / 1e6);
  }

  private takeCount(line: Fields): string | null {
    const second = this.secondIn(line);
    const purpose = textIn(line, 'purpose');
    const outcome = textIn(line, 'outcome');
    const count = numberIn(line, 'count');
    const serviceText = textIn(line, 'service');
    const fullText = textIn(line, 'full');
    if (second === null || count === null || !isPurpose(purpose) || !isOutcome(outcome)) return 'a count without key';
    if (second < this.fromSecond || second > this.toSecond) return 'a second in which the scenario did not run';
    if (serviceText === null || fullText === null) return 'a count without its histograms';

    const byOutcome = this.counts.get(purpose) ?? new Map<RecordedOutcome, number>();
    byOutcome.set(outcome, (byOutcome.get(outcome) ?? 0) + count);
    this.counts.set(purpose, byOutcome);
    this.requests.set(this.generator, (this.requests.get(this.generator) ?? 0) + count);
    if (purpose !== 'load' && purpose !== 'probe') return null;

    const entry = second - (second % this.perEntry);
    const open = this.seconds.get(entry) ?? { outcomes: {}, services: [] };
    open.outcomes[outcome] = (open.outcomes[outcome] ?? 0) + count;
    this.seconds.set(entry, open);
    if (outcome !== 'accepted' && outcome !== 'duplicate') return null;
    open.services.push(serviceText);
    if (open.services.length > maxTexts) open.services = asOne(open.services);
    if (purpose !== 'load') return null;
    const areAdded = [added(this.service, serviceText), added(this.full, fullText)];
    return areAdded.every(Boolean) ? null : 'a histogram that cannot be decoded';
  }
}

const merged = (texts: readonly string[]): Latency | null => latencyOf(sumOf(texts));

function asOne(texts: readonly string[]): string[] {
  const sum = sumOf(texts);
  return sum.totalCount === 0 ? [] : [encodeHistogram(sum)];
}

/** For one sum after another: it takes 150 kB. */
const scratch = emptyHistogram();

function sumOf(texts: readonly string[]): Histogram {
  scratch.reset();
  for (const text of texts) added(scratch, text);
  return scratch;
}
