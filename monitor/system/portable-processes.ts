import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pidusage from 'pidusage';
import type { ProcessRole, ProcessSample } from '../../contract/journal/journal.ts';
import { labelOf } from './label.ts';
import { Roles } from './roles.ts';

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
  rootPid: number;

  constructor(rootPid: number, usages: UsagesOf = usagesOf) {
    this.rootPid = rootPid;
    this.#usagesOf = usages;
  }

  async sample(): Promise<readonly ProcessSample[]> {
    const tree = treeOf(await list(), this.rootPid);
    if (tree.length === 0) return [];
    const usages = await this.#usagesOf(tree.map(({ pid }) => pid));
    const roles = new Map<number, ProcessRole>();
    return tree.flatMap(({ pid, parentPid, startTicks, words }): ProcessSample[] => {
      const isRoot = pid === this.rootPid;
      const parentRole = roles.get(parentPid) ?? null;
      const role = this.#roles.roleOf({ isRoot, parentRole, words, ageMs: Date.now() - startTicks });
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
          label: labelOf(words[0] ?? '', words),
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

function treeOf(processes: readonly Listed[], rootPid: number): readonly Listed[] {
  const root = processes.find(({ pid }) => pid === rootPid);
  const found: Listed[] = root === undefined ? [] : [root];
  for (const parent of found) found.push(...processes.filter(({ parentPid }) => parentPid === parent.pid));
  return found;
}
