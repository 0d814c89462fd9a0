import { fieldsOf, numberIn, textIn } from '../../analysis/journal/fields.ts';
import { addEncoded, emptyHistogram } from '../../analysis/journal/histogram.ts';
import { isOutcome, type RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { GrowingFile } from './growing-file.ts';

/** What a scenario has done so far. */
export interface ScenarioFigures {
  readonly sent: number;
  readonly outcomes: Readonly<Partial<Record<RecordedOutcome, number>>>;
  /** Over the last seconds. */
  readonly requestsPerSecond: number;
  /** Of accepted and duplicate answers so far; null without one. */
  readonly p95Ms: number | null;
}

const rateOverMs = 5_000;

/** Follows the timelines of a scenario's generators as they grow: a few lines a second each, however high the rate. */
export class ScenarioProgress {
  private readonly timelines: readonly GrowingFile[];
  private readonly nowMs: () => number;
  private readonly counts = new Map<RecordedOutcome, number>();
  private readonly service = emptyHistogram();
  /** When so many had been sent, oldest first. */
  private readonly marks: { readonly atMs: number; readonly sent: number }[] = [];

  constructor(timelineFiles: readonly string[], nowMs: () => number = () => performance.now()) {
    this.timelines = timelineFiles.map((file) => new GrowingFile(file));
    this.nowMs = nowMs;
    this.marks.push({ atMs: nowMs(), sent: 0 });
  }

  /** Reads what is new. */
  read(): ScenarioFigures {
    for (const timeline of this.timelines) for (const value of timeline.lines()) this.take(value);
    const unsent = this.counts.get('unsent') ?? 0;
    const sent = [...this.counts.values()].reduce((sum, count) => sum + count, 0) - unsent;
    return {
      sent,
      outcomes: Object.fromEntries(this.counts),
      requestsPerSecond: this.rate(sent),
      p95Ms: this.service.totalCount === 0 ? null : this.service.getValueAtPercentile(95) / 1000,
    };
  }

  private rate(sent: number): number {
    const { marks } = this;
    const atMs = this.nowMs();
    marks.push({ atMs, sent });
    // The oldest that is old enough stays: what came since then is the rate.
    while ((marks[1]?.atMs ?? atMs) <= atMs - rateOverMs) marks.shift();
    const [oldest] = marks;
    return oldest === undefined || atMs <= oldest.atMs ? 0 : ((sent - oldest.sent) / (atMs - oldest.atMs)) * 1000;
  }

  private take(value: unknown): void {
    const line = fieldsOf(value);
    if (line === null) return;
    const purpose = textIn(line, 'purpose');
    const outcome = textIn(line, 'outcome');
    const count = numberIn(line, 'count');
    const service = textIn(line, 'service');
    if ((purpose !== 'load' && purpose !== 'probe') || !isOutcome(outcome) || count === null) return;
    this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + count);
    if ((outcome === 'accepted' || outcome === 'duplicate') && service !== null) {
      try {
        addEncoded(this.service, service);
      } catch {
        // Damage is for the report to tell.
      }
    }
  }
}
