import { CostlyLooks } from '../schedule.ts';
import { type ProcStat, pageBytes, readProcFile } from './proc-file.ts';

/** A process that has met or let go of fewer bytes of pages since its page tables were walked is not walked again. */
const hardlyBytes = 256 * 1024;
/** Until its tree has met so many for each of its processes: then the pages that they share may have become others' alone. */
const treeBytesEach = 1 << 20;
/** Or until so long after: processes outside the tree share pages, too. */
const longestMs = 60_000;

/** What page tables tell beside resident memory. */
export interface PageTables {
  /** Null where the kernel does not tell. */
  readonly pssBytes: number | null;
  /** Swapped out, and with what is shared by its share; left out for nothing. */
  readonly swapBytes?: number;
  readonly swapPssBytes?: number;
}

interface Walk {
  readonly startTicks: number;
  readonly tables: PageTables;
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
 * Proportional set sizes, where pages shared with others count by their share, and what is swapped out: one reading tells both. The kernel walks page tables for them, which costs more than all
 * other looks at a process together. So they are walked at times, and only where they can have changed: a process gets no page without a
 * fault, and its resident size tells what it lets go of, or what the kernel swaps out.
 */
export class ProportionalMemory {
  readonly #walk: (pid: number) => PageTables;
  readonly #looks = new CostlyLooks(10_000);
  #before = new Map<number, Before>();
  /** Of all processes of the tree since the first look. */
  #treeFaults = 0;
  #count = 0;

  constructor(walk: (pid: number) => PageTables = pageTablesOf) {
    this.#walk = walk;
  }

  /** By pid. */
  sample(processes: readonly Figures[], nowMs: number): ReadonlyMap<number, PageTables> {
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
    return new Map(processes.map(({ pid, rssBytes }) => [pid, tablesNow(walks.get(pid), rssBytes)]));
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
    return { startTicks, tables: this.#walk(pid), atMs: nowMs, rssBytes, faults, treeFaults: this.#treeFaults };
  }

  #mayHaveChanged(walk: Walk, { faults, rssBytes }: Figures, nowMs: number): boolean {
    const ownBytes = (faults - walk.faults) * pageBytes + Math.abs(rssBytes - walk.rssBytes);
    const isTreeMoved = this.#treeFaults - walk.treeFaults >= manyFaults(this.#count);
    return ownBytes > hardlyBytes || isTreeMoved || nowMs - walk.atMs >= longestMs;
  }
}

const manyFaults = (processes: number): number => (processes * treeBytesEach) / pageBytes;

/** Between two walks: memory that was added since then is taken as shared with nobody, and as much is swapped out as before. */
function tablesNow(walk: Walk | undefined, rssBytes: number): PageTables {
  if (walk === undefined || walk.tables.pssBytes === null) return walk?.tables ?? { pssBytes: null };
  return { ...walk.tables, pssBytes: Math.max(0, walk.tables.pssBytes + rssBytes - walk.rssBytes) };
}

/** By /proc/<pid>/smaps_rollup; where the kernel has none or we may not read it, what is swapped out by /proc/<pid>/status, which tells anybody. */
function pageTablesOf(pid: number): PageTables {
  const rollup = readProcFile(`/proc/${pid}/smaps_rollup`);
  return rollup === null ? tablesIn('', readProcFile(`/proc/${pid}/status`) ?? '') : tablesIn(rollup, '');
}

/** @param status empty where the rollup tells. Source of the names: proc_pid_smaps(5), proc_pid_status(5). */
export function tablesIn(rollup: string, status: string): PageTables {
  const pssBytes = bytesIn(rollup, 'Pss');
  const swapBytes = bytesIn(rollup, 'Swap') ?? bytesIn(status, 'VmSwap') ?? 0;
  const swapPssBytes = bytesIn(rollup, 'SwapPss') ?? swapBytes;
  return swapBytes === 0 ? { pssBytes } : { pssBytes, swapBytes, swapPssBytes };
}

function bytesIn(text: string, name: string): number | null {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}
