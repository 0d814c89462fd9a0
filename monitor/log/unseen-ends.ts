import { reasonInWords } from '../../contract/journal/end-reasons.ts';
import type { AlertLine } from '../../contract/journal/journal.ts';
import type { ProcessExit } from '../system/process-exits.ts';
import { BootedWorkers } from './booted-workers.ts';
import { kernelReading } from './end-word.ts';
import { RecentPids } from './recent-pids.ts';
import type { SeenProcesses } from './seen-processes.ts';
import { saysWorker } from './worker-words.ts';

type Told = Omit<AlertLine, 'alert' | 'pid'> & { readonly pid: number };

const minuteUs = 60_000_000;
/** Of each source so many tell what happens: a master may start a job that fails each second for a day. */
const maxPerMinute = 20;

/**
 * Ends of processes that were in no sample, as they lived for less than the time between two: those whose parent is a master with workers,
 * by the kernel, or that a line of the log calls workers. Analysis judges them.
 */
export class UnseenEnds {
  readonly #seen: SeenProcesses;
  readonly #booted = new BootedWorkers();
  /** Those that the log called workers, and children of processes that are no masters. */
  readonly #called = new RecentPids();
  readonly #jobs = new RecentPids();
  readonly #counts = new Map<AlertLine['saysWorker'], number>();
  #fromUs = Number.NEGATIVE_INFINITY;

  constructor(seen: SeenProcesses) {
    this.#seen = seen;
  }

  /** What is new in a log, in whole lines. */
  read(text: string): void {
    this.#booted.read(text);
  }

  ofKernel({ pid, code, signal, parent }: ProcessExit, atUs: number): AlertLine | null {
    const reading = kernelReading({ code, signal, isRoot: false });
    if (reading.means !== 'crash' || parent === undefined) return null;
    const isCalled = this.#called.has(pid);
    if (!this.#seen.isMaster(parent)) {
      this.#jobs.add(pid);
      // Analysis takes back what the log said of a job.
      if (!isCalled) return null;
    }
    const message = `the kernel: process ${pid}, which was in no sample, ${reasonInWords(reading)}`;
    const told = { ...reading, atUs, alert: 'unseen-end', message, pid, parentPid: parent } as const;
    return isCalled || this.#isOneOfFew(told) ? told : null;
  }

  /** @param message what the line says, in words. @param lines it and those around it, as the log has them. */
  ofLog({ message, ...said }: Told, lines: readonly string[]): AlertLine | null {
    const { pid, means } = said;
    if ((means !== 'crash' && means !== 'ended') || this.#jobs.has(pid)) return null;
    const says = saysWorker(lines, pid);
    if (says === null) return null;
    const told = {
      ...said,
      alert: 'unseen-end',
      saysWorker: this.#booted.has(pid) ? 'surely' : says,
      message: `the log: process ${pid}, which was in no sample, ${message}`,
    } as const;
    if (!this.#isOneOfFew(told)) return null;
    this.#called.add(pid);
    return told;
  }

  #isOneOfFew({ atUs, saysWorker }: AlertLine): boolean {
    if (atUs - this.#fromUs >= minuteUs) {
      this.#fromUs = atUs;
      this.#counts.clear();
    }
    const count = (this.#counts.get(saysWorker) ?? 0) + 1;
    this.#counts.set(saysWorker, count);
    return count <= maxPerMinute;
  }
}
