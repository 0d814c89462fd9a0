import { statSync } from 'node:fs';
import type { AlertLine, ProcessSample } from '../../contract/journal/journal.ts';
import { thrownInNode } from '../../contract/journal/pm2-words.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import { isSystemError } from '../../contract/journal/unwritable-file.ts';
import { readProcFile } from '../system/proc-file.ts';
import type { ProcessExit } from '../system/process-exits.ts';
import { type EndLine, endLinesIn } from './end-lines.ts';
import { kernelReading } from './end-word.ts';
import { KernelLog } from './kernel-log.ts';
import { LastLines } from './last-lines.ts';
import { LogTail } from './log-tail.ts';
import { Pm2Workers } from './pm2-workers.ts';
import { lastLinesSay } from './runtime-words.ts';
import { safeLine, withoutColors } from './safe-line.ts';

/** Of the causes of one end the first few tell all: a master may repeat itself every second. */
const maxOfProcess = 4;
/** A server that asks its workers to end writes one such line a time; beyond that it is a flood of something else. */
const maxUnnamed = 10_000;
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
  /** By pid, also processes that have ended: the log may name one after its end. */
  readonly #seen = new Map<number, Pick<ProcessSample, 'startTicks' | 'role'>>();
  /** The pid here of a process that has another one in its container. */
  readonly #pidOutside = new Map<number, number>();
  readonly #told = new Map<string, string[]>();
  /** Whose exit the kernel has told: its pid may be another process's now. */
  readonly #exited = new Set<string>();
  #unnamed = 0;
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

  see(processes: readonly ProcessSample[]): void {
    this.#pm2.see(processes);
    for (const { pid, startTicks, role } of processes) {
      const isKnown = this.#seen.get(pid)?.startTicks === startTicks;
      this.#seen.set(pid, { startTicks, role });
      if (isKnown) continue;
      const inside = pidInside(pid);
      if (inside !== null) this.#pidOutside.set(inside, pid);
    }
  }

  /** Alerts for the ends of the server's processes, as the kernel tells them. */
  exits(exits: readonly ProcessExit[], atUs: number): readonly AlertLine[] {
    const ends = exits.flatMap((exit) => this.#exit(exit, atUs) ?? []);
    if (ends.every(({ means }) => !isTellingLast(means))) return ends;
    const last = this.#last.at(atUs);
    if (last.length === 0) return ends;
    const said = lastLinesSay(last.map(withoutColors));
    const lines = last.map((line) => this.#safe(line));
    const held = this.#held === null || atUs - this.#held.atUs > threadEveryUs ? [] : [this.#held];
    this.#held = null;
    const word = { atUs, alert: 'end-in-log' as const, lines };
    return [
      ...held,
      ...(said === null ? [] : [{ ...word, ...said, message: `the log: ${said.cause}` }]),
      ...ends.map((end) => (isTellingLast(end.means) ? { ...end, lastLines: lines } : end)),
    ];
  }

  #exit({ pid, code, signal }: ProcessExit, atUs: number): AlertLine | null {
    const known = this.#seen.get(pid);
    if (known === undefined) return null;
    const { startTicks, role } = known;
    const key = processIdentity({ pid, startTicks });
    if (this.#exited.has(key)) return null;
    this.#exited.add(key);
    const { means, cause } = kernelReading({ code, signal, isRoot: role === 'root' });
    const alert = means === 'graceful' ? ('process-recycled' as const) : ('end-in-log' as const);
    return { atUs, means, cause, alert, message: `the kernel: process ${pid} ${cause}`, pid, startTicks };
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
        this.#onText(text);
      });
    }
    this.#kernel.readOn(read);
    return [...lines.flatMap((line) => this.#alertOf(line, atUs) ?? []), ...this.#thrown(atUs)];
  }

  #thrown(atUs: number): readonly AlertLine[] {
    return this.#pm2.takeLast().map(({ pid, startTicks, lines }) => ({
      ...{ atUs, alert: 'end-in-log', means: 'thrown', cause: thrownInNode, pid, startTicks },
      ...{ message: `the log: process ${pid} wrote an exception last`, lines: lines.map((line) => this.#safe(line)) },
    }));
  }

  #safe(line: string): string {
    return safeLine(line, this.#redact);
  }

  #alertOf({ pid: said, means, cause, lines }: EndLine, atUs: number): AlertLine | null {
    const pid = said === null ? null : this.#seen.has(said) ? said : (this.#pidOutside.get(said) ?? null);
    const startTicks = pid === null ? undefined : this.#seen.get(pid)?.startTicks;
    const kept = ['crash', 'ended', 'thread-ended'].includes(means) ? lines.map((line) => this.#safe(line)) : [];
    const rest = { atUs, means, cause, ...(kept.length > 0 ? { lines: kept } : {}) };
    if (pid === null || startTicks === undefined) {
      // A process that was never seen explains no end; what names none may explain any.
      if (said !== null || this.#unnamed >= maxUnnamed) return null;
      const unnamed: AlertLine = { ...rest, alert: 'end-in-log', message: `the log: ${cause}` };
      if (means === 'thread-ended') {
        this.#held = atUs - this.#threadUs < threadEveryUs ? unnamed : null;
        if (this.#held !== null) return null;
        this.#threadUs = atUs;
      }
      this.#unnamed += 1;
      return unnamed;
    }
    const key = processIdentity({ pid, startTicks });
    const told = this.#told.get(key) ?? [];
    if (told.includes(cause) || told.length >= maxOfProcess) return null;
    this.#told.set(key, [...told, cause]);
    const alert = means === 'graceful' ? 'process-recycled' : 'end-in-log';
    return { ...rest, alert, message: `the log: process ${pid} ${cause}`, pid, startTicks };
  }
}

/** Which file a path leads to; null if there is none, or it may not be seen. */
function fileAt(path: string): string | null {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}/${ino}`;
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}

/** Of an end that was as it should be the log's last lines tell nothing. */
const isTellingLast = (means: AlertLine['means']): boolean => means === 'crash' || means === 'ended';

/** The pid that a process has in its container; null outside of one. */
function pidInside(pid: number): number | null {
  const pids = /^NSpid:\s+(.*)$/m.exec(readProcFile(`/proc/${pid}/status`) ?? '')?.[1]?.split(/\s+/) ?? [];
  const inside = pids.length > 1 ? Number(pids.at(-1)) : null;
  return inside !== null && Number.isFinite(inside) ? inside : null;
}
