import { existsSync } from 'node:fs';
import { fieldsOf, numberIn, textIn } from '../../analysis/journal/fields.ts';
import { alertKinds } from '../../contract/journal/monitor-lines.ts';
import { monitorPiece } from '../../contract/journal/monitor-pieces.ts';
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

/** Follows what the run's own monitor writes, from one of its files to the next. */
export class ServerProgress {
  private file: GrowingFile;
  private number = 1;
  private readonly path: string;
  private readonly onAlert: (alert: SeenAlert) => void;
  private cpuPercent: number | null = null;
  private memoryBytes: number | null = null;
  private lastAlert: SeenAlert | null = null;

  /** @param path of its first file. @param onAlert is called for each alert, in order. */
  constructor(path: string, onAlert: (alert: SeenAlert) => void) {
    this.path = path;
    this.file = new GrowingFile(path);
    this.onAlert = onAlert;
  }

  /** Reads what is new. */
  read(): ServerFigures {
    while (this.readOn());
    const { cpuPercent, memoryBytes, lastAlert } = this;
    return { cpuPercent, memoryBytes, lastAlert };
  }

  /** @returns whether another file follows the one that was read to its end. */
  private readOn(): boolean {
    const next = monitorPiece(this.path, this.number + 1);
    // Whoever has begun the next file writes no more into this one.
    const isOver = existsSync(next);
    const lines = this.file.lines();
    for (const value of lines) this.take(value);
    if (!isOver || lines.length > 0) return isOver;
    this.file = new GrowingFile(next);
    this.number += 1;
    return true;
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
      const pssBytes = numberIn(fields, 'pssBytes');
      bytes += pssBytes ?? numberIn(fields, 'rssBytes') ?? 0;
      bytes += numberIn(fields, pssBytes === null ? 'swapBytes' : 'swapPssBytes') ?? 0;
    }
    this.cpuPercent = cpu;
    this.memoryBytes = bytes;
  }
}
