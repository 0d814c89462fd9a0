import { fieldsOf, numberIn, textIn } from '../../analysis/journal/fields.ts';
import { alertKinds } from '../../contract/journal/monitor-lines.ts';
import { GrowingFile } from './growing-file.ts';

export interface SeenAlert {
  readonly atUs: number;
  readonly kind: (typeof alertKinds)[number];
  readonly message: string;
}

/** What the monitor saw last. */
export interface ServerFigures {
  /** Of all its processes, in percent of one core; null if nobody sees them. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number | null;
  readonly lastAlert: SeenAlert | null;
}

/** Follows what the run's own monitor writes. */
export class ServerProgress {
  private readonly file: GrowingFile;
  private readonly onAlert: (alert: SeenAlert) => void;
  private cpuPercent: number | null = null;
  private memoryBytes: number | null = null;
  private lastAlert: SeenAlert | null = null;

  /** @param onAlert is called for each alert, in order. */
  constructor(path: string, onAlert: (alert: SeenAlert) => void) {
    this.file = new GrowingFile(path);
    this.onAlert = onAlert;
  }

  /** Reads what is new. */
  read(): ServerFigures {
    for (const value of this.file.lines()) this.take(value);
    const { cpuPercent, memoryBytes, lastAlert } = this;
    return { cpuPercent, memoryBytes, lastAlert };
  }

  private take(value: unknown): void {
    const line = fieldsOf(value);
    if (line === null) return;
    // A look at the metrics page tells of processes, too, in its own words.
    if (Array.isArray(line.processes) && !('metrics' in line)) this.takeSample(line.processes);
    const name = textIn(line, 'alert');
    const kind = alertKinds.find((known) => known === name);
    const message = textIn(line, 'message');
    const atUs = numberIn(line, 'atUs');
    if (kind === undefined || message === null || atUs === null) return;
    this.lastAlert = { kind, message, atUs };
    this.onAlert(this.lastAlert);
  }

  private takeSample(processes: readonly unknown[]): void {
    // Nobody sees a process of a server elsewhere.
    if (processes.length === 0 && this.cpuPercent === null) return;
    let cpu = 0;
    let bytes = 0;
    for (const process of processes) {
      const fields = fieldsOf(process);
      if (fields === null) continue;
      cpu += numberIn(fields, 'cpuPercent') ?? 0;
      bytes += numberIn(fields, 'pssBytes') ?? numberIn(fields, 'rssBytes') ?? 0;
    }
    this.cpuPercent = cpu;
    this.memoryBytes = bytes;
  }
}
