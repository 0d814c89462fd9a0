import { isSameReason, reasonInWords, reasonOf } from '../../contract/journal/end-reasons.ts';
import type { AlertLine, ProcessSample } from '../../contract/journal/journal.ts';
import type { ProcessExit } from '../system/process-exits.ts';
import { type EndLine, endLinesIn } from './end-lines.ts';
import { kernelReading } from './end-word.ts';
import { fileAt } from './file-at.ts';
import { KernelLog } from './kernel-log.ts';
import { LastLines } from './last-lines.ts';
import { LogTail } from './log-tail.ts';
import { Pm2Workers } from './pm2-workers.ts';
import { lastLinesSay } from './runtime-words.ts';
import { safeLine, withoutColors } from './safe-line.ts';
import { SeenProcesses } from './seen-processes.ts';
import { UnnamedLines } from './unnamed-lines.ts';
import { UnseenEnds } from './unseen-ends.ts';

/** Of the reasons of one end the first few tell all: a master may repeat itself every second. */
const maxOfProcess = 4;
/** A thread may panic with each request: what tells why a process ended came right before. */
const threadEveryUs = 1_000_000;

export interface LogSettings {
  readonly paths: readonly string[];
  /** Between two looks. */
  readonly intervalMs: number;
  /** Hides secrets in the lines that are kept. */
  readonly redact: (text: string) => string;
  /** Is given all that is new in the server's own logs, in whole lines. */
  readonly onText?: (text: string) => void;
}

/** Alerts for what the server's own logs, and the kernel, say of the ends of processes. */
export class ServerLog {
  readonly #tails: Map<string, LogTail>;
  readonly #intervalMs: number;
  readonly #pm2: Pm2Workers;
  readonly #kernel = new KernelLog();
  readonly #last = new LastLines();
  readonly #onText: (text: string) => void;
  readonly #redact: (text: string) => string;
  readonly #seen = new SeenProcesses();
  readonly #unnamed = new UnnamedLines();
  readonly #unseen = new UnseenEnds(this.#seen);
  #threadUs = Number.NEGATIVE_INFINITY;
  /** The last that was not told: it is, if a process ends. */
  #held: AlertLine | null = null;

  /** @param pm2 a test has its own. */
  constructor({ paths, intervalMs, redact, onText = () => {} }: LogSettings, pm2: Pm2Workers = new Pm2Workers()) {
    this.#tails = new Map(paths.map((path) => [path, new LogTail(path, intervalMs)]));
    this.#intervalMs = intervalMs;
    this.#pm2 = pm2;
    this.#redact = redact;
    this.#onText = onText;
  }

  /** What the last look left unread of all logs. */
  get unreadBytes(): number {
    return [...this.#tails.values()].reduce((sum, tail) => sum + tail.unreadBytes, 0);
  }

  /** Logs of what is watched from now on. One that is read already may have another name here. */
  readAlso(paths: readonly string[]): void {
    const read = new Set([...this.#tails.keys()].flatMap((path) => fileAt(path) ?? []));
    for (const path of paths) {
      const file = fileAt(path);
      if (!this.#tails.has(path) && (file === null || !read.has(file)))
        this.#tails.set(path, new LogTail(path, this.#intervalMs));
    }
  }

  see(processes: readonly ProcessSample[], atUs: number): void {
    this.#pm2.see(processes);
    this.#seen.see(processes, atUs);
  }

  /** Alerts for the ends of the server's processes, as the kernel tells them. */
  exits(exits: readonly ProcessExit[], atUs: number): readonly AlertLine[] {
    const ends = exits.flatMap((exit) => this.#exit(exit, atUs) ?? []);
    if (!ends.some(isTellingLast)) return ends;
    const last = this.#last.at(atUs);
    if (last.length === 0) return ends;
    const said = lastLinesSay(last.map(withoutColors));
    const lines = last.map((line) => this.#safe(line));
    const held = this.#held === null || atUs - this.#held.atUs > threadEveryUs ? [] : [this.#held];
    this.#held = null;
    const word = { atUs, alert: 'end-in-log' as const, lines };
    return [
      ...held,
      ...(said === null ? [] : [{ ...word, ...said, message: `the log: ${reasonInWords(said)}` }]),
      ...ends.map((end) => (isTellingLast(end) ? { ...end, lastLines: lines } : end)),
    ];
  }

  #exit(exit: ProcessExit, atUs: number): AlertLine | null {
    const known = this.#seen.get(exit.pid);
    if (known === null) return this.#unseen.ofKernel(exit, atUs);
    if (known.hasExited) return null;
    known.hasExited = true;
    const { pid, startTicks, role } = known;
    const { code, signal } = exit;
    const reading = kernelReading({ code, signal, isRoot: role === 'root' });
    const alert = reading.means === 'graceful' ? ('process-recycled' as const) : ('end-in-log' as const);
    return {
      atUs,
      ...reading,
      alert,
      message: `the kernel: process ${pid} ${reasonInWords(reading)}`,
      pid,
      startTicks,
    };
  }

  alerts(atUs: number): readonly AlertLine[] {
    const lines: EndLine[] = [];
    const read = (text: string): void => {
      for (const line of endLinesIn(text)) lines.push(line);
    };
    this.#pm2.look();
    for (const [path, tail] of this.#tails) {
      tail.readOn((text) => {
        read(text);
        this.#pm2.read(path, text);
        this.#last.read(path, text, atUs);
        this.#unseen.read(text);
        this.#onText(text);
      });
    }
    this.#kernel.readOn(read);
    return [...lines.flatMap((line) => this.#alertOf(line, atUs) ?? []), ...this.#thrown(atUs)];
  }

  #thrown(atUs: number): readonly AlertLine[] {
    return this.#pm2.takeLast().map(({ pid, startTicks, lines }) => ({
      ...{ atUs, alert: 'end-in-log', means: 'thrown', reason: 'nodeException', pid, startTicks },
      ...{ message: `the log: process ${pid} wrote an exception last`, lines: lines.map((line) => this.#safe(line)) },
    }));
  }

  #safe(line: string): string {
    return safeLine(line, this.#redact);
  }

  #alertOf(line: EndLine, atUs: number): AlertLine | null {
    const { pid: said, means, lines } = line;
    const reason = reasonOf(line);
    const words = reasonInWords(reason);
    const known = said === null ? null : this.#seen.named(said);
    const kept = ['crash', 'ended', 'thread-ended'].includes(means) ? lines.map((line) => this.#safe(line)) : [];
    const rest = { atUs, means, ...reason, ...(kept.length > 0 ? { lines: kept } : {}) };
    if (known === null) {
      // A process that was never seen explains no other's end; what names none may explain any.
      if (said !== null) return this.#unseen.ofLog({ ...rest, pid: said, message: words }, lines);
      const unnamed = { ...rest, alert: 'end-in-log', message: `the log: ${words}` } as const;
      if (means === 'thread-ended') {
        this.#held = atUs - this.#threadUs < threadEveryUs ? unnamed : null;
        if (this.#held !== null) return null;
        this.#threadUs = atUs;
      }
      const toldOf = this.#unnamed.told(unnamed);
      if (toldOf !== unnamed) this.#held = unnamed;
      return toldOf;
    }
    const { pid, startTicks, told } = known;
    if (told.some((each) => isSameReason(each, reason)) || told.length >= maxOfProcess) return null;
    told.push(reason);
    const alert = means === 'graceful' ? 'process-recycled' : 'end-in-log';
    return { ...rest, alert, message: `the log: process ${pid} ${words}`, pid, startTicks };
  }
}

/** Of an end that was as it should be, or of a child for a job, the log's last lines tell nothing. */
const isTellingLast = ({ alert, means }: AlertLine): boolean =>
  alert === 'end-in-log' && (means === 'crash' || means === 'ended');
