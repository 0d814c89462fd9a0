import { CostlyLooks } from '../schedule.ts';
import { type ProcStat, pageBytes, readProcFile } from './proc-file.ts';

/** A process that has met or let go of fewer bytes of pages since its page tables were walked is not walked again. */
const hardlyBytes = 256 * 1024;
/** Until its tree has met so many for each of its processes: then the pages that they share may have become others' alone. */
const treeBytesEach = 1 << 20;
/** Or until so long after: processes outside the tree share pages, too. */
const longestMs = 60_000;

/** As read from the page tables. */
interface Walk {
  readonly startTicks: number;
  readonly bytes: number | null;
  readonly atMs: number;
  /** At that moment. */
  readonly rssBytes: number;
  readonly faults: number;
  readonly treeFaults: number;
}

/** At the last look. */
interface Before {
  readonly faults: number;
  readonly walk: Walk;
}

type Figures = Pick<ProcStat, 'pid' | 'startTicks' | 'faults' | 'rssBytes'>;

/**
 * Proportional set sizes: pages shared with others count by their share. The kernel walks page tables for them, which costs more than all
 * other looks at a process together. So they are walked at times, and only where they can have changed: a process gets no page without a
 * fault, and its resident size tells what it lets go of.
 */
export class ProportionalMemory {
  readonly #walk: (pid: number) => number | null;
  readonly #looks = new CostlyLooks(10_000);
  #before = new Map<number, Before>();
  /** Of all processes of the tree since the first look. */
  #treeFaults = 0;
  #count = 0;

  constructor(walk: (pid: number) => number | null = proportionalBytes) {
    this.#walk = walk;
  }

  /** Bytes by pid; null where the kernel does not tell. */
  sample(processes: readonly Figures[], nowMs: number): ReadonlyMap<number, number | null> {
    this.#countFaults(processes);
    this.#count = processes.length;
    const isDue = this.#looks.isDue(nowMs, processes.length);
    const walkSome = () => new Map(processes.map((process) => [process.pid, this.#walkOf(process, isDue, nowMs)]));
    const walks = isDue ? this.#looks.take(nowMs, walkSome) : walkSome();
    this.#before = new Map(
      processes.flatMap(({ pid, faults }) => {
        const walk = walks.get(pid);
        return walk === undefined ? [] : [[pid, { faults, walk }]];
      }),
    );
    return new Map(processes.map(({ pid, rssBytes }) => [pid, bytesNow(walks.get(pid), rssBytes)]));
  }

  /** One that starts or ends changes the shares of all that share pages with it. */
  #countFaults(processes: readonly Figures[]): void {
    let same = 0;
    for (const { pid, startTicks, faults } of processes) {
      const before = this.#before.get(pid);
      if (before === undefined || before.walk.startTicks !== startTicks) continue;
      same += 1;
      this.#treeFaults += faults - before.faults;
    }
    if (same < processes.length || same < this.#before.size) this.#treeFaults += manyFaults(processes.length);
  }

  #walkOf(process: Figures, isDue: boolean, nowMs: number): Walk {
    const { pid, startTicks, faults, rssBytes } = process;
    const last = this.#before.get(pid)?.walk;
    const known = last !== undefined && last.startTicks === startTicks ? last : null;
    if (known !== null && !(isDue && this.#mayHaveChanged(known, process, nowMs))) return known;
    return { startTicks, bytes: this.#walk(pid), atMs: nowMs, rssBytes, faults, treeFaults: this.#treeFaults };
  }

  #mayHaveChanged(walk: Walk, { faults, rssBytes }: Figures, nowMs: number): boolean {
    const ownBytes = (faults - walk.faults) * pageBytes + Math.abs(rssBytes - walk.rssBytes);
    const isTreeMoved = this.#treeFaults - walk.treeFaults >= manyFaults(this.#count);
    return ownBytes > hardlyBytes || isTreeMoved || nowMs - walk.atMs >= longestMs;
  }
}

const manyFaults = (processes: number): number => (processes * treeBytesEach) / pageBytes;

/** Between two walks: memory that was added since then is taken as shared with nobody. */
function bytesNow(walk: Walk | undefined, rssBytes: number): number | null {
  return walk === undefined || walk.bytes === null ? null : Math.max(0, walk.bytes + rssBytes - walk.rssBytes);
}

/** Pss of /proc/<pid>/smaps_rollup; null where the kernel has none or we may not read it. */
function proportionalBytes(pid: number): number | null {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readProcFile(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}
