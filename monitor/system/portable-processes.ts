import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pidusage from 'pidusage';
import type { ProcessRole, ProcessSample } from '../../contract/journal/journal.ts';
import { labelOf } from './label.ts';
import { kindOf, Roles } from './roles.ts';
import type { Standing } from './took-over.ts';
import type { UnknownEnd } from './unknown-ends.ts';

const run = promisify(execFile);

interface Listed {
  readonly pid: number;
  readonly parentPid: number;
  readonly startTicks: number;
  readonly words: readonly string[];
}

/** `ps` line: pid, parent's pid, state (a zombie is dead, and not listed), start as five words of a date, command line. */
const psLine = /^\s*(\d+)\s+(\d+)\s+[^\sZ]\S*\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/;

/** CPU in percent of one core and memory in bytes, by pid; null for a process that has ended. */
type Usages = Readonly<Record<number, { readonly cpu: number; readonly memory: number } | null>>;

type UsagesOf = (pids: readonly number[]) => Promise<Usages>;

/** pidusage, which rejects if none of the processes is left: that is no failure of ours, and it must be recorded. */
export async function usagesOf(pids: readonly number[]): Promise<Usages> {
  try {
    return await pidusage([...pids]);
  } catch (error) {
    if (error instanceof Error && /no matching pid/i.test(error.message)) return {};
    throw error;
  }
}

/** Without /proc: the tree from ps, CPU and RSS from pidusage. What neither tells is null. */
export class PortableProcesses {
  readonly #roles = new Roles();
  readonly #usagesOf: UsagesOf;
  rootPids: readonly number[];

  constructor(rootPids: readonly number[], usages: UsagesOf = usagesOf) {
    this.rootPids = rootPids;
    this.#usagesOf = usages;
  }

  /** Without /proc nobody sees who holds which connection. */
  note(): void {}

  takeLateWorkers(): readonly UnknownEnd[] {
    return [];
  }

  standingOf(): Standing {
    return 'other';
  }

  async sample(): Promise<readonly ProcessSample[]> {
    const tree = treesOf(await list(), this.rootPids);
    if (tree.length === 0) return [];
    const usages = await this.#usagesOf(tree.map(({ pid }) => pid));
    const roles = new Map<number, ProcessRole>();
    const words = new Map(tree.map((each) => [each.pid, each.words]));
    return tree.flatMap(({ pid, parentPid, startTicks, words: own }): ProcessSample[] => {
      const role = this.#roles.roleOf({
        isRoot: this.rootPids.includes(pid),
        parentKind: kindOf(words.get(parentPid) ?? []),
        ofRoot: roles.get(parentPid) === 'root',
        kind: kindOf(own),
        ageMs: Date.now() - startTicks,
        serves: false,
        parentServes: false,
        isReached: null,
      });
      roles.set(pid, role);
      const usage = usages[pid];
      // It ended between the two looks.
      if (usage === undefined || usage === null) return [];
      return [
        {
          pid,
          parentPid,
          startTicks,
          role,
          label: labelOf(own[0] ?? '', own),
          cpuPercent: Math.round(usage.cpu * 10) / 10,
          rssBytes: usage.memory,
          pssBytes: null,
          threads: null,
          fileDescriptors: null,
        },
      ];
    });
  }
}

async function list(): Promise<readonly Listed[]> {
  const { stdout } = await run('ps', ['-A', '-ww', '-o', 'pid=,ppid=,stat=,lstart=,args='], {
    maxBuffer: 1 << 26,
    env: { LC_ALL: 'C', PATH: '/bin:/usr/bin:/sbin:/usr/sbin' },
  });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parentPid, started, command] = psLine.exec(line) ?? [];
    if (pid === undefined || parentPid === undefined || started === undefined || command === undefined) return [];
    const words = command.split(' ').filter((word) => word !== '');
    return [{ pid: Number(pid), parentPid: Number(parentPid), startTicks: Date.parse(started), words }];
  });
}

function treesOf(processes: readonly Listed[], rootPids: readonly number[]): readonly Listed[] {
  const found = new Set(processes.filter(({ pid }) => rootPids.includes(pid)));
  for (const parent of found) for (const child of processes) if (child.parentPid === parent.pid) found.add(child);
  return [...found];
}
