import { type Purpose, purposes, type RecordedOutcome, recordedOutcomes } from '../../contract/journal/outcomes.ts';
import type { Latency } from '../../contract/report/report.ts';
import { fieldsOf, numberIn, textIn } from './fields.ts';
import { headerProblem } from './header.ts';
import { decodeHistogram, emptyHistogram, type Histogram, latencyOf } from './histogram.ts';
import { type NdjsonEnd, readNdjson } from './ndjson.ts';

export interface Stall {
  readonly fromUs: number;
  readonly toUs: number;
}

export interface TimelineSecond {
  readonly second: number;
  /** Load and probe together. */
  readonly outcomes: Partial<Record<RecordedOutcome, number>>;
  /** Service time of accepted and duplicate answers; null where there were none. */
  readonly service: Latency | null;
}

/** What k6/<scenario>.timeline.ndjson says, by second and in sum. */
export interface Timeline {
  readonly seconds: readonly TimelineSecond[];
  readonly counts: ReadonlyMap<Purpose, ReadonlyMap<RecordedOutcome, number>>;
  /** Over accepted and duplicate answers to load. */
  readonly service: Latency | null;
  readonly full: Latency | null;
  readonly droppedIterations: number;
  /** When: one entry a line. */
  readonly drops: readonly { readonly second: number; readonly dropped: number; readonly phase: string }[];
  readonly stalls: readonly Stall[];
}

interface OpenSecond {
  readonly outcomes: Partial<Record<RecordedOutcome, number>>;
  readonly services: string[];
}

const knownPurposes: ReadonlySet<string> = new Set(purposes);
const knownOutcomes: ReadonlySet<string> = new Set(recordedOutcomes);
const isPurpose = (text: string | null): text is Purpose => text !== null && knownPurposes.has(text);
const isOutcome = (text: string | null): text is RecordedOutcome => text !== null && knownOutcomes.has(text);

function decoded(text: string): Histogram | null {
  try {
    return decodeHistogram(text);
  } catch {
    // The decoder throws many things at damaged text; each means the same.
    return null;
  }
}

/** Decodes k6/<scenario>.timeline.ndjson. Shapes: TimelineLine in contract/journal/journal.ts. */
export function readTimeline(
  path: string,
  runId: string | null,
): { readonly timeline: Timeline; readonly end: NdjsonEnd } {
  const seconds = new Map<number, OpenSecond>();
  const counts = new Map<Purpose, Map<RecordedOutcome, number>>();
  const stalls: Stall[] = [];
  const service = emptyHistogram();
  const full = emptyHistogram();
  const drops: { second: number; dropped: number; phase: string }[] = [];

  const end = readNdjson(
    path,
    (value) => headerProblem(value, 'timeline', runId),
    (value) => {
      const line = fieldsOf(value);
      if (line === null) return 'not an object';
      if ('stallFromUs' in line) {
        const fromUs = numberIn(line, 'stallFromUs');
        const toUs = numberIn(line, 'stallToUs');
        if (fromUs === null || toUs === null) return 'a stall without its times';
        stalls.push({ fromUs, toUs });
        return null;
      }
      if ('dropped' in line) {
        const dropped = numberIn(line, 'dropped');
        const second = numberIn(line, 'second');
        if (dropped === null || second === null) return 'dropped iterations without second or count';
        drops.push({ second, dropped, phase: textIn(line, 'phase') ?? '' });
        return null;
      }
      const second = numberIn(line, 'second');
      const purpose = textIn(line, 'purpose');
      const outcome = textIn(line, 'outcome');
      const count = numberIn(line, 'count');
      const serviceText = textIn(line, 'service');
      const fullText = textIn(line, 'full');
      if (second === null || count === null || !isPurpose(purpose) || !isOutcome(outcome)) return 'a count without key';
      if (serviceText === null || fullText === null) return 'a count without its histograms';

      const byOutcome = counts.get(purpose) ?? new Map<RecordedOutcome, number>();
      byOutcome.set(outcome, (byOutcome.get(outcome) ?? 0) + count);
      counts.set(purpose, byOutcome);
      if (purpose !== 'load' && purpose !== 'probe') return null;

      const open = seconds.get(second) ?? { outcomes: {}, services: [] };
      open.outcomes[outcome] = (open.outcomes[outcome] ?? 0) + count;
      seconds.set(second, open);
      if (outcome !== 'accepted' && outcome !== 'duplicate') return null;
      open.services.push(serviceText);
      if (purpose !== 'load') return null;
      const serviceHistogram = decoded(serviceText);
      const fullHistogram = decoded(fullText);
      if (serviceHistogram === null || fullHistogram === null) return 'a histogram that cannot be decoded';
      service.add(serviceHistogram);
      full.add(fullHistogram);
      return null;
    },
  );

  const finished = [...seconds]
    .sort(([a], [b]) => a - b)
    .map(([second, open]): TimelineSecond => ({ second, outcomes: open.outcomes, service: merged(open.services) }));
  return {
    timeline: {
      seconds: finished,
      counts,
      service: latencyOf(service),
      full: latencyOf(full),
      droppedIterations: drops.reduce((sum, { dropped }) => sum + dropped, 0),
      drops,
      stalls,
    },
    end,
  };
}

function merged(texts: readonly string[]): Latency | null {
  const [first, ...others] = texts.map(decoded).filter((histogram) => histogram !== null);
  if (first === undefined) return null;
  for (const other of others) first.add(other);
  return latencyOf(first);
}
