import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pidusage from 'pidusage';
import type { ProcessSample } from '../../contract/journal/journal.ts';
import { labelOf, WorkerKinds } from './process-tree.ts';

const run = promisify(execFile);

interface Listed {
  readonly pid: number;
  readonly parentPid: number;
  readonly startTicks: number;
  readonly words: readonly string[];
}

/** `ps` line: pid, parent's pid, state (a zombie is dead, and not listed), start as five words of a date, command line. */
const psLine = /^\s*(\d+)\s+(\d+)\s+[^\sZ]\S*\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/;

/** Where there is no /proc: the tree from ps, CPU and RSS from pidusage. What neither tells is null. */
export class PortableProcesses {
  private readonly kinds = new WorkerKinds();
  rootPid: number;

  constructor(rootPid: number) {
    this.rootPid = rootPid;
  }

  async sample(): Promise<readonly ProcessSample[]> {
    const tree = treeOf(await list(), this.rootPid);
    if (tree.length === 0) return [];
    const usages = await pidusage(tree.map(({ pid }) => pid));
    const samples = tree.flatMap(({ pid, parentPid, startTicks, words }): ProcessSample[] => {
      const usage = usages[pid];
      // Gone between the two looks.
      if (usage === undefined || usage === null) return [];
      return [
        {
          pid,
          parentPid,
          startTicks,
          role: this.kinds.roleOf(pid === this.rootPid, words),
          label: labelOf(words[0] ?? '', words),
          cpuPercent: Math.round(usage.cpu * 10) / 10,
          rssBytes: usage.memory,
          pssBytes: null,
          threads: null,
          fileDescriptors: null,
        },
      ];
    });
    this.kinds.endFirstLook();
    return samples;
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
