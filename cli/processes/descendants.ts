import { setTimeout as sleep } from 'node:timers/promises';
import { namedProcess } from '../../monitor/system/label-of-process.ts';
import { NewPids } from '../../monitor/system/new-pids.ts';
import { listPids, type ProcStat, readProcFile, readStat } from '../../monitor/system/proc-file.ts';
import { childrenOf } from '../../monitor/system/process-tree.ts';

/** How often it is seen whether they have ended. */
const pollMs = 50;
/** How long a process may take to be gone that was killed. */
const killedWithinMs = 1_000;

export interface Stubborn {
  /** As people know it, with its pid. */
  readonly name: string;
  /** It belongs to another user: we may not end it. */
  readonly isForbidden: boolean;
}

/** A variable that the first process gets and all that it starts inherits: a daemon, which leaves its parents, is known by it. */
export interface Mark {
  readonly name: string;
  readonly value: string;
}

/**
 * What a process has started, and what that has started, also where it has left its process group or outlives its parent. Only what was
 * seen below it, or has its mark, counts, by pid and start time: never what was there before, nor what got a pid later. Knows nothing
 * without /proc.
 */
export class Descendants {
  /** Start times by pid. */
  readonly #seen = new Map<number, number>();
  /** Of all whose environment was read, others' too: each is read once. */
  readonly #read = new Map<number, number>();
  readonly #newPids = new NewPids();
  readonly #mark: string | null;
  readonly #startTicks: number;

  constructor(rootPid: number, mark: Mark | null = null) {
    const stat = readStat(rootPid);
    if (stat !== null) this.#seen.set(rootPid, stat.startTicks);
    this.#startTicks = stat?.startTicks ?? Number.POSITIVE_INFINITY;
    this.#mark = mark === null ? null : `\0${mark.name}=${mark.value}\0`;
  }

  /** Those that live, the first process among them. */
  living(): readonly number[] {
    this.look();
    return this.#living();
  }

  /** Between two looks a process may start, lose its parent and write over its environment: that one is missed. */
  look(): void {
    if (!this.#newPids.mayBeThere()) return;
    const all = new Map<number, ProcStat>();
    for (const pid of listPids()) {
      const stat = readStat(pid);
      if (stat !== null) all.set(pid, stat);
    }
    const children = childrenOf(new Map([...all].map(([pid, { parentPid }]) => [pid, parentPid])));
    this.#forgetEnded();
    for (const pid of this.#read.keys()) if (!all.has(pid)) this.#read.delete(pid);
    for (const [pid, { startTicks }] of all) {
      if (this.#isMarked(pid, startTicks)) this.#seen.set(pid, startTicks);
    }
    const queue = [...this.#seen.keys()];
    for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
      for (const child of children.get(pid) ?? []) {
        const startTicks = all.get(child)?.startTicks;
        if (startTicks === undefined || this.#seen.get(child) === startTicks) continue;
        this.#seen.set(child, startTicks);
        queue.push(child);
      }
    }
  }

  /** Whether a process whose environment was not read yet, and that is no older than the first, carries the mark. */
  #isMarked(pid: number, startTicks: number): boolean {
    if (this.#mark === null || startTicks < this.#startTicks || this.#read.get(pid) === startTicks) return false;
    const environment = readProcFile(`/proc/${pid}/environ`);
    // In the midst of exec(2) it is empty for a moment: the next look tells.
    if (environment === '') return false;
    this.#read.set(pid, startTicks);
    return `\0${environment ?? ''}`.includes(this.#mark);
  }

  #forgetEnded(): void {
    for (const [pid, startTicks] of this.#seen) {
      if (readStat(pid)?.startTicks !== startTicks) this.#seen.delete(pid);
    }
  }

  #living(): readonly number[] {
    this.#forgetEnded();
    return [...this.#seen.keys()];
  }

  /**
   * Asks those that are left to end, and kills those that have not ended after that time.
   * @returns what had to be killed.
   */
  async end(withinMs: number): Promise<readonly Stubborn[]> {
    this.look();
    for (const pid of this.#living()) send(pid, 'SIGTERM');
    await this.#gone(withinMs);
    this.look();
    const killed = this.kill();
    await this.#gone(killedWithinMs);
    return killed;
  }

  /** At once. */
  kill(): readonly Stubborn[] {
    return this.#living().map((pid) => {
      const name = namedProcess(pid);
      return { name, isForbidden: !send(pid, 'SIGKILL') };
    });
  }

  async #gone(withinMs: number): Promise<void> {
    const untilMs = performance.now() + withinMs;
    while (this.#living().length > 0 && performance.now() < untilMs) await sleep(pollMs);
  }
}

/** @returns whether it was allowed. */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    // It has ended already, or belongs to another user.
    return !(error instanceof Error && 'code' in error && error.code === 'EPERM');
  }
}

const maxNamed = 5;

/** What became of them, in one line; null of none. */
export function stubbornInWords(all: readonly Stubborn[], withinMs: number): string | null {
  const words = [
    [
      all.filter(({ isForbidden }) => !isForbidden),
      `outlived it, did not end within ${withinMs / 1000} s, and had to be killed`,
    ],
    [all.filter(({ isForbidden }) => isForbidden), 'of another user still run: end them yourself'],
  ] as const;
  const told = words.flatMap(([some, what]) => {
    const more = some.length > maxNamed ? ` and ${some.length - maxNamed} more` : '';
    const names = some.slice(0, maxNamed).map(({ name }) => name);
    return some.length === 0 ? [] : [`${names.join(', ')}${more} ${what}`];
  });
  return told.length === 0 ? null : `--exec: of what the server had started, ${told.join('; ')}`;
}
