import { treeCpuPercent } from '../../contract/journal/tree-cpu.ts';
import { LongestAbove } from '../interpret/plateaus.ts';
import { samplesOf, serverOf } from '../interpret/run.ts';
import { type ProcessPlateau, processPlateaus } from '../processes/process-uses.ts';
import { atSecond, counted } from '../words.ts';
import type { Advice } from './advice.ts';
import { withoutProcesses } from './foreseen.ts';
import { count, measure } from './measure.ts';
import { monitorFiles, type Rule } from './rule.ts';

const maxTold = 8;

const lines = {
  profile: 'profile a worker under this load: serialization, cryptography and logging are the usual suspects',
  cores: 'more cores for the server (cpus of its container or machine): more workers on full cores gain nothing',
  workers: 'a process that serves in one thread cannot use a second core: start more of them',
  uneven:
    'one worker has more to do than the others: how are connections and requests shared out among them (SO_REUSEPORT, keep-alive, a sticky balancer)?',
  quota: 'the limit of CPU for the process (a quota of its cgroup, an affinity): raise it, or give it less to do',
} as const;

/** Who is at the limit of what it may use, and what it may use more of. */
function adviceOn(isHigh: boolean, saturated: readonly ProcessPlateau[], workers: number): readonly Advice[] {
  if (isHigh) return [lines.profile, lines.cores];
  const isBound = saturated.some(({ boundBy }) => boundBy === 'cores');
  const busy = saturated.filter(({ role }) => role === 'worker').length;
  const isUneven = busy > 0 && 2 * busy <= workers;
  return [isBound ? lines.quota : isUneven ? lines.uneven : lines.workers, lines.profile];
}

export const cpu: Rule<'cpu'> = {
  id: 'cpu',
  title: 'CPU of the server',
  question: 'Are response times in budget?',
  evidence:
    "the CPU time of the server's processes together, as a share of the cores that they may use; that of each process, as a share of what it may use: one core for a single thread, its affinity, the quota of its cgroup",
  thresholds: ({ cpu: { warnPercent, processPercent, sustainedMs } }) => ({
    pass: `≤ ${warnPercent}%`,
    warn: `> ${warnPercent}%, or one process > ${processPercent}% of what it may use, for ${sustainedMs / 1000} s`,
    fail: null,
  }),
  faults: ['saturated CPU', 'a saturated process'],
  advice: Object.values(lines),
  scenarios: null,
  foretold: withoutProcesses,
  needsPlan: 'most',
  needs: monitorFiles,
  judge(run) {
    const server = serverOf(run);
    const { warnPercent, processPercent, sustainedMs } = run.manifest.profile.criteria.cpu;
    const tree = new LongestAbove(warnPercent);
    let [max, sum, loads, workers] = [0, 0, 0, 0];
    for (const sample of samplesOf(run)) {
      const percent = treeCpuPercent(sample, server?.identity.cores ?? 1);
      if (percent === null) continue;
      tree.add(sample.atUs, percent);
      max = Math.max(max, percent);
      workers = Math.max(workers, sample.processes.filter(({ role }) => role === 'worker').length);
      sum += percent;
      loads += 1;
    }
    if (server === null || loads === 0) {
      return { status: 'inconclusive', summary: "the server's CPU was not sampled" };
    }
    const { longest } = tree;
    const isHigh = longest.ms >= sustainedMs;
    const plateaus = processPlateaus(server.samples, processPercent);
    const saturated = plateaus.filter(({ ms }) => ms >= sustainedMs);
    const { startedAtUs } = run.manifest;
    const found = saturated.length === 0 ? '' : `; ${counted(saturated.length, 'process', 'processes')} saturated`;
    return {
      status: isHigh || saturated.length > 0 ? 'warn' : 'pass',
      summary: `mean ${(sum / loads).toFixed(0)}%, max ${max.toFixed(0)}% of ${server.identity.cores} cores${found}`,
      measures: [
        measure('mean', sum / loads, 'percent'),
        measure('max', max, 'percent', { threshold: warnPercent }),
        measure('longest-above-threshold', longest.ms, 'ms', { threshold: sustainedMs }),
        count('saturated-processes', saturated.length, { threshold: 0 }),
        measure('longest-of-a-process', plateaus[0]?.ms ?? 0, 'ms', { threshold: sustainedMs }),
      ],
      advice: adviceOn(isHigh, saturated, workers),
      evidence: [
        ...saturated.slice(0, maxTold).map((plateau) => plateauInWords(plateau, startedAtUs)),
        ...(isHigh
          ? [`above ${warnPercent}% for ${(longest.ms / 1000).toFixed(1)} s ${atSecond(longest.fromUs, startedAtUs)}`]
          : []),
      ],
    };
  },
};

function plateauInWords(
  { role, pid, label, ms, fromUs, of, meanPercent }: ProcessPlateau,
  startedAtUs: number,
): string {
  return `${role} ${pid} (${label}) used ${meanPercent.toFixed(0)}% of ${of}, for ${(ms / 1000).toFixed(1)} s ${atSecond(fromUs, startedAtUs)}`;
}
