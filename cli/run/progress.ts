import { fieldsOf, numberIn, textIn } from '../../analysis/journal/fields.ts';
import { decodeHistogram, emptyHistogram } from '../../analysis/journal/histogram.ts';
import { outcomes } from '../../contract/journal/outcomes.ts';
import { GrowingFile, lastLine } from './growing-file.ts';

/** What a scenario has done so far, read from the journal as it grows. */
export class ScenarioProgress {
  private readonly timeline: GrowingFile;
  private readonly serverFile: string;
  private readonly counts = new Map<string, number>();
  private readonly service = emptyHistogram();
  private cpuPercent: number | null = null;
  private memoryBytes: number | null = null;

  constructor(timelineFile: string, serverFile: string) {
    this.timeline = new GrowingFile(timelineFile);
    this.serverFile = serverFile;
  }

  /** One line: sent, outcomes, p95, the server's CPU and memory. */
  line(): string {
    for (const value of this.timeline.lines()) this.takeCount(value);
    this.takeSample(lastLine(this.serverFile));
    const unsent = this.counts.get('unsent') ?? 0;
    const sent = [...this.counts.values()].reduce((sum, count) => sum + count, 0) - unsent;
    const counted = outcomes.flatMap((outcome) => {
      const count = this.counts.get(outcome);
      return count === undefined ? [] : [`${count} ${outcome}`];
    });
    const p95 =
      this.service.totalCount === 0 ? '' : `p95 ${(this.service.getValueAtPercentile(95) / 1000).toFixed(1)} ms`;
    const cpu = this.cpuPercent === null ? '' : `server ${this.cpuPercent.toFixed(0)}% CPU`;
    const memory = this.memoryBytes === null ? '' : `${(this.memoryBytes / 1e6).toFixed(0)} MB`;
    return [`${sent} sent`, ...counted, p95, cpu, memory].filter((part) => part !== '').join(' · ');
  }

  private takeCount(value: unknown): void {
    const line = fieldsOf(value);
    if (line === null) return;
    const purpose = textIn(line, 'purpose');
    const outcome = textIn(line, 'outcome');
    const count = numberIn(line, 'count');
    const service = textIn(line, 'service');
    if ((purpose !== 'load' && purpose !== 'probe') || outcome === null || count === null) return;
    this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + count);
    if ((outcome === 'accepted' || outcome === 'duplicate') && service !== null) {
      try {
        this.service.add(decodeHistogram(service));
      } catch {
        // As above: damage is for the report to tell.
      }
    }
  }

  private takeSample(value: unknown): void {
    const processes = fieldsOf(value)?.processes;
    if (!Array.isArray(processes)) return;
    // Nobody sees a process of a server elsewhere.
    if (processes.length === 0 && this.cpuPercent === null) return;
    let cpu = 0;
    let bytes = 0;
    for (const process of processes as unknown[]) {
      const fields = fieldsOf(process);
      if (fields === null) continue;
      cpu += numberIn(fields, 'cpuPercent') ?? 0;
      bytes += numberIn(fields, 'pssBytes') ?? numberIn(fields, 'rssBytes') ?? 0;
    }
    this.cpuPercent = cpu;
    this.memoryBytes = bytes;
  }
}

/** Progress on the terminal: one line kept up to date, or in a pipe a plain line every ten seconds. */
export class ProgressLine {
  private readonly stream: NodeJS.WriteStream;
  private lastPlainMs = Date.now();

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
  }

  show(text: string): void {
    if (this.stream.isTTY) {
      this.stream.write(`\r\u001b[K${text.slice(0, Math.max(20, (this.stream.columns ?? 80) - 1))}`);
    } else if (Date.now() - this.lastPlainMs >= 10_000) {
      this.lastPlainMs = Date.now();
      this.stream.write(`${text}\n`);
    }
  }

  /** A line that stays. */
  say(text: string): void {
    this.stream.write(this.stream.isTTY ? `\r\u001b[K${text}\n` : `${text}\n`);
  }
}
